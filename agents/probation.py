"""What each partition begins with after an assignment, written down before it is tried.

A worker that dies cannot say of what. So it notes in the store what it begins, until the broker
has a commit beyond it; whoever starts at the same offset again reads what was under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import polars as pl

from agents.patience import PatientStore
from agents.readthrough import refused_offsets
from pipeline.clock import wall_ms
from pipeline.core.probation import Failure, suspicious
from pipeline.core.rows import Source
from schemas.rejection import Reason

_FAILURES = """
SELECT topic, partition, attempt, first, last, alone FROM batch_attempt
WHERE epoch = %(epoch)s AND (topic, partition, origin) IN %(places)s
  AND (run, step) IN (
    SELECT run, max(step) FROM batch_attempt WHERE run IN (
        SELECT run FROM batch_attempt
        WHERE epoch = %(epoch)s AND (topic, partition, origin) IN %(places)s
    ) GROUP BY run
  )
ORDER BY topic, partition, attempt
"""

_LAST_ATTEMPTS = """
SELECT topic, partition, max(attempt) AS number FROM batch_attempt
WHERE epoch = %(epoch)s AND (topic, partition, origin) IN %(places)s
GROUP BY topic, partition
"""

_SCHEMA = {
    "epoch": pl.UInt16(),
    "topic": pl.String(),
    "partition": pl.UInt16(),
    "origin": pl.UInt64(),
    "attempt": pl.UInt32(),
    "run": pl.String(),
    "step": pl.UInt32(),
    "first": pl.UInt64(),
    "last": pl.UInt64(),
    "alone": pl.UInt8(),
    "begun_ms": pl.Int64(),
}


@dataclass
class Trial:
    """One partition on probation: where it began, and what earlier runs from there ended with."""

    origin: int
    attempt: int
    failures: Sequence[Failure] = ()
    condemned: set[int] = field(default_factory=set)

    @property
    def careful(self) -> bool:
        """Whether its records are tried in parts, and an error in them is theirs."""
        return suspicious(self.failures)


class Probation:
    """Watches over the partitions until `committed` says that the broker is beyond their origin."""

    def __init__(self, store: PatientStore, *, committed: Callable[[Source], int]) -> None:
        self._store = store
        self._committed = committed
        self.forget()

    def forget(self) -> None:
        """Begin anew, after a rebalance."""
        self._trials: dict[Source, Trial] = {}
        self._over: set[Source] = set()
        self._run = uuid4().hex
        self._step = 0

    def on_trial(self, source: Source) -> bool:
        """Whether what it begins is still to be noted. Cheap, and asked on the event loop."""
        trial = self._trials.get(source)
        if trial is not None and self._committed(source) > trial.origin:
            del self._trials[source]
            self._over.add(source)
        return source not in self._over

    def admit(self, firsts: Mapping[Source, int]) -> dict[Source, Trial]:
        """The trials of these partitions, the new ones from this offset on; reads the store."""
        new = {source: first for source, first in firsts.items() if source not in self._trials}
        if new:
            self._trials |= self._read(new)
        return {source: self._trials[source] for source in firsts}

    def begin(self, records: Mapping[Source, Sequence[Any]], *, alone: bool) -> None:
        """Note what is tried now."""
        self._note(((each, its[0].offset, its[-1].offset) for each, its in records.items()), alone)

    def passed(self, records: Mapping[Source, Sequence[Any]]) -> None:
        """Note that what was tried last is stored."""
        beyond = ((each, its[-1].offset + 1, its[-1].offset) for each, its in records.items())
        self._note(beyond, alone=False)

    def _note(self, ranges: Iterable[tuple[Source, int, int]], alone: bool) -> None:
        now = wall_ms()
        rows = [
            (
                *(source.epoch, source.topic, source.partition, trial.origin, trial.attempt),
                *(self._run, self._step, first, last, alone, now),
            )
            for source, first, last in ranges
            if (trial := self._trials.get(source)) is not None
        ]
        if rows:
            self._step += 1
            frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row", strict=False)
            self._store.insert("batch_attempt", frame)

    def _read(self, firsts: Mapping[Source, int]) -> dict[Source, Trial]:
        (epoch,) = {source.epoch for source in firsts}
        places = [(each.topic, each.partition, first) for each, first in firsts.items()]
        asked = {"epoch": epoch, "places": places}
        numbers = {
            (topic, partition): number
            for topic, partition, number in self._store.query(_LAST_ATTEMPTS, asked).iter_rows()
        }
        trials = {
            (each.topic, each.partition): Trial(
                first, attempt=numbers.get((each.topic, each.partition), 0) + 1
            )
            for each, first in firsts.items()
        }
        if numbers:
            failed: dict[tuple[str, int], list[Failure]] = {}
            for topic, partition, _, *its in self._store.query(_FAILURES, asked).iter_rows():
                first, last, alone = its
                if first <= last:
                    failure = Failure(first, last, bool(alone))
                    failed.setdefault((topic, partition), []).append(failure)
            for place, failures in failed.items():
                trials[place].failures = failures
        found = {source: trials[source.topic, source.partition] for source in firsts}
        for source, trial in found.items():
            if trial.careful:
                trial.condemned |= refused_offsets(self._store, source, Reason.POISON)
        return found


class _Trust(Probation):
    def __init__(self) -> None:
        """Ask and note nothing."""

    def on_trial(self, source: Source) -> bool:
        return False

    def forget(self) -> None:
        pass


NO_PROBATION: Probation = _Trust()
"""Every partition is trusted from its first record on."""
