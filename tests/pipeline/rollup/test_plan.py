"""What is due when: baselines ahead by the clock's rate, values behind what has closed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.rollup.plan import LOOK_BACK_MS, Span, baselines_due, days_due, hours_due
from tests.reference.cases import MINUTE, START
from tests.reference.signals import DAY, HOUR

GRACE = 5 * MINUTE
NOW = START + 20 * MINUTE


def due(*, rate: float = 1.0, reached_ms: int | None = None, now_ms: int = NOW) -> Span | None:
    return baselines_due(now_ms, grace_ms=GRACE, rate=rate, reached_ms=reached_ms)


def test_the_first_time_it_starts_with_the_window_ends_that_are_shown_now() -> None:
    span = due()
    assert span is not None
    assert span.first_ms == START  # the fast signal's end; the slow one's is later


@pytest.mark.parametrize(("rate", "ahead_ms"), [(1.0, 2 * HOUR), (288.0, 12 * HOUR)])
def test_it_looks_ahead_in_wall_time(rate: float, ahead_ms: int) -> None:
    span = due(rate=rate)
    assert span is not None
    assert span.last_ms == NOW + ahead_ms


def test_while_the_clock_stands_nothing_is_due() -> None:
    assert due(rate=0.0) is None


def test_half_of_what_is_ahead_has_to_pass_first() -> None:
    assert due(reached_ms=NOW + HOUR) is None
    span = due(reached_ms=NOW + HOUR - MINUTE)
    assert span == Span(NOW + HOUR, NOW + 2 * HOUR, MINUTE)


def test_after_a_long_sleep_it_starts_anew() -> None:
    span = due(reached_ms=START - 9 * DAY)
    assert span is not None
    assert span.first_ms == START


def test_minutes_are_whole_whatever_the_clock_says() -> None:
    span = due(now_ms=NOW + 12_345)
    assert span is not None
    assert span.last_ms % MINUTE == 0


def test_hours_are_due_once_they_are_closed_and_settled() -> None:
    assert hours_due(START + HOUR + GRACE - 1, grace_ms=GRACE, reached_ms=START) is None
    assert hours_due(START + HOUR + GRACE, grace_ms=GRACE, reached_ms=START) == Span(
        START + HOUR, START + HOUR, HOUR
    )


def test_without_values_it_looks_back_a_bounded_time() -> None:
    span = hours_due(NOW, grace_ms=GRACE, reached_ms=None)
    assert span is not None
    assert NOW - LOOK_BACK_MS < span.first_ms <= NOW - LOOK_BACK_MS + HOUR
    assert span.last_ms == START


def test_days_end_at_midnight_in_the_reporting_zone() -> None:
    zone = ZoneInfo("Asia/Shanghai")
    (span,) = days_due(NOW, grace_ms=GRACE, zone=zone, reached_ms=NOW - 3 * DAY)
    assert len(span) == 3
    assert {(t + 8 * HOUR) % DAY for t in (span.first_ms, span.last_ms)} == {0}
    assert span.last_ms <= NOW - GRACE


def test_a_change_of_the_offset_parts_the_days() -> None:
    # Berlin left summer time on 26 October 2025: that day had 25 hours.
    midnight_27th = 1_761_519_600_000
    spans = days_due(
        midnight_27th + DAY + HOUR,
        grace_ms=GRACE,
        zone=ZoneInfo("Europe/Berlin"),
        reached_ms=midnight_27th - 3 * DAY,
    )
    assert [(len(span), span.last_ms) for span in spans] == [
        (2, midnight_27th - 25 * HOUR),
        (2, midnight_27th + DAY),
    ]


def test_a_day_that_is_done_is_not_due_again() -> None:
    midnight = START // DAY * DAY
    assert days_due(midnight + DAY, grace_ms=GRACE, zone=ZoneInfo("UTC"), reached_ms=midnight) == ()


@pytest.mark.parametrize("most", [1, 7, 60, 61])
def test_pieces_are_the_whole(most: int) -> None:
    span = Span(START, START + HOUR, MINUTE)
    pieces = list(span.pieces(most))
    ends = [t for p in pieces for t in range(p.first_ms, p.last_ms + 1, p.step_ms)]
    assert ends == list(range(START, START + HOUR + 1, MINUTE))
    assert max(len(piece) for piece in pieces) <= most
    assert sum(len(piece) for piece in pieces) == len(span)
