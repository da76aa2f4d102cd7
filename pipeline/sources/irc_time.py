"""From `[H:MM]` on the channel's wall clock to epoch ms."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000


class DayClock:
    """The clock of one day's file, fed its lines in order.

    A log keeps minutes. The line's ordinal within its minute becomes the milliseconds, so that
    the order of the file is the order of time. In the hour that autumn has twice, the first
    reading that does not run backwards is taken: the second one once the clock was set back.
    """

    def __init__(self, day: date, zone: ZoneInfo) -> None:
        self._midnight = datetime.combine(day, time(), zone)
        self._latest_ms = 0
        self._lines: Counter[int] = Counter()

    def at(self, minute: int) -> int:
        """Epoch ms of the next line, which stands at `minute` after midnight of the wall clock."""
        wall = self._midnight + timedelta(minutes=minute)  # on the wall: without the zone's jumps
        first, second = (int(wall.replace(fold=fold).timestamp()) * 1000 for fold in (0, 1))
        minute_ms = second if first < self._latest_ms and second > first else first
        self._latest_ms = minute_ms
        ordinal = self._lines[minute_ms]
        self._lines[minute_ms] += 1
        return minute_ms + min(ordinal, MINUTE_MS - 1)
