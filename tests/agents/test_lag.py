"""Lag and "caught up", from plain values."""

from __future__ import annotations

import pytest

from agents.lag import FRESH_MS, Lag, LagMeter, caught_up_partitions

PLACE = ("community.chat", 0)
NOW = 1_000_000


def measure(meter: LagMeter, end: int | None, *, polled: int | None = NOW, now: int = NOW) -> Lag:
    return meter.measure(PLACE, end_offset=end, polled_ms=polled, committed=0, now_ms=now)


def test_nothing_waiting_is_caught_up() -> None:
    meter = LagMeter()
    meter.stored(PLACE, 9, NOW - 99_999)
    assert measure(meter, 10) == Lag(0, 0.0, caught_up=True)


def test_without_a_fetch_answer_nothing_is_known() -> None:
    assert not measure(LagMeter(), None, polled=None).caught_up


def test_an_old_fetch_answer_proves_nothing() -> None:
    meter = LagMeter()
    meter.stored(PLACE, 9, NOW)
    assert not measure(meter, 10, polled=NOW - FRESH_MS).caught_up


def test_a_backlog_is_as_old_as_the_last_stored_record() -> None:
    meter = LagMeter()
    meter.stored(PLACE, 4, NOW - 25_000)
    assert measure(meter, 10) == Lag(5, 25.0, caught_up=False)


def test_a_record_after_a_quiet_hour_is_no_hours_lag() -> None:
    meter = LagMeter()
    meter.stored(PLACE, 9, NOW - 3_600_000)
    assert measure(meter, 10).caught_up
    assert measure(meter, 11, polled=NOW + 500, now=NOW + 500) == Lag(1, 0.5, caught_up=True)


def test_what_the_broker_knows_as_committed_counts_as_stored() -> None:
    lag = LagMeter().measure(PLACE, end_offset=7, polled_ms=NOW, committed=7, now_ms=NOW)
    assert lag == Lag(0, 0.0, caught_up=True)


@pytest.mark.parametrize(("late", "expected"), [(False, {0, 1}), (True, {1})])
def test_a_number_is_caught_up_only_in_all_its_topics(late: bool, expected: set[int]) -> None:
    lags = {(topic, number): Lag(0, 0, caught_up=True) for topic in "ab" for number in (0, 1)}
    lags["a", 0] = Lag(3, 60, caught_up=not late)
    assert caught_up_partitions(lags, "ab", [0, 1]) == expected
    assert caught_up_partitions(lags, "abc", [0, 1]) == set()
