"""What the rollup left in the store for /metrics: stored milestones, types, indicators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

import polars as pl

from pipeline.catalog.sql_readings import INDICATORS, NOW, TYPES
from pipeline.catalog.type_sets import COMMUNITY_SETS, QUALITY_SET
from pipeline.catalog.vocabulary import Window
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS, HOUR_MS
from sinks.prometheus_snapshot import StoredMilestone
from sinks.store import Store

SHOWN_MS = 3 * HOUR_MS
SHOWN_WALL_S = 150
"""Readings are shown for this much event time, or for what so much wall time is of it, if that is
more: the clock may run many hours a minute."""

_OF_TYPE: Mapping[str, frozenset[str]] = {
    one.key: frozenset((*one.names, *QUALITY_SET.names)) for one in COMMUNITY_SETS
}
_METRICS = {metric.name: metric for one in (*COMMUNITY_SETS, QUALITY_SET) for metric in one.metrics}
_LIVE = [name for name, metric in _METRICS.items() if Window.DAY in metric.windows]
_DAILY = [
    name for name, metric in _METRICS.items() if name not in _LIVE and Period.DAY in metric.periods
]


@dataclass(frozen=True)
class StoredView:
    """What was read of the store last. `t_ms`: event time it is of; `read_s`: wall seconds."""

    milestones: tuple[StoredMilestone, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    indicators: Mapping[tuple[str, str], float] = field(default_factory=dict)
    t_ms: int = 0
    read_s: float | None = None

    def at(self, now_ms: int, clock_rate: float) -> StoredView:
        """What of it still holds: a rollup that stopped leaves no milestone behind."""
        lasts_ms = max(SHOWN_MS, int(SHOWN_WALL_S * 1000 * clock_rate))
        return self if now_ms - self.t_ms <= lasts_ms else replace(self, milestones=())

    def of(self, groups: Collection[str]) -> StoredView:
        """What of it is of these groups."""
        return replace(
            self,
            milestones=tuple(one for one in self.milestones if one.group_id in groups),
            indicators={key: v for key, v in self.indicators.items() if key[0] in groups},
        )


def read_stored(store: Store, now_ms: int) -> StoredView:
    """The view as the store has it at event time `now_ms`. Raises Retryable or Fatal."""
    now = store.query(NOW)
    types = dict(store.query(TYPES).iter_rows())
    since = {"since_ms": now_ms - 40 * DAY_MS}
    values = store.query(INDICATORS, {"live": _LIVE, "daily": _DAILY, **since})
    return StoredView(
        milestones=tuple(_milestones(now)),
        types=types,
        indicators={
            (group_id, measure): value
            for measure, group_id, value in values.iter_rows()
            if measure in _OF_TYPE.get(types.get(group_id, ""), ())
        },
        t_ms=max(now["t_ms"], default=0),
        read_s=max(now["computed_ms"]) / 1000 if now.height else None,
    )


def _milestones(now: pl.DataFrame) -> list[StoredMilestone]:
    columns = ("group_id", "measure", "signal", "against", "numerator", "denominator")
    return [
        StoredMilestone(*row) for row in now.select(*columns, "baseline", "windows").iter_rows()
    ]
