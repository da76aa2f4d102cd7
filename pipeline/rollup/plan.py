"""What the rollup has to compute when: plain arithmetic on event time.

Baselines depend on the past alone, so they are known ahead, and are computed ahead: the worker
never waits for one. Values of closed windows follow when the windows have closed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from pipeline.core.calendar import midnight_ms
from pipeline.core.measures import MINUTE_MS
from pipeline.core.signals import DAY_MS, HOUR_MS, fast_end, slow_end

AHEAD_WALL_MS = 150_000
"""Baselines are computed this much wall time ahead, so that a slow run or a restart is no gap."""

LEAST_AHEAD_MS = 2 * HOUR_MS

LOOK_BACK_MS = 35 * DAY_MS
"""How far back values are computed when there are none, and past baselines are kept."""


@dataclass(frozen=True)
class Span:
    """The t from `first_ms` to `last_ms`, both included, each `step_ms`."""

    first_ms: int
    last_ms: int
    step_ms: int

    def __len__(self) -> int:
        return (self.last_ms - self.first_ms) // self.step_ms + 1

    def earlier(self, by_ms: int) -> Span:
        """The same t, each that much earlier."""
        return Span(self.first_ms - by_ms, self.last_ms - by_ms, self.step_ms)

    def pieces(self, most: int) -> Iterator[Span]:
        """Spans of at most `most` t, which together are this one."""
        for first in range(self.first_ms, self.last_ms + 1, most * self.step_ms):
            last = min(self.last_ms, first + (most - 1) * self.step_ms)
            yield Span(first, last, self.step_ms)


def baselines_due(
    now_ms: int, *, grace_ms: int, rate: float, reached_ms: int | None
) -> Span | None:
    """Minutes whose baselines are to be computed now, None while enough lie ahead.

    The first time from the window ends that are shown now; then on from `reached_ms` as soon as
    half of what is kept ahead has passed. `rate`: event time per wall time. Nothing is due while
    the clock stands: history is still being written.
    """
    if rate <= 0:
        return None
    ahead_ms = max(LEAST_AHEAD_MS, int(AHEAD_WALL_MS * rate))
    first = fast_end(slow_end(now_ms, grace_ms))
    if reached_ms is not None:
        if reached_ms >= now_ms + ahead_ms // 2:
            return None
        first = max(first, reached_ms + MINUTE_MS)
    return Span(first, (now_ms + ahead_ms) // MINUTE_MS * MINUTE_MS, MINUTE_MS)


def hours_due(now_ms: int, *, grace_ms: int, reached_ms: int | None) -> Span | None:
    """Ends of the hours that have closed since `reached_ms`."""
    last = fast_end(slow_end(now_ms, grace_ms))
    first = max(_oldest(now_ms, reached_ms) // HOUR_MS + 1, 0) * HOUR_MS
    return Span(first, last, HOUR_MS) if first <= last else None


def days_due(
    now_ms: int, *, grace_ms: int, zone: ZoneInfo, reached_ms: int | None
) -> tuple[Span, ...]:
    """Midnights in the reporting zone that have passed since `reached_ms`.

    One span, unless the zone's offset changes in between.
    """
    last = slow_end(now_ms, grace_ms)
    oldest = _oldest(now_ms, reached_ms)
    day = datetime.fromtimestamp(oldest / 1000, UTC).astimezone(zone).date()
    midnights = []
    while True:
        day += timedelta(days=1)
        midnight = midnight_ms(day, zone)
        if midnight > last:
            break
        midnights.append(midnight)
    spans: list[Span] = []
    for midnight in midnights:
        if spans and midnight == spans[-1].last_ms + DAY_MS:
            spans[-1] = Span(spans[-1].first_ms, midnight, DAY_MS)
        else:
            spans.append(Span(midnight, midnight, DAY_MS))
    return tuple(spans)


def _oldest(now_ms: int, reached_ms: int | None) -> int:
    return now_ms - LOOK_BACK_MS if reached_ms is None else reached_ms
