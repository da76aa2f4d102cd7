"""The simulated log: partitions of records whose events are known beforehand.

Decoding and routing have tests of their own.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from agents.intake import Judged, Rejected, Taken
from pipeline.core.live import LIVE_TYPES
from pipeline.core.records import Records
from pipeline.core.rows import Source
from schemas.control import RebuildWindows
from schemas.event import Event
from schemas.rejection import Reason, Rejection
from sinks.topics import topic_of

APPENDED_MS = 1_705_000_000_000
"""When the log's records were appended: after every event in them."""

TOPICS = MappingProxyType({topic_of(event_type): event_type for event_type in LIVE_TYPES})
"""The topics there are: those the live views are made of."""

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of the log; `event` is what it says, None if it is none."""

    topic: str
    partition: int
    offset: int
    event: Event | None = None
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = APPENDED_MS

    order: RebuildWindows | None = None


@dataclass
class Partition:
    """One partition: its records, of which `shown` were produced so far, and their events.

    `events`: as the intake would make them columns.
    """

    source: Source
    records: list[Record]
    events: pl.DataFrame
    shown: int = 0
    _offsets: list[int] = field(default_factory=list)
    _event_offsets: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offsets = [record.offset for record in self.records]
        self._event_offsets = self.events["offset"].to_list()

    @property
    def end(self) -> int:
        """The offset after the last record produced so far."""
        return self._offsets[self.shown - 1] + 1 if self.shown else 0

    def produce(self, count: int | None = None) -> None:
        """Let `count` more records be there, or all."""
        left = len(self.records)
        self.shown = left if count is None else min(left, self.shown + count)

    @property
    def orders(self) -> list[Record]:
        """Its records that order a rebuild."""
        return [record for record in self.records if record.order is not None]

    @property
    def before_an_order(self) -> int:
        """How many records that were not produced yet come before the next order, or in all."""
        hidden = self.records[self.shown :]
        orders = (place for place, record in enumerate(hidden) if record.order is not None)
        return next(orders, len(hidden))

    def read(self, position: int, count: int) -> Records:
        """Up to `count` records from offset `position` on, as the transport brings them."""
        first = bisect_left(self._offsets, position)
        return Records.of(self.records[first : min(first + count, self.shown)])

    def between(self, first: int, last: int) -> Sequence[Record]:
        """The records from offset `first` to `last`."""
        return self.records[bisect_left(self._offsets, first) : bisect_right(self._offsets, last)]

    def events_between(self, first: int, last: int) -> pl.DataFrame:
        """The events from offset `first` to `last`."""
        start = bisect_left(self._event_offsets, first)
        return self.events.slice(start, bisect_right(self._event_offsets, last) - start)


@dataclass(frozen=True)
class Log:
    """All partitions; `past`: what the partitions of the epoch before held, all of it stored.

    `unstorable` are ids of events whose facts the store never takes.
    """

    partitions: dict[Place, Partition]
    past: list[Partition]
    unstorable: frozenset[str]

    def source(self, topic: str, partition: int) -> Source:
        return self.partitions[topic, partition].source


class KnownIntake:
    """Stands in for agents.intake.Intake: it has read the log before."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def take(
        self,
        records: Mapping[Source, Records],
        refused: Mapping[Source, frozenset[int]],
        condemned: Mapping[Source, frozenset[int]],
    ) -> Judged:
        """What `records` became; a verdict of the store holds for ever. None is condemned here."""
        assert not any(condemned.values())
        found = [self._of(source, its, refused[source]) for source, its in records.items()]
        return Judged(pl.concat([events for events, _ in found]), [taken for _, taken in found])

    def _of(
        self, source: Source, records: Records, refused: frozenset[int]
    ) -> tuple[pl.DataFrame, Taken]:
        partition = self._log.partitions[source.topic, source.partition]
        known = partition.between(records.first, records.last)
        assert [record.offset for record in known] == records.offsets.tolist()
        events = partition.events_between(records.first, records.last)
        verdicts = {record.offset for record in known if record.event} & refused
        if verdicts:
            events = events.filter(~pl.col("offset").is_in(list(verdicts)))
        reasons = dict.fromkeys(verdicts, Reason.STORE_REFUSED) | {
            record.offset: Reason.NOT_JSON for record in known if record.event is None
        }
        rejected = [
            Rejected(offset, APPENDED_MS, Rejection(reasons[offset], "", b"{"))
            for offset in sorted(reasons)
        ]
        return events, Taken.of(source, records, rejected)
