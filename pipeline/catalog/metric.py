"""The vocabulary of the catalogue: what a metric is, and when its drop is an alert.

Ids are the catalogue's own names (A11, C06, F11); formulas are text for people, the numbers come
from the code that `outlets` points at. Every entry checks itself when it is made.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from pipeline.errors import CatalogError
from schemas.event_type import EventType


class Kind(StrEnum):
    """A result is what the community is run for; a process metric leads to it."""

    RESULT = "result"
    PROCESS = "process"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Zero(StrEnum):
    """What an empty denominator or set gives."""

    COUNT = "Z0"  # a count or sum of nothing is 0
    RATIO = "ZN"  # denominator 0: no value, no sample, no alert


class Grain(StrEnum):
    """What one value is about."""

    GROUP = "G"
    OVERALL = "O"


class Window(StrEnum):
    """The span of event time one value covers, half-open."""

    NOW = "now"
    MINUTE = "1m"
    HOUR = "1h"  # the last closed hour
    DAY = "24h"  # the trailing 24 hours up to the last closed minute less the grace


class Mode(StrEnum):
    """Where a metric is computed: by the worker, by SQL over the facts, or by both alike."""

    LIVE = "live"
    SQL = "sql"
    BOTH = "both"


class Signal(StrEnum):
    """The two speeds at which a milestone is watched."""

    FAST = "fast"  # Window.HOUR
    SLOW = "slow"  # Window.DAY


class Against(StrEnum):
    """What a signal is compared with."""

    WEEKS = "4w"  # median of the same weekday and clock time in the last four weeks
    DAY = "24h"  # the value 24 hours ago
    WEEK = "7d"  # the value 7 days ago


class Change(StrEnum):
    """How a drop is measured."""

    RELATIVE = "relative"  # (baseline - ratio) / baseline
    POINTS = "points"  # baseline - ratio, in percentage points (0.05 is 5 points)


class Severity(StrEnum):
    """Who hears of it: critical wakes the on-call, warning waits for office hours."""

    CRITICAL = "critical"
    WARNING = "warning"
    NONE = "none"


@dataclass(frozen=True, kw_only=True)
class Drop:
    """When one signal of a ratio has dropped: the alert rule, and `fires` for everyone else.

    `threshold` in the terms of `change`, exclusive. Nothing fires below `min_sample` in the
    denominator or `min_expected` in the numerator the baseline promises. `hold_s`: seconds the
    drop must last; `keep_s`: seconds the alert outlives it, longer than a stalled pipeline needs
    to raise its own alert, so that vanished gauges never look like a recovery.
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

    def __post_init__(self) -> None:
        faults = [
            fault
            for wrong, fault in (
                (not 0 < self.threshold < 1, f"threshold {self.threshold} is not within 0 and 1"),
                (self.min_sample < 1, f"min_sample {self.min_sample} is below 1"),
                (self.min_expected <= 0, f"min_expected {self.min_expected} is not above 0"),
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
        """How far `ratio` lies below a positive `baseline`; negative when above."""
        fall = baseline - ratio
        return fall / baseline if self.change is Change.RELATIVE else fall

    def fires(self, numerator: float, denominator: float, baseline: float | None) -> bool:
        """Whether these numbers are a drop (`hold_s` aside); the same rule Prometheus evaluates."""
        if baseline is None or baseline <= 0 or denominator < self.min_sample:
            return False
        if baseline * denominator < self.min_expected:
            return False
        return self.change_of(numerator / denominator, baseline) > self.threshold


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One row of the catalogue.

    `stem` names the gauges of a milestone (community_<stem>_ratio), `base` in words what it is a
    share of. `outlets` are the places where values are read: Prometheus series, group_minute.column
    of the store, or signals.column of the query in `sql_signals`.
    """

    id: str
    name: str
    zh: str
    formula: str
    unit: str
    kind: Kind
    direction: Direction
    zero: Zero
    windows: tuple[Window, ...]
    mode: Mode
    events: tuple[EventType, ...]
    outlets: tuple[str, ...] = ()
    grains: tuple[Grain, ...] = (Grain.GROUP,)
    stem: str = ""
    base: str = ""
    drops: tuple[Drop, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        keys = [drop.key for drop in self.drops]
        faults = [
            fault
            for wrong, fault in (
                (not re.fullmatch(r"[A-J]\d\d", self.id), "an id is a letter and two digits"),
                (not re.fullmatch(r"[a-z][a-z0-9_]*", self.name), f"name {self.name!r}"),
                (
                    not bool(self.drops) == bool(self.stem) == bool(self.base),
                    "a milestone has a stem, a base and drops",
                ),
                (bool(self.drops) and self.zero is not Zero.RATIO, "only a ratio can drop"),
                (len(keys) != len(set(keys)), f"a drop is declared twice among {keys}"),
                (not self.events, "computed from no event type"),
                (not (self.outlets or self.stem), "its values are read nowhere"),
            )
            if wrong
        ]
        if faults:
            raise CatalogError(f"The metric contradicts itself: {'; '.join(faults)}", where=self.id)

    @property
    def milestone(self) -> bool:
        """Whether a drop of it is an alert."""
        return bool(self.drops)

    @property
    def stock(self) -> bool:
        """Whether it is the state of one moment rather than of a span."""
        return self.windows == (Window.NOW,)

    @property
    def words(self) -> str:
        """Its name in prose."""
        return self.name.replace("_", " ")

    @property
    def alert(self) -> str:
        """Name of its drop alert, and of its section in the runbook."""
        return f"Community{''.join(part.capitalize() for part in self.name.split('_'))}Drop"

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals it is watched by, each once."""
        return tuple(dict.fromkeys(drop.signal for drop in self.drops))
