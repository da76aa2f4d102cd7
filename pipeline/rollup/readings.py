"""Reads the stored milestones at each closed hour, and puts beside each what it is compared with.

Trailing windows are compared with readings of earlier days at the same clock time. Where those are
missing (the rollup did not run then) they are read now, from the same facts; but not those that
ripen, such as invitations that may still be followed: read late they would be higher than they
were. Those wait until enough days have been read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

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
from pipeline.catalog.vocabulary import CLOSED_PERIODS, TRAILING_WINDOWS, Against, Grain, Signal
from pipeline.core.calendar import CalendarWindow
from pipeline.core.expectation import KEY, PASTS, READING, SHIFTS_MS, expected
from pipeline.core.signals import DAY_MS, WEEK_MS, fast_end
from pipeline.rollup.catalogue import TRAILING, CatalogueRollup
from pipeline.rollup.ranking import RankedGroups
from sinks.store import Store

LOOK_BACK_MS: Mapping[Signal, int] = {Signal.DAY: 70 * DAY_MS, Signal.MONTH: 190 * DAY_MS}
"""How far back closed windows are compared."""

LATEST_MS: Mapping[Signal, int] = {Signal.DAY: 2 * DAY_MS, Signal.MONTH: 33 * DAY_MS}
"""How long ago the last closed window may have become final and is still shown."""

KEPT_MS = 5 * WEEK_MS

_SCHEMA = pl.Schema(READING)
_NONE = pl.DataFrame(schema=_SCHEMA)


Comparison = tuple[Metric, Signal, pl.DataFrame, pl.DataFrame]
"""A milestone and signal, its readings now, and earlier ones."""


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
        self._milestones = milestones
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
        found = _compared(told, plans).with_columns(
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
        lasting = [one for one in milestones if not one.matures_days]
        for end_ms in ends:
            if end_ms not in known | self._tried:
                self._store_reading(lasting, end_ms, groups, wall_ms)
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
            readings = _of_groups(found, groups).select(
                _MEASURE,
                pl.lit(str(signal)).alias("signal"),
                "group_id",
                "window_end_ms",
                "numerator",
                "denominator",
                computed_ms=pl.lit(wall_ms, pl.Int64),
            )
            self._store.insert("milestone_reading", readings)
        self._tried.add(end_ms)

    def _trailing(self, milestones: Sequence[Metric], t_ms: int) -> Iterator[Comparison]:
        now = self._readings([t_ms])
        past = self._readings([t_ms - shift for shift in SHIFTS_MS])
        for signal in TRAILING_WINDOWS:
            its = now.filter(signal=str(signal))
            yield from ((one, signal, its.filter(_of(one)), past) for one in milestones)

    def _readings(self, ends: Sequence[int]) -> pl.DataFrame:
        return _NONE.vstack(self._store.query(READINGS, {"ends": ends}).cast(_SCHEMA))

    def _closed(
        self, milestones: Sequence[Metric], t_ms: int, groups: Sequence[str]
    ) -> Iterator[Comparison]:
        shown = [EVERY_GROUP, *groups]
        for signal, period in CLOSED_PERIODS.items():
            mine = {one.name: one for one in milestones if signal in one.signals}
            if not mine:
                continue
            params = {"metrics": list(mine), "window": str(period), "until_ms": t_ms}
            rows = self._store.query(
                CLOSED, {**params, "since_ms": t_ms - LOOK_BACK_MS[signal]}
            ).filter(pl.col("group_id").is_in(shown))
            past = _NONE.vstack(
                rows.select(
                    "measure", pl.lit(str(signal)).alias("signal"), *list(READING)[2:]
                ).cast(_SCHEMA)
            )
            for one in mine.values():
                its = past.filter(_of(one))
                oldest = t_ms - one.matures_days * DAY_MS - LATEST_MS[signal]
                newest = pl.col("window_end_ms") == pl.col("window_end_ms").max()
                now = its.filter(newest, pl.col("window_end_ms") >= oldest)
                yield one, signal, now, its

    def _forget(self, t_ms: int) -> None:
        before_ms = (t_ms - KEPT_MS) // WEEK_MS * WEEK_MS
        for (week,) in self._store.query(OLD_WEEKS, {"before_ms": before_ms}).iter_rows():
            self._store.execute(DROP_WEEK.format(week=int(week)))
        self._tried = {end for end in self._tried if end >= before_ms}


_MEASURE = (
    pl.when(pl.col("slice") == "")
    .then(pl.col("metric"))
    .otherwise(pl.concat_str("metric", pl.lit(":"), "slice"))
    .alias("measure")
)


def _of(metric: Metric) -> pl.Expr:
    measure = pl.col("measure")
    return (measure == metric.name) | measure.str.starts_with(f"{metric.name}:")


def _of_groups(found: pl.DataFrame, groups: Sequence[str]) -> pl.DataFrame:
    """Of catalogue values those of these groups, and of all together."""
    overall = pl.col("grain") == str(Grain.OVERALL)
    return found.filter(
        overall | ((pl.col("grain") == str(Grain.GROUP)) & pl.col("scope_id").is_in(list(groups))),
        pl.col("denominator") > 0,
    ).with_columns(
        group_id=pl.when(overall).then(pl.lit(EVERY_GROUP)).otherwise(pl.col("scope_id"))
    )


def _compared(comparisons: Iterable[Comparison], plans: pl.DataFrame) -> pl.DataFrame:
    """Rows of `milestone_now`, but for the times. `plans`: measure, group_id, target."""
    rows = [_NOW]
    for metric, signal, now, past in comparisons:
        for drop in metric.drops:
            if drop.signal is not signal:
                continue
            its = now
            if drop.against is Against.PLAN:
                usual = (
                    now.select(KEY)
                    .join(plans, on=("measure", "group_id"))
                    .select(*KEY, baseline="target", windows=pl.lit(1, pl.UInt16))
                )
            else:
                # A day without an activity is none on which nobody came.
                if PASTS[drop.against].busy:
                    its = now.filter(pl.col("numerator") > 0)
                usual = expected(its, past.filter(_of(metric)), drop.against)
            rows.append(
                its.join(usual, on=KEY, how="left").select(
                    *KEY,
                    pl.lit(str(drop.against)).alias("against"),
                    "numerator",
                    "denominator",
                    pl.col("baseline").cast(pl.Float64),
                    pl.col("windows").fill_null(0).cast(pl.UInt16),
                    "window_end_ms",
                )
            )
    return pl.concat(rows)


_NOW = pl.DataFrame(
    schema={
        **dict.fromkeys((*KEY, "against"), pl.String),
        **dict.fromkeys(("numerator", "denominator", "baseline"), pl.Float64),
        "windows": pl.UInt16,
        "window_end_ms": pl.Int64,
    }
)
