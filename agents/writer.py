"""Writes a commit: facts, dead letters, offsets, then windows. Everything is idempotent.

Delivery: when it returns, every row is stored; only when all are may the records be acked. A crash
anywhere in between leaves rows that the replay writes again with the same keys and values.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import polars as pl

from agents.faults import NO_FAULTS, FaultPoint, Faults
from agents.patience import PatientStore
from pipeline.errors import Fatal, StoreError
from schemas.event_type import EventType
from sinks.store_errors import is_about_rows


class Refused(StoreError):
    """The store refused facts of a type for good; `rows` are theirs, `code` is its own error."""

    def __init__(self, event_type: EventType, rows: pl.DataFrame, cause: Fatal) -> None:
        super().__init__(cause.what, where=cause.where)
        self.event_type = event_type
        self.rows = rows
        self.code = cause.code


class Writer:
    """The committer's hand on the store; `on_stage` hears how long each step took in seconds."""

    def __init__(
        self,
        store: PatientStore,
        *,
        on_stage: Callable[[str, float], None],
        faults: Faults = NO_FAULTS,
    ) -> None:
        self._store = store
        self._on_stage = on_stage
        self._faults = faults

    def facts(self, facts: Mapping[EventType, pl.DataFrame]) -> list[Refused]:
        """Store facts of each type; what the store refuses of them for good, by type."""
        self._faults.reach(FaultPoint.BEFORE_FACTS)
        with self._stage("facts"):
            refusals = [self._write_facts(event_type, rows) for event_type, rows in facts.items()]
        self._faults.reach(FaultPoint.AFTER_FACTS)
        return [refused for refused in refusals if refused is not None]

    def rest(
        self, dead_letters: pl.DataFrame, offsets: pl.DataFrame, windows: Sequence[pl.DataFrame]
    ) -> None:
        """Store what comes after all facts of a commit, or of a few, in order."""
        with self._stage("dead_letters"):
            self.insert("dead_letter", dead_letters)
        with self._stage("offsets"):
            self.insert("offsets", offsets)
        with self._stage("windows"):
            if windows:
                self.insert("group_minute", pl.concat(windows))
        self._faults.reach(FaultPoint.AFTER_WINDOWS)

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Insert, waiting out whatever passes; an empty frame costs nothing."""
        if frame.height:
            self._store.insert(table, frame)

    def _write_facts(self, event_type: EventType, facts: pl.DataFrame) -> Refused | None:
        """Store facts; those that are refused for good are found by halving."""
        table = f"fact_{event_type.value}"
        refused: list[tuple[pl.DataFrame, Fatal]] = []
        waiting = [facts]
        while waiting:
            part = waiting.pop()
            try:
                self.insert(table, part)
            except Fatal as error:
                if not is_about_rows(error):
                    raise
                if part.height == 1:
                    refused.append((part, error))
                    continue
                half = part.height // 2
                waiting += [part[half:], part[:half]]
        if not refused:
            return None
        return Refused(event_type, pl.concat([part for part, _ in refused]), refused[0][1])

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self._on_stage(name, time.perf_counter() - started)
