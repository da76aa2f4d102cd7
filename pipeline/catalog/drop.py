"""When a milestone has dropped, or risen: one rule for Prometheus and for everyone else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import sqrt

from pipeline.catalog.vocabulary import Against, Change, Severity, Signal, Turn
from pipeline.errors import CatalogError


@dataclass(frozen=True, kw_only=True)
class Drop:
    """When one signal has turned for the worse: the alert rule, and `fires` for everyone else.

    `threshold` in the terms of `change`, exclusive. Chance alone moves small numbers further, so
    what is counted must also be more than `noise` times a root away from what the baseline
    promises: in a drop the root of the promised number, in a rise (`turn`) of the counted one,
    since nothing may be promised where nothing is usual. The same number must be at least
    `min_expected`, the denominator `min_sample`. `hold_s`: seconds it must last; `keep_s`: those it
    is kept for after, longer than a stalled pipeline needs to raise its own alert, so that vanished
    gauges never look like a recovery. `severities`: community types for which it weighs otherwise.
    """

    signal: Signal
    against: Against
    change: Change
    threshold: float
    min_sample: int
    min_expected: float
    severity: Severity
    hold_s: int
    keep_s: int = 900
    noise: float = 0.0
    turn: Turn = Turn.DROP
    severities: Mapping[str, Severity] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        most = 1 if self.turn is Turn.DROP else 10
        faults = [
            fault
            for wrong, fault in (
                (
                    not 0 < self.threshold < most,
                    f"threshold {self.threshold} is not within 0 and {most}",
                ),
                (self.min_sample < 1, f"min_sample {self.min_sample} is below 1"),
                (self.min_expected <= 0, f"min_expected {self.min_expected} is not above 0"),
                (self.noise < 0, f"noise {self.noise} is below 0"),
                (self.severity is Severity.NONE, "severity none reaches nobody"),
                (self.hold_s < 60, f"hold_s {self.hold_s} is below 60: a flicker would fire"),
                (self.keep_s < 600, f"keep_s {self.keep_s} is below 600"),
            )
            if wrong
        ]
        if faults:
            raise CatalogError(f"A drop contradicts itself: {'; '.join(faults)}", where=self.key)

    @property
    def key(self) -> str:
        """Its name within its metric, for example fast.4w."""
        return f"{self.signal}.{self.against}"

    def change_of(self, ratio: float, baseline: float) -> float:
        """How far `ratio` lies on the bad side of `baseline`; negative on the good one.

        Relative to it: what was 0 has risen without bound.
        """
        fall = baseline - ratio if self.turn is Turn.DROP else ratio - baseline
        if self.change is Change.POINTS:
            return fall
        return fall / baseline if baseline else float("inf") * fall if fall else 0.0

    def fires(self, numerator: float, denominator: float, baseline: float | None) -> bool:
        """Whether these numbers are a drop (`hold_s` aside); the same rule Prometheus evaluates."""
        if baseline is None or denominator < self.min_sample:
            return False
        if self.turn is Turn.DROP and baseline <= 0:
            return False
        expected = baseline * denominator
        less, more = (numerator, expected) if self.turn is Turn.DROP else (expected, numerator)
        if more < self.min_expected:
            return False
        change = self.change_of(numerator / denominator, baseline)
        by_chance = bool(self.noise) and more - less <= self.noise * sqrt(more)
        return change > self.threshold and not by_chance
