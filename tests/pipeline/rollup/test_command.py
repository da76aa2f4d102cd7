"""`pulse rollup` as it is called, in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pipeline.clock import Segment, wall_ms, write_clock
from tests.reference.cases import START
from tests.reference.signals import DAY, Fact
from tests.reference.stored import migrated_store, store_facts


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A store with one group that is three days old, and a clock at START."""
    with migrated_store(tmp_path / "store") as store:
        store_facts(store, [Fact("join", START - 3 * DAY, "g", "u", detail="qr")])
    write_clock(tmp_path / "clock.json", [Segment(wall_ms(), START, 1.0)])
    return {
        "PULSE_STORE": f"chdb:{tmp_path / 'store'}",
        "PULSE_CLOCK_FILE": str(tmp_path / "clock.json"),
        "PULSE_AUDIT_MINUTES": "0",  # there is no broker here to ask
    }


def start(environment: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "pipeline.cli", "rollup", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_once_tells_what_it_stored(environment: dict[str, str]) -> None:
    process = start(environment, "--once", "--json")
    told, _ = process.communicate(timeout=300)
    report = json.loads(told)
    assert process.returncode == 0
    assert (report["groups"], report["note"]) == (1, "")
    assert report["baselines"] > 0
    assert report["values"] > 0


def test_it_runs_until_it_is_stopped(environment: dict[str, str]) -> None:
    process = start(environment)
    assert process.stderr is not None
    line = process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=300)
    assert "rolled up" in line
    assert process.returncode == 0


def test_a_day_is_computed_again(environment: dict[str, str]) -> None:
    day = datetime.fromtimestamp((START - 2 * DAY) / 1000, ZoneInfo("Asia/Shanghai")).date()
    for _ in range(2):
        told, _ = start(environment, "--day", day.isoformat(), "--json").communicate(timeout=300)
        report = json.loads(told)
        assert report["catalogue_windows"] >= 1
        assert report["catalogue_values"] > 0


@pytest.mark.parametrize("words", [("--until", "2025-01-01"), ("--follow", "--once")])
def test_options_that_do_not_go_together(
    environment: dict[str, str], words: tuple[str, ...]
) -> None:
    process = start(environment, *words)
    process.communicate(timeout=300)
    assert process.returncode == 2
