from __future__ import annotations

import os
from pathlib import Path

import pytest

from deploy.local import demo_clock
from deploy.local.demo_clock import RATE, DemoClock
from pipeline.clock import SharedClock

BEGINS = 1_700_000_000_000


class Wall:
    """The machine's time, as the test sets it."""

    ms = 1_000_000


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> Wall:
    wall = Wall()
    monkeypatch.setattr(demo_clock, "wall_ms", lambda: wall.ms)
    monkeypatch.setattr("pipeline.clock.wall_ms", lambda: wall.ms)
    return wall


@pytest.fixture
def clock(tmp_path: Path, wall: Wall) -> DemoClock:
    clock = DemoClock(tmp_path / "clock.json", tmp_path / "alive")
    clock.set(BEGINS)
    wall.ms += 1
    return clock


def test_it_stands_until_it_is_let_go(clock: DemoClock, wall: Wall) -> None:
    wall.ms += 3_600_000
    assert (clock.now_ms, clock.rate) == (BEGINS, 0.0)
    clock.run()
    wall.ms += 1_000
    assert (clock.now_ms, clock.rate) == (BEGINS + 288_000, RATE)


def test_it_stands_while_the_demo_does_and_goes_on_from_there(clock: DemoClock, wall: Wall) -> None:
    clock.run()
    wall.ms += 10_000
    clock.stop()
    stopped = clock.now_ms
    wall.ms += 86_400_000
    assert clock.now_ms == stopped == BEGINS + 2_880_000
    clock.run()
    wall.ms += 1_000
    assert clock.now_ms == stopped + 288_000


def test_other_processes_see_the_same_time(clock: DemoClock, wall: Wall, tmp_path: Path) -> None:
    clock.run()
    wall.ms += 5_000
    assert SharedClock(tmp_path / "clock.json").now_ms() == clock.now_ms


def test_records_keep_the_time_of_their_segment(clock: DemoClock, wall: Wall) -> None:
    while_standing = wall.ms + 500
    wall.ms += 1_000
    clock.run()
    wall.ms += 1_000
    clock.stop()
    wall.ms += 60_000
    clock.run()
    segments = SharedClock(clock.file).clock()
    assert segments.at(while_standing) == BEGINS
    assert segments.at(while_standing + 1_000) == BEGINS + 144_000


@pytest.mark.parametrize("died_after_ms", [0, 1, 7_000])
def test_a_demo_that_was_killed_stands_from_its_last_stamp_on(
    clock: DemoClock, wall: Wall, died_after_ms: int, tmp_path: Path
) -> None:
    clock.run()
    died_ms = wall.ms + died_after_ms
    os.utime(tmp_path / "alive", ns=(died_ms * 1_000_000,) * 2)
    wall.ms += 3_600_000
    assert clock.mend()
    assert clock.rate == 0.0
    assert BEGINS <= clock.now_ms <= BEGINS + 288 * max(1, died_after_ms)
    assert not clock.mend()


def test_stopping_twice_or_before_it_runs_changes_nothing(
    clock: DemoClock, wall: Wall, tmp_path: Path
) -> None:
    clock.stop()
    clock.run()
    wall.ms += 1_000
    clock.stop()
    written = clock.file.read_text()
    wall.ms += 1_000
    clock.stop()
    assert clock.file.read_text() == written
    DemoClock(tmp_path / "none.json", tmp_path / "alive").stop()


def test_run_and_stop_within_one_millisecond_leave_it_standing(
    clock: DemoClock, wall: Wall
) -> None:
    clock.run()
    clock.stop()
    wall.ms += 10
    assert clock.rate == 0.0
    assert clock.now_ms == BEGINS + 288


def test_it_is_shown_by_the_zone(clock: DemoClock) -> None:
    assert clock.shows("Asia/Shanghai") == "Wed 2023-11-15 06:13"
