"""What a contestant's runs say together: medians, extremes and ratios."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.benchmarks.stopwatch import Lap

BESIDE = ("store", "broker")


@dataclass(frozen=True)
class Spread:
    """A figure over several runs."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class Figures:
    """A contestant's runs."""

    laps: tuple[Lap, ...]

    @property
    def speed(self) -> Spread:
        """Events per second."""
        return Spread.of([lap.events_per_second for lap in self.laps])

    @property
    def cpu(self) -> float:
        """CPU seconds per million events, the median."""
        return self._median(lambda lap: lap.cpu_s_per_million)

    @property
    def rss_mb(self) -> float:
        """The greatest peak of resident memory."""
        return max(lap.peak_rss_mb for lap in self.laps)

    @property
    def cold_start_s(self) -> float:
        """From the start of the process to its first counted events, the median."""
        return self._median(lambda lap: lap.cold_start_s)

    def beside(self, name: str) -> float:
        """CPU seconds per million events that a server beside it spent, the median."""
        return self._median(lambda lap: lap.beside_per_million(name))

    def as_json(self) -> dict[str, object]:
        """All of it, for a file."""
        return {
            "events_per_second": round(self.speed.median),
            "min": round(self.speed.low),
            "max": round(self.speed.high),
            "runs": [round(lap.events_per_second) for lap in self.laps],
            "events": self.laps[0].events,
            "cpu_s_per_million": round(self.cpu, 2),
            "beside_cpu_s_per_million": {name: round(self.beside(name), 2) for name in BESIDE},
            "peak_rss_mb": round(self.rss_mb),
            "cold_start_s": round(self.cold_start_s, 1),
        }

    def _median(self, of: Callable[[Lap], float]) -> float:
        return median(map(of, self.laps))


def ratio(found: Mapping[str, Figures], ours: str, theirs: str) -> float | None:
    """How many times as fast `ours` is, by medians; None where one of them did not run."""
    if ours not in found or theirs not in found:
        return None
    return found[ours].speed.median / found[theirs].speed.median


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all are not above; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
