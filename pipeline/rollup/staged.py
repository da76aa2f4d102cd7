"""Memberships and paid orders as tables, each built anew as a whole when its facts changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from pipeline.catalog.sql_rollup_state import DROP_BUILD, NEWEST_BUILDS, OLD_BUILDS
from pipeline.catalog.sql_staged import MADE_OF, STAGED
from pipeline.clock import wall_ms
from schemas.event_type import EventType
from sinks.sql import bind
from sinks.store import Store

END_OF_TIME_MS = 4_102_444_800_000
"""2100-01-01: all facts there are."""

_BUILD = {"name": pl.String, "generation": pl.UInt64, "asof_ms": pl.Int64}


class Stage:
    """The staged tables of one store; `settings` end each statement. Raises Retryable or Fatal."""

    def __init__(self, store: Store, params: Mapping[str, object], settings: str = "") -> None:
        self._store = store
        self._settings = settings
        self._params = params
        self._seen: dict[str, tuple[int, ...]] = {}

    def build_if_changed(self, seen_ms: Mapping[EventType, int]) -> None:
        """Build each that this object has not yet, or of whose facts one was appended since.

        `seen_ms`: append time of the newest fact of each type that has any.
        """
        seen = {
            table: tuple(seen_ms.get(kind, 0) for kind in kinds) for table, kinds in MADE_OF.items()
        }
        self.build(only=[table for table in seen if seen[table] != self._seen.get(table)])
        self._seen = seen

    def build(
        self, asof_ms: int = END_OF_TIME_MS, *, only: Collection[str] = tuple(STAGED)
    ) -> None:
        """Build `only` these from the facts before `asof_ms`; readers see each once it is whole."""
        generation = wall_ms()
        for table, sql in STAGED.items():
            if table in only:
                params = {**self._params, "asof_ms": asof_ms, "generation": generation}
                self._store.execute(bind(sql + self._settings, params))
                build = {"name": table, "generation": generation, "asof_ms": asof_ms}
                self._store.insert("staged_build", pl.DataFrame([build], schema=_BUILD))
                self._forget_old_builds(table)

    def _forget_old_builds(self, table: str) -> None:
        """Drop all but the newest two: somebody may still be reading the one before."""
        built = self._store.query(NEWEST_BUILDS, {"name": table})["generation"]
        old = self._store.query(OLD_BUILDS.format(table=table), {"before": min(built)})
        for generation in old["generation"]:
            self._store.execute(DROP_BUILD.format(table=table, generation=int(generation)))
