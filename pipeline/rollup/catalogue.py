"""The rollup of the catalogue: every metric of every closed window, and only what is due.

A window is computed from the facts alone and replaces what was stored for it, so a run may be cut
off anywhere and begun anew, and two beside each other do no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog import parameters
from pipeline.catalog.metric import Metric
from pipeline.catalog.source import dims_of, missing
from pipeline.catalog.sql_rollup_state import CHANGED, DONE, FLOWING, filled
from pipeline.catalog.statements import (
    Statement,
    parts_of,
    statements,
    values_of,
    who_is_there,
)
from pipeline.catalog.terms import Terms
from pipeline.catalog.value import Measure, Script
from pipeline.catalog.vocabulary import Window, Zero
from pipeline.clock import wall_ms
from pipeline.core.calendar import CalendarWindow, Period
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.errors import Fatal, QueryTooLarge
from pipeline.progress import Progress, unwatched
from pipeline.rollup.assemble import Answers, rows
from pipeline.rollup.due import Asked, Changed, Done, Due, windows_due
from pipeline.rollup.staged import Stage
from schemas.event_type import EventType
from sinks.store import Store

_pool = cache(partial(ThreadPoolExecutor, thread_name_prefix="pulse-rollup"))
"""Threads of this process, by their number: a store keeps a session for each thread that asks."""

TRAILING: Mapping[Window, int] = {Window.HOUR: HOUR_MS, Window.DAY: DAY_MS}


@dataclass(frozen=True)
class Flowing:
    """What there is to compute from: the first fact, and by type the append of the newest."""

    first_ms: int
    seen_ms: Mapping[EventType, int]

    @property
    def types(self) -> frozenset[EventType]:
        """Event types with facts."""
        return frozenset(self.seen_ms)


class CatalogueRollup:
    """Computes catalogue values of one store, a modern one. Raises Retryable or Fatal.

    `threads`: so many statements of a window are answered beside each other, each by one thread
    of the engine: most are too short for two to share. `memory_bytes`: what each may take; 0 = as
    the store says. One that needs more is the failure of its metrics, not of the rollup.
    """

    def __init__(
        self,
        store: Store,
        metrics: Sequence[Metric],
        *,
        terms: Terms,
        zone: str,
        grace_ms: int,
        threads: int = 1,
        memory_bytes: int = 0,
    ) -> None:
        self._store = store
        self._metrics = tuple(metric for metric in metrics if metric.value is not None)
        self._zone = ZoneInfo(zone)
        self._params = parameters.of_installation(terms, zone=zone, grace_ms=grace_ms)
        self._threads = threads
        self._memory_bytes = memory_bytes
        self._settings = f"\nSETTINGS max_threads = 1, max_memory_usage = {memory_bytes}"
        self.stage = Stage(store, self._params, f"\nSETTINGS max_threads = {threads}")
        self.failed: dict[str, str] = {}
        """Metrics that the store could not compute, and what it said."""

    @property
    def possible(self) -> bool:
        """Whether the store speaks the dialect of the catalogue's SQL."""
        return self._store.modern

    def run_once(
        self, asof_ms: int, *, asked: Asked | None = None, progress: Progress = unwatched
    ) -> Iterator[tuple[Due, int]]:
        """Compute what is due, or what is asked, of the windows closed at `asof_ms`.

        One window after the other, each with its number of values: whoever stops has what came.
        """
        flowing = self.flowing()
        if flowing is None:
            return
        done = {} if asked else self._done()
        due = windows_due(
            self.with_source(flowing.types),
            done,
            self._changed(done.values()),
            first_ms=flowing.first_ms,
            asof_ms=asof_ms,
            zone=self._zone,
            asked=asked,
        )
        if due:
            self.stage.build_if_changed(flowing.seen_ms)
        for number, one in enumerate(due):
            progress("Rolling up windows", number, len(due))
            yield one, self._store_window(one, asof_ms, max(flowing.seen_ms.values()))
        progress("Rolling up windows", len(due), len(due))

    def run_live(self, t_ms: int) -> int:
        """Store the values of the trailing windows that end at `t_ms`, but for counts of 0.

        Returns how many there are.
        """
        flowing = self.flowing()
        if flowing is None:
            return 0
        self.stage.build_if_changed(flowing.seen_ms)
        live = self.with_source(flowing.types)
        stored = 0
        for window, length_ms in TRAILING.items():
            mine = [metric for metric in live if window in metric.windows]
            if mine:
                found = self.values(CalendarWindow(window, t_ms - length_ms, t_ms), mine, t_ms)
                counts = [metric.name for metric in mine if metric.zero is Zero.COUNT]
                nothing = pl.col("metric").is_in(counts) & (pl.col("numerator") == 0)
                told = found.filter(~nothing).drop("window_start")
                self._store.insert("metric_live", told)
                stored += told.height
        return stored

    def values(
        self, window: CalendarWindow, metrics: Sequence[Metric], asof_ms: int
    ) -> pl.DataFrame:
        """Rows of `metric_value` of one window, but for `computed_ms`. Reads staged tables."""
        params = self.params(window, asof_ms)
        wanted = [way for metric in metrics for way in values_of(metric)]
        wanted += who_is_there(wanted)
        answered: list[tuple[Statement, pl.DataFrame]] = []
        refused: dict[Measure | Script, str] = {}
        asked = statements(wanted)
        ask = partial(self._answer, params=params)
        told = map(ask, asked) if self._threads == 1 else _pool(self._threads).map(ask, asked)
        for one, answer in zip(asked, told, strict=True):
            if isinstance(answer, str):
                refused.update(dict.fromkeys(one.of, answer))
            else:
                answered.append((one, answer))
        able = []
        for metric in metrics:
            parts = (part for value, _ in values_of(metric) for part in parts_of(value))
            why = next((refused[part] for part in parts if part in refused), None)
            if why is None:
                able.append(metric)
            else:
                self.failed.setdefault(metric.name, why)
        return rows(able, window, asof_ms, Answers(answered))

    def params(self, window: CalendarWindow, asof_ms: int) -> dict[str, object]:
        """What the catalogue's SQL of a window is bound to."""
        return self._params | parameters.of_window(window, asof_ms)

    def flowing(self) -> Flowing | None:
        """What there is to compute from; None = no fact at all."""
        found = self._store.query(FLOWING).filter(pl.col("n") > 0)
        if found.is_empty():
            return None
        return Flowing(
            min(found["first_ms"].to_list()),
            {
                EventType(name): seen_ms
                for name, seen_ms in found.select("event_type", "seen_ms").iter_rows()
            },
        )

    def with_source(self, types: frozenset[EventType]) -> list[Metric]:
        """The metrics that can be computed: their event types flow, their dimensions have rows."""
        needed = dims_of(self._metrics)
        tables = set(self._store.query(filled(needed))["name"]) if needed else set[str]()
        return [metric for metric in self._metrics if not missing(metric, types, tables)]

    def _answer(self, one: Statement, params: Mapping[str, object]) -> pl.DataFrame | str:
        """What the store answers, or why it cannot: that stops no other metric."""
        try:
            return self._store.query(one.sql + self._settings, params)
        except Fatal as error:
            return str(error)
        except QueryTooLarge as error:
            error.remedy = (
                f"Raise PULSE_ROLLUP__MEMORY_BYTES, now {self._memory_bytes}, if there is more."
            )
            return str(error)

    def _store_window(self, due: Due, asof_ms: int, seen_ms: int) -> int:
        started, computed_ms = time.monotonic(), wall_ms()
        found = self.values(due.window, due.metrics, asof_ms)
        self._store.insert("metric_value", found.with_columns(computed_ms=pl.lit(computed_ms)))
        done = {
            "window": str(due.window.period),
            "window_start_ms": due.window.start_ms,
            "asof_ms": asof_ms,
            "seen_ingest_ms": seen_ms,
            "values": found.height,
            "seconds": time.monotonic() - started,
            "computed_ms": computed_ms,
        }
        self._store.insert(
            "rollup_window", pl.DataFrame([done], schema_overrides={"values": pl.UInt64})
        )
        return found.height

    def _done(self) -> Mapping[tuple[Period, int], Done]:
        return {
            (Period(period), start_ms): Done(asof_ms, seen_ms)
            for period, start_ms, asof_ms, seen_ms in self._store.query(DONE).iter_rows()
        }

    def _changed(self, done: Iterable[Done]) -> list[Changed]:
        """Days whose facts came after the window that was computed first of those that stand."""
        since_ms = min((one.seen_ms for one in done), default=0)
        if not since_ms:
            return []
        found = self._store.query(CHANGED, {"since_ms": since_ms})
        return [Changed(day, seen_ms, bool(lasting)) for day, seen_ms, lasting in found.iter_rows()]
