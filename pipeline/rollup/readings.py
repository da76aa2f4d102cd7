"""Reads the stored milestones at each closed hour, and puts beside each what it is compared with.

Trailing windows are compared with readings of earlier days at the same clock time. Where those are
missing (the rollup did not run then) they are read now, from the facts that were known then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.sql_readings import (
    CLOSED,
    DROP_WEEK,
    OLD_WEEKS,
    PLANS,
    READ_AT,
    READINGS,
)
from pipeline.catalog.vocabulary import CLOSED_PERIODS, TRAILING_WINDOWS, Signal
from pipeline.core.calendar import CalendarWindow
from pipeline.core.expectation import READING, SHIFTS_MS
from pipeline.core.signals import DAY_MS, WEEK_MS, fast_end
from pipeline.rollup import comparison
from pipeline.rollup.catalogue import TRAILING, CatalogueRollup
from pipeline.rollup.comparison import LOOK_BACK_MS, Comparison, compared
from pipeline.rollup.ranking import RankedGroups
from sinks.store import Store

KEPT_MS = 5 * WEEK_MS


class Readings:
    """The stored milestones of one store. Raises Retryable or Fatal."""

    def __init__(
        self,
        store: Store,
        catalogue: CatalogueRollup,
        milestones: Sequence[Metric],
        ranked: RankedGroups,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._milestones = [comparison.readable(one) for one in milestones]
        self._ranked = ranked
        self._read_ms = -1
        self._tried: set[int] = set()

    def run(self, slow_end_ms: int, wall_ms: int) -> int:
        """Read the last closed hour, unless that is done; return how many comparisons there are."""
        t_ms = fast_end(slow_end_ms)
        flowing = self._catalogue.flowing() if t_ms != self._read_ms else None
        if flowing is None:
            return 0
        self._catalogue.stage.build_if_changed(flowing.seen_ms)
        names = {one.name for one in self._catalogue.with_source(flowing.types)}
        milestones = [one for one in self._milestones if one.name in names]
        groups = self._ranked.at(t_ms)
        self._read(milestones, t_ms, flowing.first_ms, groups, wall_ms)
        planned = {"metrics": [one.name for one in milestones], "t_ms": t_ms}
        plans = self._store.query(PLANS, planned)
        told = [*self._trailing(milestones, t_ms), *self._closed(milestones, t_ms, groups)]
        found = compared(told, plans).with_columns(
            t_ms=pl.lit(t_ms, pl.Int64), computed_ms=pl.lit(wall_ms, pl.Int64)
        )
        self._store.insert("milestone_now", found)
        self._forget(t_ms)
        self._read_ms = t_ms
        return found.height

    def _read(
        self,
        milestones: Sequence[Metric],
        t_ms: int,
        first_ms: int,
        groups: Sequence[str],
        wall_ms: int,
    ) -> None:
        """Store the readings at `t_ms`, and at the moments it is compared with where missing."""
        ends = [t_ms - shift for shift in SHIFTS_MS if t_ms - shift - DAY_MS >= first_ms]
        known = set(self._store.query(READ_AT, {"ends": ends})["window_end_ms"]) if ends else set()
        for end_ms in ends:
            if end_ms not in known | self._tried:
                self._store_reading(milestones, end_ms, groups, wall_ms)
        self._store_reading(milestones, t_ms, groups, wall_ms)

    def _store_reading(
        self, milestones: Sequence[Metric], end_ms: int, groups: Sequence[str], wall_ms: int
    ) -> None:
        for signal, window in TRAILING_WINDOWS.items():
            mine = [one for one in milestones if signal in one.signals]
            if not mine:
                continue
            span = CalendarWindow(window, end_ms - TRAILING[window], end_ms)
            found = self._catalogue.values(span, mine, end_ms)
            readings = comparison.read(found, signal, groups).with_columns(
                computed_ms=pl.lit(wall_ms, pl.Int64)
            )
            self._store.insert("milestone_reading", readings)
        self._tried.add(end_ms)

    def _trailing(self, milestones: Sequence[Metric], t_ms: int) -> Iterator[Comparison]:
        past = self._readings([t_ms - shift for shift in SHIFTS_MS])
        return comparison.trailing(milestones, self._readings([t_ms]), past)

    def _readings(self, ends: Sequence[int]) -> pl.DataFrame:
        return comparison.NONE.vstack(
            self._store.query(READINGS, {"ends": ends}).cast(comparison.SCHEMA)
        )

    def _closed(
        self, milestones: Sequence[Metric], t_ms: int, groups: Sequence[str]
    ) -> Iterator[Comparison]:
        shown = [EVERY_GROUP, *groups]
        for signal, period in CLOSED_PERIODS.items():
            mine = [one for one in milestones if signal in one.signals]
            if not mine:
                continue
            asked = {
                "metrics": [one.name for one in mine],
                "window": str(period),
                "since_ms": t_ms - LOOK_BACK_MS[signal],
                "until_ms": t_ms,
            }
            final = closed_readings(self._store, asked, signal)
            its = final.filter(pl.col("group_id").is_in(shown))
            yield from (comparison.closed(one, signal, its, t_ms) for one in mine)

    def _forget(self, t_ms: int) -> None:
        before_ms = (t_ms - KEPT_MS) // WEEK_MS * WEEK_MS
        for (week,) in self._store.query(OLD_WEEKS, {"before_ms": before_ms}).iter_rows():
            self._store.execute(DROP_WEEK.format(week=int(week)))
        self._tried = {end for end in self._tried if end >= before_ms}


def closed_readings(store: Store, asked: Mapping[str, object], signal: Signal) -> pl.DataFrame:
    """Final values that the store has of calendar windows, as readings; `asked`: see `CLOSED`."""
    rows = store.query(CLOSED, asked).with_columns(signal=pl.lit(str(signal)))
    return comparison.NONE.vstack(rows.select(list(READING)).cast(comparison.SCHEMA))
