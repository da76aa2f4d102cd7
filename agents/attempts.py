"""Table batch_attempt: what a worker begins with, so that the next one can tell what ended it.

A worker that dies cannot say of what. The last step of a run that has no end is what it died of,
or what happened to be under way when it was killed; pipeline/core/probation.py tells these apart.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from uuid import uuid4

import polars as pl

from agents.patience import PatientStore
from pipeline.clock import wall_ms
from pipeline.core.probation import Failure
from pipeline.core.rows import Source

TABLE = "batch_attempt"

_LAST_STEPS = """
SELECT topic, partition, argMax(first, step) AS began, argMax(last, step) AS ended,
    argMax(alone, step) AS was_alone
FROM batch_attempt
WHERE epoch = %(epoch)s AND (topic, partition) IN %(places)s
GROUP BY topic, partition, run
HAVING began <= ended
"""

_SCHEMA = {
    "epoch": pl.UInt16(),
    "topic": pl.String(),
    "partition": pl.UInt16(),
    "run": pl.String(),
    "step": pl.UInt32(),
    "first": pl.UInt64(),
    "last": pl.UInt64(),
    "alone": pl.UInt8(),
    "begun_ms": pl.Int64(),
}


class Attempts:
    """Writes the steps of one run, which lasts from one assignment to the next.

    Called by several threads: while one commit is stored, the next is begun.
    """

    def __init__(self, store: PatientStore) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._run = uuid4().hex
        self._step = 0
        self._under_way: dict[Source, int] = {}

    def renew(self) -> None:
        """Begin a new run."""
        with self._lock:
            self._run = uuid4().hex
            self._under_way.clear()

    def begin(self, ranges: Mapping[Source, tuple[int, int]], *, alone: bool) -> None:
        """Note that the records from first to last offset are tried now, waiting for the store."""
        if not ranges:  # nearly always
            return
        with self._lock:
            self._under_way |= {source: last for source, (_, last) in ranges.items()}
            rows = self._rows(ranges, alone=alone)
        self._store.insert(TABLE, rows)

    def passed(self, reached: Mapping[Source, int]) -> None:
        """Note that the records up to these offsets are stored, where none were begun since."""
        with self._lock:
            over = dict(self._under_way.items() & reached.items())
            if not over:
                return
            rows = self._end(over)
        self._store.insert(TABLE, rows)

    def excuse(self) -> None:
        """Note, if that can be done at once, that nothing under way is to blame from now on."""
        with self._lock:
            over = dict(self._under_way)
            if not over:
                return
            rows = self._end(over)
        if not self._store.insert_now(TABLE, rows):
            with self._lock:
                self._under_way = over | self._under_way

    def failures(self, firsts: Mapping[Source, int]) -> dict[Source, list[Failure]]:
        """What earlier runs ended with in each partition, at its first offset or beyond."""
        (epoch,) = {source.epoch for source in firsts}
        places = [(source.topic, source.partition) for source in firsts]
        found = self._store.query(_LAST_STEPS, {"epoch": epoch, "places": places})
        by_place: dict[tuple[str, int], list[Failure]] = {place: [] for place in places}
        for topic, partition, first, last, alone in found.iter_rows():
            by_place[topic, partition].append(Failure(first, last, bool(alone)))
        return {
            source: [each for each in by_place[source.topic, source.partition] if each.last >= at]
            for source, at in firsts.items()
        }

    def _end(self, over: Mapping[Source, int]) -> pl.DataFrame:
        for each in over:
            del self._under_way[each]
        return self._rows({each: (last + 1, last) for each, last in over.items()}, alone=False)

    def _rows(self, ranges: Mapping[Source, tuple[int, int]], *, alone: bool) -> pl.DataFrame:
        self._step += 1
        now = wall_ms()
        rows = [
            (each.epoch, each.topic, each.partition, self._run, self._step, first, last, alone, now)
            for each, (first, last) in ranges.items()
        ]
        return pl.DataFrame(rows, schema=_SCHEMA, orient="row", strict=False)
