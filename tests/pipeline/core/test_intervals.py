"""Interval algebra: drawn by hand, and held to plain sets of moments."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import Interval, cover, gain, intersect, subtract, union

W = 10
TIMES = st.lists(st.integers(0, 60), max_size=12).map(sorted)


def moments(intervals: list[Interval]) -> set[int]:
    return {t for start, end in intervals for t in range(start + 1, end + 1)}


def assert_tidy(intervals: list[Interval]) -> None:
    flat = [edge for interval in intervals for edge in interval]
    assert flat == sorted(flat)
    assert all(start < end for start, end in intervals)


@given(TIMES, st.integers(0, 40))
def test_cover_is_every_t_with_a_time_in_its_window(times: list[int], since: int) -> None:
    found = cover(times, W, since)
    assert_tidy(found)
    assert moments(found) == {
        t for t in range(200) if any(since <= time and t - W <= time < t for time in times)
    }


def test_times_within_reach_are_one_interval() -> None:
    #  0    5    10   15        30
    #  x    x         x         x        each reaches 10 on
    #  (----------------------] (-------]
    assert cover([0, 5, 15, 30], W, 0) == [(0, 25), (30, 40)]


def test_a_time_at_the_end_of_the_reach_is_joined_to_it() -> None:
    assert cover([0, 10], W, 0) == [(0, 20)]


@given(TIMES, TIMES.filter(bool), st.integers(0, 40))
def test_gain_is_what_more_times_add(times: list[int], more: list[int], since: int) -> None:
    gained = moments(gain(times, more, W, since))
    before = moments(cover(times, W, since))
    after = moments(cover(sorted(times + more), W, since))
    # Before `since` + window nobody asks: there a time left out may still be covered.
    assert {t for t in gained if t >= since + W} == {t for t in after - before if t >= since + W}


@given(TIMES, TIMES)
def test_intersect_and_subtract_are_those_of_sets(left: list[int], right: list[int]) -> None:
    one, other = cover(left, W, 0), cover(right, 3, 0)
    both, alone = intersect(one, other), subtract(one, other)
    assert_tidy(both)
    assert_tidy(alone)
    assert moments(both) == moments(one) & moments(other)
    assert moments(alone) == moments(one) - moments(other)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8).map(sorted))
def test_union_is_that_of_sets(intervals: list[Interval]) -> None:
    joined = union(intervals)
    assert_tidy(joined)
    assert moments(joined) == moments(intervals)
