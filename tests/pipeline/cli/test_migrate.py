from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["migrate", *words])
    return int(ended.value.code or 0)


def test_up_then_status(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status") == 2
    assert "There is no store yet (PULSE_STORE=chdb:" in capsys.readouterr().err
    assert run("up", "--json") == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)} == {"applied now"}
    assert run("status", "--json") == 0
    assert {row["state"] for row in json.loads(capsys.readouterr().out)} == {"applied"}


def test_the_table_names_store_and_migrations(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("up") == 0
    said = capsys.readouterr().out
    assert "chdb:" in said
    assert "facts" in said
