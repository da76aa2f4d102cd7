"""The one clock: wall time to event time, by segments that all processes share in a file.

Production has one segment of rate 1. The demo stands still (rate 0) while history is written,
then runs 288 times as fast: a day in five minutes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import SettingsError

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, order=True)
class Segment:
    """From `wall_from_ms` (wall time) on, event time starts at `start_ms` and runs at `rate`."""

    wall_from_ms: int
    start_ms: int
    rate: float

    def at(self, wall_ms: int) -> int:
        """Event time in ms at a wall time within this segment."""
        return self.start_ms + int((wall_ms - self.wall_from_ms) * self.rate)

    def at_each(self, wall_ms: IntArray) -> IntArray:
        """`at` for many wall times at once."""
        ran: IntArray = ((wall_ms - self.wall_from_ms) * self.rate).astype(np.int64)
        return self.start_ms + ran


WALL_TIME = Segment(0, 0, 1.0)


@dataclass(frozen=True)
class Clock:
    """Segments in order of wall time; times before the first belong to the first."""

    segments: tuple[Segment, ...] = (WALL_TIME,)

    def at(self, wall_ms: int) -> int:
        """Event time in ms at wall time `wall_ms`, by the segment that held then."""
        return self._segment(wall_ms).at(wall_ms)

    def at_each(self, wall_ms: IntArray) -> IntArray:
        """`at` for many wall times at once."""
        event_ms = self.segments[0].at_each(wall_ms)
        for segment in self.segments[1:]:
            has_begun = wall_ms >= segment.wall_from_ms
            event_ms = np.where(has_begun, segment.at_each(wall_ms), event_ms)
        return event_ms

    def rate(self, wall_ms: int) -> float:
        """How many event seconds pass in one wall second at `wall_ms`."""
        return self._segment(wall_ms).rate

    def turn(self, wall_ms: int, rate: float) -> Clock:
        """End the running segment at `wall_ms` and go on from there at `rate`."""
        return Clock((*self.segments, Segment(wall_ms, self.at(wall_ms), rate)))

    def _segment(self, wall_ms: int) -> Segment:
        running = self.segments[0]
        for segment in self.segments[1:]:
            if segment.wall_from_ms > wall_ms:
                break
            running = segment
        return running


def wall_ms() -> int:
    """The machine's own time in epoch ms."""
    return time.time_ns() // 1_000_000


def write_clock(path: Path, segments: Sequence[Segment]) -> None:
    """Replace the clock file at once, so that no reader ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps([asdict(segment) for segment in segments], indent=1))
    fresh.replace(path)


class SharedClock:
    """The clock of this process: wall time, or the segments of a file, reread on change."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._stamp = -1
        self._clock = Clock()

    def now_ms(self) -> int:
        """Event time now, epoch ms."""
        return self.clock().at(wall_ms())

    def clock(self) -> Clock:
        """The segments as they stand in the file now."""
        if self._path is None:
            return self._clock
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                rows = json.loads(self._path.read_text())
                self._clock = Clock(tuple(sorted(Segment(**row) for row in rows)))
                self._stamp = stamp
        except (OSError, ValueError, TypeError) as error:
            raise SettingsError(
                f"The clock file cannot be read: {error}",
                where=f"PULSE_CLOCK_FILE={self._path}",
                remedy="Unset it to run on wall time, or write it again with `make demo FRESH=1`.",
            ) from error
        return self._clock
