"""Finds the record that ends the worker and condemns it: a dead letter, and the stream goes on.

What each partition begins with after an assignment is noted before it is tried (attempts.py),
until the broker has a commit beyond it: from then on nothing is noted, and it costs nothing. Where
workers ended several times, records are tried in parts, in the end one by one; then also an error
raised for one record is that record's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from agents.attempts import Attempts
from agents.folder import Folder
from agents.letters import condemned, told
from agents.patience import PatientStore
from agents.pieces import Piece, careful_pieces, smaller
from agents.readthrough import is_stored, refused_offsets
from pipeline.core.probation import Failure, blames_everything, guilty, meeting, suspicious
from pipeline.core.records import Record, Records
from pipeline.core.rows import Source
from pipeline.errors import PoisonError, StoreError
from schemas.rejection import Reason

log = structlog.get_logger("pulse.probation")

NO_RECORDS_FAULT = (StoreError, MemoryError, OSError)

BySource = Mapping[Source, Records]


@dataclass
class _Trial:
    """Where a partition began, what earlier runs ended with there, and who is condemned."""

    origin: int
    failures: Sequence[Failure]
    condemned: set[int]


class Probation:
    """Watches over each partition until `committed` says that the broker is beyond its origin."""

    def __init__(
        self,
        store: PatientStore,
        folder: Folder,
        *,
        source_of: Callable[[str, int], Source],
        committed: Callable[[str, int], int],
    ) -> None:
        self._store = store
        self._folder = folder
        self._source_of = source_of
        self._committed = committed
        self._attempts = Attempts(store)
        self._trials: dict[Source, _Trial] = {}
        self._watched: frozenset[Source] = frozenset()

    def forget(self) -> None:
        """Begin anew, after a rebalance."""
        self.leave()
        self._attempts.renew()
        self._trials.clear()
        self._watched = frozenset()

    def leave(self) -> None:
        """Say that nothing is to blame for the end that comes; waits for no store that is away."""
        if self._store.answers:
            self.excuse()

    def excuse(self) -> None:
        """Say that what is under way is not to blame: the store let it wait."""
        self._attempts.excuse()

    def trusts(self, events: Sequence[Any]) -> bool:
        """Whether none of these batches is watched. Cheap; asked on the event loop."""
        self._watched = frozenset(
            source
            for source, (first, last) in self._ranges(events).items()
            if self._watches(source, first, last)
        )
        return not self._watched

    def pieces(self, events: Sequence[Any]) -> list[Piece]:
        """The pieces of a commit that is not trusted; what is guilty is condemned before.

        Raises PoisonError when it is the program rather than the records.
        """
        ranges = {each: its for each, its in self._ranges(events).items() if each in self._watched}
        self._admit({each: first for each, (first, _) in ranges.items()})
        suspected = {}
        for source, (first, last) in ranges.items():
            failures = meeting(self._trials[source].failures, first, last)
            if suspicious(failures):
                self._condemn_guilty(source, guilty(failures), events)
                suspected[source.topic, source.partition] = failures
        return careful_pieces(events, suspected)

    def begin(self, records: BySource, *, alone: bool) -> None:
        """Note what is folded now, where it is watched."""
        self._attempts.begin(
            {
                source: (its.first, its.last)
                for source, its in records.items()
                if source in self._watched
            },
            alone=alone,
        )

    def passed(self, reached: Mapping[Source, int]) -> None:
        """Note that everything up to these offsets is stored."""
        self._attempts.passed(reached)

    def spare(self, piece: Piece, error: BaseException) -> list[Piece]:
        """What to fold instead of a careful piece; raises what is no record's fault."""
        if isinstance(error, NO_RECORDS_FAULT):
            raise error
        if piece.size > 1:
            return smaller(piece)
        ((event, (record,)),) = piece.parts  # unpacks the one record of the one part
        source = self._source_of(event.value.topic, event.value.partition)
        if not self._condemn(source, record, told(error)):
            raise error
        return [piece]

    def _ranges(self, events: Sequence[Any]) -> dict[Source, tuple[int, int]]:
        """First and last offset of each partition; the batches of one come in order."""
        ranges: dict[Source, tuple[int, int]] = {}
        for event in events:
            source = self._source_of(event.value.topic, event.value.partition)
            first, _ = ranges.get(source, (event.value.first_offset, 0))
            ranges[source] = first, event.value.offset
        return ranges

    def _watches(self, source: Source, first: int, last: int) -> bool:
        trial = self._trials.get(source)
        return (
            trial is None
            or self._committed(source.topic, source.partition) <= trial.origin
            or bool(meeting(trial.failures, first, last))
        )

    def _admit(self, firsts: Mapping[Source, int]) -> None:
        new = {source: first for source, first in firsts.items() if source not in self._trials}
        if not new:
            return
        for source, failures in self._attempts.failures(new).items():
            condemned = refused_offsets(self._store, source, Reason.POISON) if failures else ()
            self._trials[source] = _Trial(new[source], failures, set(condemned))

    def _condemn_guilty(self, source: Source, offsets: set[int], events: Sequence[Any]) -> None:
        place = source.topic, source.partition
        left = offsets - self._trials[source].condemned
        for event in events:
            if left and (event.value.topic, event.value.partition) == place:
                for record in event.value.records:
                    if record.offset in left:
                        self._condemn(source, record, "the worker ended whenever it was tried")

    def _condemn(self, source: Source, record: Record, detail: str) -> bool:
        """Store the verdict; whether there can be one: what is counted, or condemned, cannot."""
        trial = self._trials[source]
        place = {"topic": source.topic, "partition": source.partition, "offset": record.offset}
        if record.offset in trial.condemned or is_stored(self._store, source, record.offset):
            return False
        if blames_everything(record.offset, trial.condemned):
            raise PoisonError(
                f"Too many records in a row cannot be worked on ({detail})",
                where="{topic}/{partition}, offset {offset}".format(**place),
                remedy="Look for the program's or the machine's fault: the records before it are"
                " dead letters with the reason poison, to be replayed once that is mended.",
            )
        log.error("a record cannot be worked on, it becomes a dead letter", why=detail, **place)
        self._store.insert("dead_letter", condemned(source, record, detail))
        self._folder.forget_verdicts(source)
        trial.condemned.add(record.offset)
        return True


class _Trust(Probation):
    """Watches nothing, and so notes nothing."""

    def __init__(self) -> None:
        pass

    def trusts(self, events: Sequence[Any]) -> bool:
        return True

    def begin(self, records: BySource, *, alone: bool) -> None:
        pass

    def passed(self, reached: Mapping[Source, int]) -> None:
        pass

    def excuse(self) -> None:
        pass

    def leave(self) -> None:
        pass

    def forget(self) -> None:
        pass


NO_PROBATION: Probation = _Trust()
