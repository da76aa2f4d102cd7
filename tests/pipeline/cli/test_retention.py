from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli.main import main
from sinks.embedded import EmbeddedStore
from tests.reference.stored import migrated_store
from tests.sinks.conftest import chat_facts


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(["retention", *words])
    return int(end.value.code or 0)


@pytest.fixture(autouse=True)
def _old_chats(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'store'}")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PULSE_RETENTION_DAYS", "365")
    with migrated_store(tmp_path / "store") as store:
        store.insert("fact_chat", chat_facts(3, start_ms=1_700_000_000_000))


def test_plan_shows_and_apply_drops(capsys: pytest.CaptureFixture[str]) -> None:
    planned = [{"table": "fact_chat", "month": 202311, "rows": 3, "of": ""}]
    assert run("plan", "--json") == 0
    assert json.loads(capsys.readouterr().out) == planned
    assert run("apply", "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"dropped": planned}
    assert run("plan") == 0
    assert "Nothing is old enough" in capsys.readouterr().out
    assert run("apply") == 0


def test_without_a_yes_nothing_is_dropped(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("apply") == 2
    assert "--yes" in capsys.readouterr().err
    assert run("plan", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_a_store_without_tables_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    EmbeddedStore(tmp_path / "new").close()
    monkeypatch.setenv("PULSE_STORE", f"chdb:{tmp_path / 'new'}")
    assert run("plan") == 2
    assert "migrations, first 001_facts" in capsys.readouterr().err


def test_nothing_but_the_answer_where_there_is_no_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("apply", "--yes") == 0
    assert capsys.readouterr().err == ""
