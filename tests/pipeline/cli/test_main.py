"""The frame of the command: exit codes, errors without traceback, secrets that stay hidden."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipeline import errors
from pipeline.cli.main import GROUPS, build, main


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(list(words))
    return int(end.value.code or 0)


def test_help_lists_every_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--help") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in GROUPS)


@pytest.mark.parametrize("name", GROUPS)
def test_every_group_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(name, "--help") == 0
    assert f"pulse {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "unused"),
    [
        ("topics", "schemas.event polars structlog httpx"),
        ("pseudonym", "schemas.event polars kafka"),
        ("migrate", "schemas.event kafka structlog httpx faust"),
        ("sql", "schemas.event kafka structlog faust"),
        ("metrics", "kafka structlog faust"),
        ("dims", "kafka structlog faust"),
    ],
)
def test_a_group_loads_nothing_large_that_it_has_no_use_for(name: str, unused: str) -> None:
    loaded = f"import sys, {GROUPS[name].module}; print(*sys.modules)"
    told = subprocess.run([sys.executable, "-c", loaded], stdout=subprocess.PIPE, check=True)
    assert set(unused.split()) & set(told.stdout.decode().split()) == set()


def test_what_was_imported_is_never_searched_for_garbage() -> None:
    before = gc.get_freeze_count()
    try:
        build("config")
        assert gc.get_freeze_count() > before
        assert gc.isenabled()
    finally:
        gc.unfreeze()


@pytest.mark.parametrize("words", [("nope",), ("config", "nope"), ("config", "show", "--nope")])
def test_a_wrong_call_exits_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*words) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_only_a_check_that_has_run_exits_1() -> None:
    declared = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    others = {kind for kind in declared if getattr(kind, "exit_code", None) != 2}
    assert others == {errors.PoisonError}


def test_a_wrong_setting_exits_2_and_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_ZONE", "x")
    assert run("config", "show") == 2
    told = capsys.readouterr().err
    assert "PULSE_ZONE" in told
    assert "Traceback" not in told


def test_a_narrow_terminal_cuts_no_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.cli.output.out", Console(width=60))
    assert run("config", "show") == 0
    told = capsys.readouterr().out
    assert "…" not in told
    names = "".join(line.split("│")[1].strip() for line in told.splitlines() if "│" in line)
    assert "PULSE_KAFKA__BOOTSTRAP" in names


def test_secrets_stay_hidden(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "a-secret-of-the-test")
    monkeypatch.setenv("PULSE_STORE", "clickhouse://ana:hunter2@db:9000/community")
    assert run("config", "show", "--json") == 0
    told = capsys.readouterr().out
    assert "a-secret-of-the-test" not in told
    assert "hunter2" not in told
    shown = {row["setting"]: row for row in json.loads(told)}
    assert shown["PULSE_STORE"]["value"] == "clickhouse://hidden@db:9000/community"
    assert shown["PULSE_PSEUDONYM_KEY"]["source"] == "environment"


@pytest.mark.parametrize("words", [("config", "show"), ("alerts", "show", "--json")])
def test_a_full_disk_under_standard_output_is_told(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "pipeline.cli", *words],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (ended.returncode, ended.stderr.decode().count("\n")) == (2, 1)
    assert b"The disk is full" in ended.stderr


def test_a_worker_without_a_key_says_how_to_make_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("PULSE_PSEUDONYM_KEY", raising=False)
    assert run("worker") == 2
    assert "openssl rand" in capsys.readouterr().err
