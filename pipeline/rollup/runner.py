"""The rollup: runs the catalogue's SQL on a schedule and stores what it says.

It keeps no state that matters: after a restart it computes the baselines ahead once more, and
asks the store how far the values are. Two of it beside each other write the same rows, which the
tables show once. Events that come later than their window closed are in a baseline computed after
them; a closed window is computed again only when asked (`since`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from zoneinfo import ZoneInfo

import polars as pl
import structlog

from pipeline.catalog.sql_rollup import DROP_DAY, PAST_DAYS, REACHED, births
from pipeline.catalog.sql_signals import signals
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.baseline import SHIFTS_MS, baselines
from pipeline.core.signals import DAY_MS, FAST, SLOW, Pace
from pipeline.errors import StoreError
from pipeline.rollup.history import unusual_spans
from pipeline.rollup.plan import LOOK_BACK_MS, Span, baselines_due, days_due, hours_due
from pipeline.rollup.ranking import RankedGroups
from pipeline.rollup.values import WINDOW, values
from sinks.store import Store

log = structlog.get_logger("pulse.rollup")

TICK_S = 2.0
"""Wall seconds between two looks at what is due."""

MOST_STEPS = 12 * 60
"""t of one query at most: bounds its memory."""

TOO_OLD = "the store is older than ClickHouse 24.8: baselines and metric values are left out"
STANDS = "the clock stands: history is being written"


@dataclass(frozen=True)
class RollupReport:
    """One run: rows stored, for how many groups, and up to where baselines now lie ahead."""

    now_ms: int
    baselines: int = 0
    values: int = 0
    groups: int = 0
    ahead_until_ms: int | None = None
    seconds: float = 0.0
    note: str = ""


class Rollup:
    """Baselines and metric values of one store. Delivery: rows are written again, never added up.

    `groups_limit`: how many groups may be shown to Prometheus (settings.alert_groups).
    """

    def __init__(
        self, store: Store, clock: SharedClock, *, grace_ms: int, zone: str, groups_limit: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._grace_ms = grace_ms
        self._zone = ZoneInfo(zone)
        self._ranked = RankedGroups(store, limit=groups_limit)
        self._ahead_until_ms: int | None = None
        self._reached_ms: dict[str, int] | None = None

    def run_forever(self, stop: Event) -> None:
        """Run whenever something is due, until `stop`; a store that is away is asked again."""
        while not stop.is_set():
            try:
                clock, now = self._clock.clock(), wall_ms()
                report = self.run_once(clock.at(now), clock.rate(now))
            except StoreError as error:
                log.warning("the store did not answer, the rollup waits", error=str(error))
            else:
                if report.note == TOO_OLD:
                    log.warning(TOO_OLD)
                    return
                if report.baselines or report.values:
                    log.info(
                        "rolled up",
                        baselines=report.baselines,
                        values=report.values,
                        groups=report.groups,
                        seconds=round(report.seconds, 2),
                    )
            stop.wait(TICK_S)

    def run_once(
        self, now_ms: int, rate: float = 1.0, *, since_ms: int | None = None
    ) -> RollupReport:
        """Compute what is due at event time `now_ms`. Raises Retryable or Fatal.

        `since_ms`: compute the values of windows that closed after it once more.
        """
        if not self._store.modern:
            return RollupReport(now_ms, note=TOO_OLD)
        if rate <= 0:
            return RollupReport(now_ms, note=STANDS)
        started = time.monotonic()
        reached = self._reached() if since_ms is None else dict.fromkeys(WINDOW.values(), since_ms)
        ahead = baselines_due(
            now_ms, grace_ms=self._grace_ms, rate=rate, reached_ms=self._ahead_until_ms
        )
        hours = hours_due(now_ms, grace_ms=self._grace_ms, reached_ms=reached.get(WINDOW[FAST]))
        days = days_due(
            now_ms,
            grace_ms=self._grace_ms,
            zone=self._zone,
            reached_ms=reached.get(WINDOW[SLOW]),
        )
        if ahead is None and hours is None and not days:
            return RollupReport(now_ms, ahead_until_ms=self._ahead_until_ms)
        born = self._store.query(births(), {"until_ms": now_ms})
        groups = self._ranked.at(now_ms, born["group_id"].to_list())
        rows = self._look_ahead(ahead, born, groups, now_ms) if ahead else 0
        stored = self._value(FAST, [hours] if hours else [], groups, now_ms)
        stored += self._value(SLOW, days, None, now_ms)
        return RollupReport(
            now_ms,
            baselines=rows,
            values=stored,
            groups=len(groups),
            ahead_until_ms=self._ahead_until_ms,
            seconds=time.monotonic() - started,
        )

    def _look_ahead(
        self, span: Span, born: pl.DataFrame, groups: Sequence[str], now_ms: int
    ) -> int:
        rows = 0
        unusual = unusual_spans(self._store, self._zone.key)
        for piece in span.pieces(MOST_STEPS):
            past = {shift: self._grid(piece.earlier(shift), groups) for shift in SHIFTS_MS}
            found = baselines(past, born, unusual)
            self._store.insert(
                "signal_baseline", found.with_columns(computed_ms=pl.lit(now_ms, pl.Int64))
            )
            rows += found.height
            self._ahead_until_ms = piece.last_ms
        kept_from = (now_ms - LOOK_BACK_MS) // DAY_MS * DAY_MS
        for (day,) in self._store.query(PAST_DAYS, {"before_ms": kept_from}).iter_rows():
            self._store.execute(DROP_DAY.format(day=int(day)))
        return rows

    def _value(
        self, pace: Pace, spans: Sequence[Span], groups: Sequence[str] | None, now_ms: int
    ) -> int:
        rows = 0
        for span in spans:
            for piece in span.pieces(MOST_STEPS):
                found = values(self._grid(piece, groups), pace, now_ms)
                self._store.insert("metric_value", found)
                rows += found.height
                self._reached()[WINDOW[pace]] = piece.last_ms
        return rows

    def _grid(self, span: Span, groups: Sequence[str] | None) -> pl.DataFrame:
        parameters: dict[str, object] = {
            "from_ms": span.first_ms,
            "until_ms": span.last_ms,
            "step_ms": span.step_ms,
            "grace_ms": self._grace_ms,
        }
        if groups is None:
            return self._store.query(signals(), parameters)
        return self._store.query(signals(some_groups=True), {**parameters, "groups": groups})

    def _reached(self) -> dict[str, int]:
        if self._reached_ms is None:
            self._reached_ms = dict(self._store.query(REACHED).iter_rows())
        return self._reached_ms
