"""What the worker shows on /metrics at one moment: plain values, never changed once published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

Position = tuple[str, int]
"""(topic, partition number)."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a ratio is compared with, and how many past values that rests on."""

    ratio: float
    weeks: int


@dataclass(frozen=True, slots=True)
class GroupSignals:
    """One milestone of one group at one speed, all of one moment and window end.

    `stem`: in_group, daily_active or conversion; `signal`: fast or slow; `baselines` by what they
    are against (4w, 24h, 7d), absent where there is none for this window end.
    """

    group_id: str
    stem: str
    signal: str
    numerator: int
    denominator: int
    baselines: Mapping[str, Baseline] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Numerator over denominator; None without a denominator."""
        return self.numerator / self.denominator if self.denominator > 0 else None


@dataclass(frozen=True, slots=True)
class StoredMilestone:
    """A milestone that the rollup read of one group, and what one comparison holds it to.

    `baseline` is None while there is nothing to compare it with; `windows` it rests on.
    """

    group_id: str
    measure: str
    signal: str
    against: str
    numerator: float
    denominator: float
    baseline: float | None
    windows: int


@dataclass(frozen=True, slots=True)
class ExportSnapshot:
    """Everything that is a state rather than a count; a group not in it has no series.

    `signals` are walked anew by each scrape, from another thread: they may be made only then.
    `funnel`: group -> step -> members. Times are wall seconds since 1970, by source. Lags are of
    the partitions this worker owns. `caught_up` holds every partition number the topics have,
    false where another worker owns it: so a number that nobody owns shows as 0, not as nothing.
    `left_out`: groups without a place among the exported ones. `audit`: mismatches of the
    latest audit by check, and when it was, as wall seconds. `types`: community type of each group
    that is shown, empty = not said. `indicators`: (group, measure) -> value. `readings_last_s`:
    when the rollup last read `stored`, as wall seconds.
    """

    signals: Iterable[GroupSignals] = ()
    stored: tuple[StoredMilestone, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[tuple[str, str], float] = field(default_factory=dict)
    readings_last_s: float | None = None
    member_count: Mapping[str, int] = field(default_factory=dict)
    funnel: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    last_event_s: Mapping[str, float] = field(default_factory=dict)
    last_heartbeat_s: Mapping[str, float] = field(default_factory=dict)
    lag_records: Mapping[Position, int] = field(default_factory=dict)
    lag_seconds: Mapping[Position, float] = field(default_factory=dict)
    caught_up: Mapping[int, bool] = field(default_factory=dict)
    clock_rate: float = 1.0
    left_out: int = 0
    audit: Mapping[str, int] = field(default_factory=dict)
    audit_last_s: float | None = None

    def blind(self) -> ExportSnapshot:
        """The same with nothing known of any group: what a worker shows that has stopped looking.

        Health goes on, with every partition number behind.
        """
        return replace(
            self,
            signals=(),
            stored=(),
            types={},
            indicators={},
            member_count={},
            funnel={},
            caught_up=dict.fromkeys(self.caught_up, False),
        )
