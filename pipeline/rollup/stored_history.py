"""The stored milestones of a past span, each moment as it was known then: what a back-test replays.

A reading that the rollup stored is taken as it is; one that it did not is made by the same SQL,
from the facts before its moment.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.sql_readings import PLANS, READ_AT, READINGS
from pipeline.catalog.vocabulary import CLOSED_PERIODS, TRAILING_WINDOWS, Against, Signal
from pipeline.core.calendar import CalendarWindow, Period, closed_windows
from pipeline.core.expectation import PASTS
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.progress import Progress, unwatched
from pipeline.rollup import comparison
from pipeline.rollup.catalogue import TRAILING, CatalogueRollup
from pipeline.rollup.comparison import LOOK_BACK_MS, NO_PLANS, NONE, by_clock_hour, compared
from pipeline.rollup.readings import closed_readings
from sinks.store import Store

MOST_ENDS = 1_000
"""Window ends that one query names at most."""


@dataclass(frozen=True)
class Asked:
    """The moments [since_ms, until_ms), and the groups (none = all, and all together)."""

    since_ms: int
    until_ms: int
    groups: tuple[str, ...] = ()

    def of(self, readings: pl.DataFrame) -> pl.DataFrame:
        """Those of its groups."""
        return readings.filter(pl.col("group_id").is_in(self.groups)) if self.groups else readings


class StoredHistory:
    """Replays one store, a modern one. Raises Retryable or Fatal.

    `milestones`: those that have a source.
    """

    def __init__(
        self,
        store: Store,
        catalogue: CatalogueRollup,
        milestones: Sequence[Metric],
        zone: ZoneInfo,
        progress: Progress = unwatched,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
        self._milestones = [comparison.readable(one) for one in milestones]
        self._zone = zone
        self._progress = progress

    def replay(self, asked: Asked, first_ms: int) -> Iterator[pl.DataFrame]:
        """Rows of `milestone_now` with the moment t_ms at which each was known first.

        A trailing window is judged at each hour, a closed one when it is final: it stands until
        the next. `first_ms`: that of the first fact. Reads staged tables.
        """
        yield from self._trailing(asked, first_ms)
        for signal, period in CLOSED_PERIODS.items():
            mine = [one for one in self._milestones if signal in one.signals]
            if mine:
                final = asked.of(self._final(mine, signal, period, asked, first_ms))
                yield from self._closed(mine, signal, period, asked, final)

    def _trailing(self, asked: Asked, first_ms: int) -> Iterator[pl.DataFrame]:
        ends = range(-(-asked.since_ms // HOUR_MS) * HOUR_MS, asked.until_ms, HOUR_MS)
        readings = asked.of(self._readings(self._wanted(ends, first_ms)))
        for its in by_clock_hour(readings):
            now = its.filter(pl.col("window_end_ms") >= asked.since_ms)
            found = compared(comparison.trailing(self._milestones, now, its))
            yield found.with_columns(t_ms="window_end_ms")

    def _wanted(self, ends: Sequence[int], first_ms: int) -> dict[int, list[Metric]]:
        """By window end, in order, what to read: all at `ends`, earlier what is compared with."""
        longest = max(TRAILING.values())
        wanted: dict[int, list[Metric]] = {}
        for metric in self._milestones:
            days = {day for drop in metric.drops for day in _days_before(drop)}
            earlier = {end - day * DAY_MS for end in ends for day in days}
            for end in earlier.union(ends):
                if end - longest >= first_ms:
                    wanted.setdefault(end, []).append(metric)
        return dict(sorted(wanted.items()))

    def _readings(self, wanted: Mapping[int, Sequence[Metric]]) -> pl.DataFrame:
        ends = list(wanted)
        known: set[int] = set()
        found = [NONE]
        for start in range(0, len(ends), MOST_ENDS):
            some = {"ends": ends[start : start + MOST_ENDS]}
            there = set(self._store.query(READ_AT, some)["window_end_ms"])
            if there:
                stored = self._store.query(READINGS, {"ends": sorted(there)})
                found.append(stored.select(NONE.columns).cast(comparison.SCHEMA))
            known |= there
        missing = [end for end in ends if end not in known]
        for number, end in enumerate(missing):
            self._progress("Reading hours", number, len(missing))
            found += self._read_now(end, wanted[end])
        return pl.concat(found)

    def _read_now(self, end_ms: int, metrics: Sequence[Metric]) -> Iterator[pl.DataFrame]:
        for signal, window in TRAILING_WINDOWS.items():
            mine = [one for one in metrics if signal in one.signals]
            if mine:
                span = CalendarWindow(window, end_ms - TRAILING[window], end_ms)
                yield comparison.read(self._catalogue.values(span, mine, end_ms), signal)

    def _final(
        self,
        milestones: Sequence[Metric],
        signal: Signal,
        period: Period,
        asked: Asked,
        first_ms: int,
    ) -> pl.DataFrame:
        """Readings of the closed windows that moments of the span look at."""
        since_ms = asked.since_ms - LOOK_BACK_MS[signal]
        begin_ms = max(since_ms, first_ms)
        found = [NONE]
        for days in {one.matures_days for one in milestones}:
            mine = [one for one in milestones if one.matures_days == days]
            stored = closed_readings(
                self._store,
                {
                    "metrics": [one.name for one in mine],
                    "window": str(period),
                    "since_ms": since_ms,
                    "until_ms": asked.until_ms,
                },
                signal,
            )
            found.append(stored)
            there = set(stored["window_end_ms"])
            windows = [
                one
                for one in closed_windows(period, begin_ms, asked.until_ms, self._zone)
                if one.end_ms not in there and mine[0].final_ms(one.end_ms) < asked.until_ms
            ]
            for number, window in enumerate(windows):
                self._progress("Reading windows", number, len(windows))
                then_ms = mine[0].final_ms(window.end_ms)
                found.append(comparison.read(self._catalogue.values(window, mine, then_ms), signal))
        return pl.concat(found)

    def _closed(
        self,
        milestones: Sequence[Metric],
        signal: Signal,
        period: Period,
        asked: Asked,
        final: pl.DataFrame,
    ) -> Iterator[pl.DataFrame]:
        since_ms = asked.since_ms - LOOK_BACK_MS[signal]
        ends = [one.end_ms for one in closed_windows(period, since_ms, asked.until_ms, self._zone)]
        for metric in milestones:
            for end_ms in ends:
                t_ms = -(-metric.final_ms(end_ms) // HOUR_MS) * HOUR_MS
                if asked.since_ms <= t_ms < asked.until_ms:
                    plans = self._plans(metric, t_ms)
                    told = comparison.closed(metric, signal, final, t_ms)
                    yield compared([told], plans).with_columns(t_ms=pl.lit(t_ms, pl.Int64))

    def _plans(self, metric: Metric, t_ms: int) -> pl.DataFrame:
        if all(drop.against is not Against.PLAN for drop in metric.drops):
            return NO_PLANS
        asked = {"metrics": [metric.name], "t_ms": t_ms}
        return NO_PLANS.vstack(self._store.query(PLANS, asked).cast(NO_PLANS.schema))


def _days_before(drop: Drop) -> tuple[int, ...]:
    """How many days before the readings of a trailing window are that it is compared with."""
    return PASTS[drop.against].days if drop.signal in TRAILING_WINDOWS else ()
