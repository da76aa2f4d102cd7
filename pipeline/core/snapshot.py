"""What the live view says at one moment; plain values that never change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.core.signals import FAST, FUNNEL, MILESTONES, Count
from pipeline.core.sweep import Counters


@dataclass(frozen=True, slots=True)
class Reading:
    """One milestone of one group at one pace: `numerator` of `denominator` persons at a t."""

    stem: str
    signal: str
    numerator: int
    denominator: int
    window_end_ms: int

    @property
    def ratio(self) -> float | None:
        """Numerator over denominator; None without a denominator."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True)
class Snapshot:
    """All groups of one partition number.

    `slow` and `fast`: one row per group (`rows`: group_id -> its row), one column per `Count`; of
    `fast` only the counts of `signals.FAST` mean anything. `fed`: source -> group_id -> event ms
    of its last event there. `last_event_ms` by source, in a group or not. `anomalies`: as seen
    since the view was made (see `quality`), by kind.
    """

    slow_end_ms: int
    fast_end_ms: int
    rows: Mapping[str, int]
    slow: Counters
    fast: Counters
    fed: Mapping[str, Mapping[str, int]]
    last_event_ms: Mapping[str, int]
    anomalies: Mapping[str, int]

    def count(self, group_id: str, count: Count) -> int:
        """A slow count of a group, 0 for a group nobody has heard of."""
        row = self.rows.get(group_id)
        return 0 if row is None else int(self.slow[row, count])

    def readings(self, group_id: str) -> tuple[Reading, ...]:
        """Every milestone at every pace, of a group that is in `rows`."""
        row = self.rows[group_id]
        found = []
        for milestone in MILESTONES:
            for pace in milestone.paces:
                counts, end = (
                    (self.fast, self.fast_end_ms) if pace is FAST else (self.slow, self.slow_end_ms)
                )
                numerator = int(counts[row, milestone.numerator])
                denominator = int(counts[row, milestone.denominator])
                found.append(Reading(milestone.stem, pace.name, numerator, denominator, end))
        return tuple(found)

    def funnel(self, group_id: str) -> dict[str, int]:
        """Persons by step, in order."""
        return {step: self.count(group_id, count) for step, count in FUNNEL.items()}

    def sources(self, group_id: str) -> dict[str, int]:
        """Which sources fed a group, with the event ms of their last event there."""
        return {source: fed[group_id] for source, fed in self.fed.items() if group_id in fed}
