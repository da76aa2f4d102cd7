"""The one clock: segments, turns, and the file they are shared in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.clock import Clock, Segment, SharedClock, wall_ms, write_clock
from pipeline.errors import SettingsError

# wall:   0 ---- 1000 ---------- 2000 ---------- 3000 ->
# event:  500 stands at 500 ----- runs at 288 ---- runs at 1
DEMO = Clock((Segment(0, 500, 0.0), Segment(2_000, 500, 288.0), Segment(3_000, 288_500, 1.0)))


@pytest.mark.parametrize(
    ("wall", "event", "rate"),
    [
        (0, 500, 0.0),
        (1_999, 500, 0.0),
        (2_000, 500, 288.0),
        (2_500, 144_500, 288.0),
        (3_000, 288_500, 1.0),
        (4_000, 289_500, 1.0),
    ],
)
def test_the_segment_that_holds_decides(wall: int, event: int, rate: float) -> None:
    assert (DEMO.at(wall), DEMO.rate(wall)) == (event, rate)


@given(st.lists(st.integers(0, 10_000), min_size=1))
def test_many_at_once_are_as_one_by_one(walls: list[int]) -> None:
    assert DEMO.at_each(np.array(walls)).tolist() == [DEMO.at(wall) for wall in walls]


def test_production_is_wall_time() -> None:
    assert Clock().at(1_764_000_000_123) == 1_764_000_000_123


def test_a_turn_goes_on_from_where_the_clock_stands() -> None:
    turned = DEMO.turn(2_500, 0.0)
    assert (turned.at(2_500), turned.at(9_000)) == (144_500, 144_500)
    assert turned.turn(9_000, 1.0).at(9_001) == 144_501


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "clock.json"
    now = wall_ms()
    write_clock(path, [Segment(0, 7, 0.0)])
    clock = SharedClock(path)
    assert clock.now_ms() == 7
    write_clock(path, [Segment(0, 7, 0.0), Segment(now - 1_000, 7, 288.0)])
    assert clock.now_ms() >= 7 + 288_000


@pytest.mark.parametrize("text", ["", "[1]", '[{"rate": 1}]'])
def test_a_broken_file_says_what_to_do(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock.json"
    path.write_text(text)
    with pytest.raises(SettingsError, match="clock file cannot be read"):
        SharedClock(path).now_ms()
