"""The demo's clock: it stands while history is written, then runs a day in five minutes.

It stands whenever the demo does, also when the demo was killed: a stamp each second tells until
when the clock had run.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.clock import Clock, Segment, SharedClock, wall_ms, write_clock

RATE = 288.0
"""A day in five minutes."""


class DemoClock:
    """The clock file and the stamp beside it."""

    def __init__(self, file: Path, alive: Path) -> None:
        self.file = file
        self._alive = alive
        self._shared = SharedClock(file)

    def set(self, event_ms: int) -> None:
        """Begin: the clock stands at `event_ms`."""
        write_clock(self.file, [Segment(wall_ms(), event_ms, 0.0)])

    def run(self) -> None:
        """Go on from where it stands."""
        self.stamp()
        self._turn(wall_ms(), RATE)

    def stop(self) -> None:
        """Stand still from now on; nothing changes if it does."""
        if self.file.exists() and self.rate:
            self._turn(wall_ms(), 0.0)

    def stamp(self) -> None:
        """Say that the demo is alive now."""
        self._alive.touch()

    def mend(self) -> bool:
        """If a demo died with the clock running, let it stand from its last stamp on."""
        if not self.rate:
            return False
        self._turn(self._alive.stat().st_mtime_ns // 1_000_000, 0.0)
        return True

    @property
    def now_ms(self) -> int:
        """Event time now, epoch ms."""
        return self._shared.now_ms()

    def shows(self, zone: str) -> str:
        """Event time now, as a clock in `zone` shows it."""
        return f"{datetime.fromtimestamp(self.now_ms / 1000, ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"

    @property
    def rate(self) -> float:
        """Event seconds in a wall second, since the last turn."""
        return self._clock.segments[-1].rate

    @property
    def _clock(self) -> Clock:
        return self._shared.clock()

    def _turn(self, at_ms: int, rate: float) -> None:
        clock = self._clock
        later_ms = max(at_ms, clock.segments[-1].wall_from_ms + 1)
        write_clock(self.file, clock.turn(later_ms, rate).segments)
