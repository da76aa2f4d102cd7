"""What earlier readings make of a comparison, by hand and as properties."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.vocabulary import Against
from pipeline.core.expectation import PASTS, READING, expected
from pipeline.core.signals import DAY_MS, HOUR_MS

NOW_MS = 1_764_000_000_000


def reading(days_ago: float, numerator: float, denominator: float, group: str = "g") -> tuple:
    return ("m", "slow", group, NOW_MS - round(days_ago * DAY_MS), numerator, denominator)


def frame(*rows: tuple) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=dict(READING), orient="row")


NOW = frame(reading(0, 1, 10))


def told(against: str, *past: tuple, now: pl.DataFrame = NOW) -> list[tuple[float, int]]:
    found = expected(now, frame(*past), against)
    return list(found.select("baseline", "windows").iter_rows())


def test_a_week_is_taken_together_by_persons_not_by_days() -> None:
    week = [reading(day, 1, 2) for day in (1, 2, 3)] + [reading(7, 97, 194)]
    assert told("7d_mean", *week) == [(0.5, 4)]
    uneven = [reading(1, 90, 100), reading(2, 1, 10), reading(3, 1, 10), reading(4, 8, 80)]
    assert told("7d_mean", *uneven) == [(100 / 200, 4)]


def test_a_week_needs_four_of_its_days_and_no_others() -> None:
    assert told("7d_mean", *(reading(day, 1, 2) for day in (1, 2, 3, 8, 9))) == []


def test_weekdays_are_the_same_ones_and_three_at_least() -> None:
    weeks = [reading(day, 3, 10) for day in (7, 14, 28)]
    assert told("4w_mean", *weeks, reading(6, 0, 10), reading(21, 0, 0)) == [(0.3, 3)]
    assert told("4w_mean", *weeks[:2]) == []


def test_a_day_of_23_hours_is_a_day() -> None:
    hour = HOUR_MS / DAY_MS
    assert told("4w_mean", *(reading(day - hour, 1, 4) for day in (7, 14, 21))) == [(0.25, 3)]


def test_the_four_before_are_the_latest_ones_wherever_they_lie() -> None:
    cohorts = [reading(day, day, 100) for day in (2, 3, 9, 11, 40)]
    assert told("4_before", *cohorts) == [((2 + 3 + 9 + 11) / 400, 4)]
    assert told("before", *cohorts) == [(0.02, 1)]


def test_only_days_that_had_any_are_earlier_ones() -> None:
    days = [reading(1, 0, 50), reading(2, 10, 50), reading(3, 0, 50), reading(9, 20, 50)]
    assert told("earlier", *days) == [(0.3, 2)]


def test_nobody_is_no_past_and_now_is_not_its_own_past() -> None:
    assert told("4_before", reading(0, 9, 9), *(reading(day, 0, 0) for day in (1, 2, 3))) == []


@pytest.mark.parametrize("against", PASTS)
def test_many_readings_are_compared_each_as_if_it_were_alone(against: str) -> None:
    every = frame(*(reading(day, day % 5, 9, group) for day in range(60) for group in "gh"))
    together = expected(every, every, against).sort("group_id", "window_end_ms")
    alone = [expected(every[place], every, against) for place in range(every.height)]
    assert together.equals(pl.concat(alone).sort("group_id", "window_end_ms"))
    assert together.height > 60


def test_groups_are_compared_with_themselves() -> None:
    now = frame(reading(0, 1, 10), reading(0, 1, 10, "h"))
    found = expected(now, frame(reading(1, 1, 2), reading(1, 1, 4, "h")), "before")
    assert dict(found.select("group_id", "baseline").iter_rows()) == {"g": 0.5, "h": 0.25}


def test_every_comparison_of_readings_is_one_of_the_catalogue() -> None:
    assert set(PASTS) < {str(against) for against in Against}


@pytest.mark.parametrize("against", PASTS)
@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.integers(0, 20), st.integers(1, 20)),
        unique_by=lambda one: one[0],
    )
)
def test_a_baseline_lies_among_what_it_is_made_of(
    against: str, days: list[tuple[int, int, int]]
) -> None:
    past = [reading(day, min(n, of), of) for day, n, of in days]
    for baseline, windows in told(against, *past):
        ratios = [n / of for *_, n, of in past]
        assert min(ratios) - 1e-12 <= baseline <= max(ratios) + 1e-12
        assert PASTS[against].least <= windows <= len(past)
