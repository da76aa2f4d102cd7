"""The rollup of the catalogue: every metric of every closed window, and only what is due.

A window is computed from the facts alone and replaces what was stored for it, so a run may be cut
off anywhere and begun anew. Memberships and paid orders are built once a run, if facts came since.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.sql_rollup_state import (
    CHANGED,
    DONE,
    DROP_BUILD,
    FLOWING,
    OLD_BUILDS,
)
from pipeline.catalog.sql_staged import STAGED
from pipeline.catalog.statements import WHO_IS_THERE, statements, values_of
from pipeline.catalog.terms import Terms
from pipeline.clock import wall_ms
from pipeline.core.calendar import CalendarWindow, Period
from pipeline.rollup.assemble import Answers, rows
from pipeline.rollup.due import Changed, Done, Due, windows_due
from schemas.event_type import EventType
from sinks.sql import bind
from sinks.store import Store

Progress = Callable[[str, int, int | None], None]


@dataclass
class CatalogueReport:
    """One run: windows computed, values stored, metrics without source, and how long it took."""

    windows: int = 0
    values: int = 0
    no_source: list[str] = field(default_factory=list)
    seconds: float = 0.0


class CatalogueRollup:
    """Computes catalogue values of one store. Needs a modern one. Raises Retryable or Fatal."""

    def __init__(
        self, store: Store, metrics: Sequence[Metric], *, terms: Terms, zone: str, grace_ms: int
    ) -> None:
        self._store = store
        self._metrics = tuple(metric for metric in metrics if metric.value is not None)
        self._zone = ZoneInfo(zone)
        self._params: dict[str, object] = {
            **terms.model_dump(),
            "zone": zone,
            "grace_ms": grace_ms,
        }

    def run_once(
        self,
        asof_ms: int,
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        force: bool = False,
        progress: Progress = lambda *_: None,
    ) -> CatalogueReport:
        """Compute what is due of the windows that closed by `until_ms` (default: `asof_ms`).

        `since_ms`: no window that ends before it; default, from the first fact on. `force`:
        compute them all, done or not.
        """
        started = time.monotonic()
        flowing = self._store.query(FLOWING).filter(pl.col("n") > 0)
        report = CatalogueReport()
        if flowing.is_empty():
            return report
        seen_ms = int(flowing["seen_ms"].max())  # type: ignore[arg-type]
        live = self._with_source(flowing, report)
        due = windows_due(
            live,
            {} if force else self._done(),
            self._changed(),
            since_ms=int(flowing["first_ms"].min()) if since_ms is None else since_ms,  # type: ignore[arg-type]
            until_ms=asof_ms if until_ms is None else min(until_ms, asof_ms),
            zone=self._zone,
        )
        if due:
            self.stage(asof_ms)
        for number, one in enumerate(due):
            progress("Rolling up the catalogue", number, len(due))
            report.values += self._store_window(one, asof_ms, seen_ms)
            report.windows += 1
        report.seconds = time.monotonic() - started
        return report

    def stage(self, asof_ms: int) -> None:
        """Build memberships and paid orders anew from the facts before `asof_ms`."""
        generation = wall_ms()
        for table, sql in STAGED.items():
            params = {**self._params, "asof_ms": asof_ms, "generation": generation}
            self._store.execute(bind(sql, params))
            self._store.insert(
                "staged_build",
                pl.DataFrame(
                    [{"name": table, "generation": generation, "asof_ms": asof_ms}],
                    schema={"name": pl.String, "generation": pl.UInt64, "asof_ms": pl.Int64},
                ),
            )
        self._forget_old_builds()

    def values(
        self, window: CalendarWindow, metrics: Sequence[Metric], asof_ms: int
    ) -> pl.DataFrame:
        """Rows of `metric_value` of one window, but for `computed_ms`. Reads staged tables."""
        params = {
            **self._params,
            "asof_ms": asof_ms,
            "start_ms": window.start_ms,
            "end_ms": window.end_ms,
        }
        wanted = [*(way for metric in metrics for way in values_of(metric)), WHO_IS_THERE]
        answered = [(one, self._store.query(one.sql, params)) for one in statements(wanted)]
        return rows(metrics, window, asof_ms, Answers(answered))

    def _store_window(self, due: Due, asof_ms: int, seen_ms: int) -> int:
        started, computed_ms = time.monotonic(), wall_ms()
        found = self.values(due.window, due.metrics, asof_ms)
        self._store.insert(
            "metric_value", found.with_columns(computed_ms=pl.lit(asof_ms, pl.Int64))
        )
        self._store.insert(
            "rollup_window",
            pl.DataFrame(
                [
                    {
                        "window": str(due.window.period),
                        "window_start_ms": due.window.start_ms,
                        "asof_ms": asof_ms,
                        "seen_ingest_ms": seen_ms,
                        "values": found.height,
                        "seconds": time.monotonic() - started,
                        "computed_ms": computed_ms,
                    }
                ],
                schema_overrides={"values": pl.UInt64},
            ),
        )
        return found.height

    def _with_source(self, flowing: pl.DataFrame, report: CatalogueReport) -> list[Metric]:
        types = {EventType(name) for name in flowing["event_type"]}
        filled: dict[str, bool] = {}
        live = []
        for metric in self._metrics:
            for table in metric.dims:
                if table not in filled:
                    filled[table] = not self._store.query(
                        f"SELECT 1 AS x FROM v_{table} LIMIT 1"
                    ).is_empty()
            if types.issuperset(metric.events) and all(filled[table] for table in metric.dims):
                live.append(metric)
            else:
                report.no_source.append(metric.name)
        return live

    def _done(self) -> Mapping[tuple[Period, int], Done]:
        return {
            (Period(period), start_ms): Done(asof_ms, seen_ms)
            for period, start_ms, asof_ms, seen_ms in self._store.query(DONE).iter_rows()
        }

    def _changed(self) -> list[Changed]:
        oldest = self._store.query("SELECT min(seen_ingest_ms) AS ms FROM rollup_window FINAL")
        rows = self._store.query(CHANGED, {"since_ms": int(oldest["ms"][0] or 0)})
        return [Changed(day, seen_ms, bool(lasting)) for day, seen_ms, lasting in rows.iter_rows()]

    def _forget_old_builds(self) -> None:
        """Drop all but the newest two: somebody may still be reading the one before."""
        for table in STAGED:
            built = self._store.query(
                "SELECT DISTINCT generation FROM staged_build WHERE name = %(name)s"
                " ORDER BY generation DESC LIMIT 2",
                {"name": table},
            )["generation"].to_list()
            old = self._store.query(OLD_BUILDS.format(table=table), {"before": min(built)})
            for generation in old["generation"]:
                self._store.execute(DROP_BUILD.format(table=table, generation=int(generation)))
