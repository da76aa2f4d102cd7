"""The simulated log: partitions of one or two topics, small, and full of what is hard.

Few groups, minutes and persons, so that windows meet; copies near and far; late events; a record
now and then that is no event; orders to rebuild; offsets with the holes that Kafka's own markers
leave. Decoding and routing have tests of their own: here a record's event is known beforehand.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import polars as pl

from agents.intake import Rejected, Taken
from pipeline.core.rows import Source
from schemas.chat import Chat
from schemas.commerce import Order
from schemas.control import RebuildWindows, record_of
from schemas.event import Event
from schemas.event_type import EventType
from schemas.facts import empty_frame, frame_of
from schemas.rejection import Reason, Rejection

FIRST_MINUTE = 28_401_118
"""Two minutes before a midnight: windows lie on two days."""

MINUTES = 4
APPENDED_MS = (FIRST_MINUTE + 10_000) * 60_000
TOPICS = MappingProxyType({"community.chat": EventType.CHAT, "community.order": EventType.ORDER})
LAYOUTS: tuple[tuple[tuple[str, int], ...], ...] = (
    (("community.chat", 0), ("community.chat", 1)),
    (("community.order", 0), ("community.order", 1)),
    (("community.chat", 0), ("community.order", 1)),
    (("community.order", 0),),
)

Place = tuple[str, int]
"""Topic and partition."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record as aiokafka hands it out; `event` is what it says, None if it is none."""

    topic: str
    partition: int
    offset: int
    event: Event | None = None
    value: bytes | None = b"{}"
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = APPENDED_MS
    timestamp_type: int = 1

    @property
    def is_order(self) -> bool:
        """Whether it orders a rebuild."""
        return bool(self.headers)


@dataclass
class Partition:
    """One partition: its records, and its events as the intake would make them columns."""

    source: Source
    records: list[Record]
    end: int
    events: pl.DataFrame
    _offsets: list[int] = field(default_factory=list)
    _event_offsets: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._offsets = [record.offset for record in self.records]
        self._event_offsets = self.events["offset"].to_list()

    def read(self, position: int, count: int) -> Sequence[Record]:
        """Up to `count` records from offset `position` on."""
        first = bisect_left(self._offsets, position)
        return self.records[first : first + count]

    def events_of(self, records: Sequence[Record]) -> pl.DataFrame:
        """The events in consecutive `records`."""
        first = bisect_left(self._event_offsets, records[0].offset)
        return self.events.slice(first, sum(record.event is not None for record in records))


@dataclass(frozen=True)
class Log:
    """All partitions; `unstorable` are ids of events whose facts the store never takes."""

    partitions: dict[Place, Partition]
    unstorable: frozenset[str]

    def source(self, topic: str, partition: int) -> Source:
        return self.partitions[topic, partition].source


class KnownIntake:
    """Stands in for agents.intake.Intake: it has read the log before."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def take(self, source: Source, records: Sequence[Any], refused: frozenset[int]) -> Taken:
        """What `records` became; a verdict of the store holds for ever."""
        events = self._log.partitions[source.topic, source.partition].events_of(records)
        verdicts = {record.offset for record in records if record.event} & refused
        if verdicts:
            events = events.filter(~pl.col("offset").is_in(list(verdicts)))
        reasons = {offset: Reason.STORE_REFUSED for offset in verdicts} | {
            record.offset: Reason.NOT_JSON for record in records if record.event is None
        }
        return Taken(
            source=source,
            events=events,
            rejected=[
                Rejected(offset, APPENDED_MS, Rejection(reasons[offset], "", b"{"))
                for offset in sorted(reasons)
            ],
            first_offset=records[0].offset,
            last_offset=records[-1].offset,
            appended_ms=APPENDED_MS,
            records=len(records),
        )


def make_log(chance: random.Random) -> Log:
    """A log of 20 to 45 records."""
    layout = chance.choice(LAYOUTS)
    records_each = chance.randint(20, 45) // len(layout)
    copies = chance.choice((0.05, 0.25))
    orders = chance.choice((0.0, 0.0, 0.06))
    partitions = {
        place: _make_partition(chance, place, records_each, copies, orders) for place in layout
    }
    unstorable: frozenset[str] = frozenset()
    if chance.random() < 0.15:
        one = chance.choice(list(partitions.values()))
        unstorable = frozenset(chance.choices(one.events["event_id"].to_list(), k=1))
    return Log(partitions, unstorable)


def _make_partition(
    chance: random.Random, place: Place, count: int, copies: float, orders: float
) -> Partition:
    topic, number = place
    event_type = TOPICS[topic]
    records: list[Record] = []
    said: list[Event] = []
    offset = chance.randrange(3)
    for step in range(count):
        kind = chance.random()
        if kind < 0.04:
            records.append(Record(topic, number, offset, value=b"{"))
        elif kind < 0.04 + orders:
            value, headers = record_of(_order(chance))
            records.append(Record(topic, number, offset, value=value, headers=tuple(headers)))
        else:
            if said and chance.random() < copies:
                event = said[-1] if chance.random() < 0.3 else chance.choice(said)
            else:
                event = _event(chance, event_type, number, f"e{number}{step}")
                said.append(event)
            records.append(Record(topic, number, offset, event))
        offset += 1 if chance.random() < 0.93 else chance.randint(2, 3)
    return Partition(
        Source(event_type, topic, number, 1), records, records[-1].offset + 1, _frame(records)
    )


def _order(chance: random.Random) -> RebuildWindows:
    first = FIRST_MINUTE + chance.randrange(MINUTES)
    return RebuildWindows(from_minute=first, until_minute=first + chance.randint(1, MINUTES))


def _event(chance: random.Random, event_type: EventType, number: int, event_id: str) -> Event:
    minute = FIRST_MINUTE + min(chance.randrange(MINUTES), chance.randrange(MINUTES))
    common: dict[str, Any] = {
        "event_id": event_id,
        "event_time": minute * 60_000 + chance.randrange(3) * 1000,
        "user_id": f"p{number}{chance.randrange(3)}",
        "group_id": f"g{number}{chance.randrange(2)}",
        "actor_role": "member" if chance.random() < 0.8 else "staff",
        "source": "simulation",
        "key_id": "k",
    }
    if event_type is EventType.CHAT:
        kind = "text" if chance.random() < 0.9 else "system"
        return Chat(**common, message_id=event_id, msg_type=kind)
    if chance.random() < 0.4:
        common["group_id"] = None
    return Order(
        **common,
        order_id=event_id,
        status="paid" if chance.random() < 0.7 else "created",
        currency="CNY",
        amount_paid=Decimal(chance.randrange(1, 10_000)) / 100,
    )


def _frame(records: Sequence[Record]) -> pl.DataFrame:
    read = [record for record in records if record.event is not None]
    events = [record.event for record in read if record.event is not None]
    frame = frame_of(events, range(len(events))) if events else empty_frame(EventType.CHAT)
    return frame.with_columns(
        pl.Series("offset", [record.offset for record in read], dtype=pl.UInt64),
        pl.lit(APPENDED_MS, dtype=pl.Int64).alias("ingest_ms"),
    )
