"""When people are up: the course of a day and of a week, by the clock of the community's zone."""

from __future__ import annotations

from bisect import bisect
from datetime import datetime, time
from itertools import accumulate
from zoneinfo import ZoneInfo

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

HOURS = (2, 1, 1, 1, 1, 2, 5, 10, 18, 26, 30, 27, 24, 22, 24, 26, 26, 24, 24, 28, 34, 34, 22, 8)
"""Share of a day's activity in each local hour: a morning peak and a higher one at night."""
WEEKDAYS = (1.0, 1.02, 1.03, 1.02, 1.08, 0.92, 0.86)
"""Monday to Sunday, relative to an average day."""
BUSY_HOURS = (10, 11, 15, 16, 19, 20)
"""Local hours in which an incident would be seen at once, and for some hours on."""

_UP_TO = tuple(accumulate(HOURS))


def intensity(hour_ms: int, zone: ZoneInfo) -> float:
    """Activity in the hour that begins at `hour_ms`, 1.0 on the average over a day."""
    local = datetime.fromtimestamp(hour_ms / 1000, zone)
    return WEEKDAYS[local.weekday()] * HOURS[local.hour] * 24 / _UP_TO[-1]


def at_a_likely_hour(ms: int, share: float, zone: ZoneInfo) -> int:
    """The moment of the local day of `ms` before which `share` (0 to 1) of its activity lies."""
    passed = share * _UP_TO[-1]
    hour = min(bisect(_UP_TO, passed), 23)
    within = (passed - (_UP_TO[hour] - HOURS[hour])) / HOURS[hour]
    day = datetime.fromtimestamp(ms / 1000, zone).date()
    midnight_ms = int(datetime.combine(day, time(), zone).timestamp()) * 1000
    return midnight_ms + hour * HOUR_MS + min(int(within * HOUR_MS), HOUR_MS - 1)


def next_busy_hour(ms: int, zone: ZoneInfo) -> int:
    """The first beginning of a busy hour at or after `ms`."""
    hour_ms = -(-ms // HOUR_MS) * HOUR_MS
    while datetime.fromtimestamp(hour_ms / 1000, zone).hour not in BUSY_HOURS:
        hour_ms += HOUR_MS
    return hour_ms
