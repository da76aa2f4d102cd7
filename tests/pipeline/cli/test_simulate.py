"""`pulse simulate` from end to end but for the broker."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from pipeline.cli.simulate import command
from pipeline.clock import Segment, write_clock

NOW_MS = 1_760_000_000_000
APP = typer.Typer()
APP.command()(command)


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clock = tmp_path / "clock.json"
    write_clock(clock, [Segment(0, NOW_MS, 0.0)])
    monkeypatch.setenv("PULSE_CLOCK_FILE", str(clock))
    monkeypatch.setenv("PULSE_PSEUDONYM_KEY", "a key that only tests know")
    monkeypatch.setenv("PULSE_STATE_DIR", str(tmp_path / "state"))


def simulate(*words: str) -> dict[str, object]:
    arguments = ["--dry-run", "--history-only", "--groups", "2", "--weeks", "0", "--json", *words]
    result = CliRunner().invoke(APP, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    told: dict[str, object] = json.loads(result.stdout)
    return told


def test_history_ends_at_the_clocks_now_and_is_labelled() -> None:
    told = simulate()
    assert told["written_ms"] == NOW_MS
    assert told["source"] == "simulator(made-up)"
    assert isinstance(told["events"], int)
    assert told["events"] > 2_000


def test_a_seed_is_a_community() -> None:
    assert simulate("--seed", "1") == simulate("--seed", "1")
    assert simulate("--seed", "1") != simulate("--seed", "2")


def test_people_are_told_that_it_is_made_up() -> None:
    arguments = ["--dry-run", "--history-only", "--groups", "1", "--weeks", "0"]
    result = CliRunner().invoke(APP, arguments)
    assert "made-up events written: 1 group, 2,000 members, seed 7" in result.stdout


def test_a_dry_run_keeps_no_journal(tmp_path: Path) -> None:
    simulate()
    assert not (tmp_path / "state").exists()
