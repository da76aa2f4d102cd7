"""How a rate of each group stands at a moment against its own past, as the alert's rule sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.sql_rollup import births
from pipeline.catalog.sql_signals import signals
from pipeline.core.baseline import baselines
from pipeline.core.signals import (
    COLUMN,
    DAY_MS,
    FAST,
    HOUR_MS,
    MILESTONES,
    SLOW,
    Milestone,
    Pace,
    fast_end,
)
from pipeline.rollup.causes import shifts_of
from sinks.store import Store

_STORED = """
SELECT scope_id, window_end_ms, numerator, denominator, value
FROM v_metric_value
WHERE metric = %(metric)s AND grain = 'G' AND `window` = 'D' AND slice = '' AND isNotNull(value)
    AND window_end_ms > %(since_ms)s AND window_end_ms <= %(until_ms)s
"""
_NOW = """
SELECT group_id, numerator, denominator, baseline
FROM v_milestone_now
WHERE measure = %(measure)s AND signal = %(signal)s AND against = %(against)s AND t_ms = %(t_ms)s
"""
_BASELINES = """
SELECT group_id, ratio
FROM v_signal_baseline
WHERE metric = %(stem)s AND signal = %(signal)s AND against = %(against)s
    AND window_end_ms = %(t_ms)s
"""


@dataclass(frozen=True)
class Standing:
    """One group: `numerator` of `denominator`, and what is usual; None = nothing to compare."""

    group_id: str
    numerator: float
    denominator: float
    baseline: float | None

    @property
    def rate(self) -> float | None:
        """Numerator over denominator; None without a denominator."""
        return self.numerator / self.denominator if self.denominator else None


def standings(
    store: Store,
    metric: Metric,
    signal: str,
    against: str,
    t_ms: int,
    *,
    group_id: str,
    grace_ms: int,
    measure: str = "",
) -> list[Standing]:
    """Every group with a value of the metric at `t_ms`. Raises Retryable or Fatal.

    A milestone of the live view is computed from the facts, against its stored baselines; where
    there are none for that moment, only `group_id` is looked at, its baseline computed now, since
    weeks of all groups would take too long. Any other is what was read and compared at its hour,
    which its alert goes by (all groups together among them), of `measure` where the metric is
    split. Once a later hour was read, it is the last stored day, against the median of the days
    it is compared with.
    """
    for stone in MILESTONES:
        if stone.metric == metric.name:
            pace = FAST if signal == FAST.name else SLOW
            t_ms = fast_end(t_ms) if pace is FAST else t_ms
            asked = {"stem": stone.stem, "signal": pace.name, "against": against, "t_ms": t_ms}
            known = dict(store.query(_BASELINES, asked).iter_rows())
            if known:
                return _live(stone, pace, _grid(store, t_ms, grace_ms), known)
            return _alone(store, stone, pace, against, t_ms, group_id=group_id, grace_ms=grace_ms)
    asked = {"measure": measure or metric.name, "signal": signal, "against": against}
    read = store.query(_NOW, {**asked, "t_ms": fast_end(t_ms)})
    if not read.is_empty():
        return [Standing(*row) for row in read.iter_rows()]
    return _stored(store, metric.name, shifts_of(against), t_ms)


def _live(
    stone: Milestone, pace: Pace, grid: pl.DataFrame, baseline: Mapping[str, float]
) -> list[Standing]:
    columns = (COLUMN[pace, stone.numerator], COLUMN[pace, stone.denominator])
    return [
        Standing(group_id, numerator, denominator, baseline.get(group_id))
        for group_id, numerator, denominator in grid.select("group_id", *columns).iter_rows()
    ]


def _alone(
    store: Store,
    stone: Milestone,
    pace: Pace,
    against: str,
    t_ms: int,
    *,
    group_id: str,
    grace_ms: int,
) -> list[Standing]:
    shifts = {shift for one in stone.against for shift in one.shifts_ms}
    past = {shift: _grid(store, t_ms - shift, grace_ms, group_id) for shift in shifts}
    born = store.query(births(), {"until_ms": t_ms})
    found = baselines(past, born, milestones=[stone]).filter(signal=pace.name, against=against)
    known = dict(found.select("group_id", "ratio").iter_rows())
    return _live(stone, pace, _grid(store, t_ms, grace_ms, group_id), known)


def _grid(store: Store, t_ms: int, grace_ms: int, group_id: str = "") -> pl.DataFrame:
    span: dict[str, object] = {
        "from_ms": t_ms,
        "until_ms": t_ms,
        "step_ms": SLOW.step_ms,
        "grace_ms": grace_ms,
        "groups": [group_id],
    }
    return store.query(signals(some_groups=bool(group_id)), span)


def _stored(store: Store, name: str, shifts: Sequence[int], t_ms: int) -> list[Standing]:
    since_ms = t_ms - max(shifts) - 8 * DAY_MS
    asked = {"metric": name, "since_ms": since_ms, "until_ms": t_ms}
    days: dict[str, dict[int, tuple[float, float, float]]] = {}
    for group_id, end_ms, *numbers in store.query(_STORED, asked).iter_rows():
        days.setdefault(group_id, {})[end_ms] = (numbers[0], numbers[1], numbers[2])
    last_ms = max((end_ms for ends in days.values() for end_ms in ends), default=0)
    found = []
    for group_id, ends in days.items():
        if last_ms not in ends:
            continue
        numerator, denominator, _ = ends[last_ms]
        past = [
            value
            for end_ms, (_, _, value) in ends.items()
            # A local midnight moves by an hour where summer time begins or ends.
            if any(abs(last_ms - shift - end_ms) <= HOUR_MS for shift in shifts)
        ]
        found.append(Standing(group_id, numerator, denominator, median(past) if past else None))
    return found
