"""What lies in a simulated log: small, and full of what is hard.

Few groups, minutes and persons, so that windows meet; copies near and far, of the epoch before
too; late events; a record now and then that is no event; orders to rebuild; offsets with the holes
that Kafka's own markers leave.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.core.rows import Source
from schemas.chat import Chat
from schemas.commerce import Order
from schemas.control import RebuildWindows, record_of
from schemas.event import Event
from schemas.event_type import EventType
from schemas.facts import empty_frame, frame_of
from schemas.membership import Join, Leave
from tests.simulation.log import APPENDED_MS, TOPICS, Log, Partition, Place, Record

FIRST_MINUTE = 28_401_118
"""Two minutes before a midnight: windows lie on two days."""

MINUTES = 4
COMINGS: tuple[Place, ...] = (("community.join", 0), ("community.leave", 0))
LAYOUTS: tuple[tuple[Place, ...], ...] = (
    (("community.chat", 0), ("community.chat", 1)),
    (("community.order", 0), ("community.order", 1)),
    (("community.chat", 0), ("community.order", 1)),
    (("community.order", 0),),
    COMINGS,
)


@dataclass(frozen=True, slots=True)
class Mixture:
    """How many records a partition has, and which share of them are copies and orders."""

    records: int
    copies: float = 0.0
    orders: float = 0.0


def make_log(chance: random.Random) -> Log:
    """A log of 20 to 45 records."""
    layout = chance.choice(LAYOUTS)
    mixture = Mixture(
        chance.randint(20, 45) // len(layout),
        chance.choice((0.05, 0.25, 0.4)),
        chance.choice((0.0, 0.06, 0.15)),
    )
    has_past = layout is not COMINGS and chance.random() < 0.25
    past = []
    if has_past:
        few = Mixture(chance.randint(2, 8))
        past = [_make_partition(chance, _source(place, 1), few, ()) for place in layout]
        for partition in past:
            partition.produce()
    partitions = {}
    for number, place in enumerate(layout):
        known = past[number].records if has_past else ()
        source = _source(place, 2 if has_past else 1)
        partitions[place] = _make_partition(chance, source, mixture, known)
    unstorable: frozenset[str] = frozenset()
    if not has_past and chance.random() < 0.15:
        one = chance.choice(list(partitions.values()))
        unstorable = frozenset(chance.choices(one.events["event_id"].to_list(), k=1))
    return Log(partitions, past, unstorable)


def _source(place: Place, epoch: int) -> Source:
    return Source(TOPICS[place[0]], *place, epoch)


def _make_partition(
    chance: random.Random, source: Source, mixture: Mixture, known: Sequence[Record]
) -> Partition:
    place = source.topic, source.partition
    records: list[Record] = []
    said = [record.event for record in known if record.event is not None]
    offset = chance.randrange(3)
    for step in range(mixture.records):
        kind = chance.random()
        if kind < 0.04:
            records.append(Record(*place, offset, value=b"{"))
        elif kind < 0.04 + mixture.orders:
            order = _order(chance)
            value, headers = record_of(order)
            records.append(Record(*place, offset, value=value, headers=tuple(headers), order=order))
        else:
            if said and chance.random() < mixture.copies:
                event = said[-1] if chance.random() < 0.3 else chance.choice(said)
            else:
                event = _event(chance, source, f"e{source.epoch}-{source.partition}-{step}")
                said.append(event)
            records.append(Record(*place, offset, event))
        offset += 1 if chance.random() < 0.93 else chance.randint(2, 3)
    return Partition(source, records, _frame(source.event_type, records))


def _order(chance: random.Random) -> RebuildWindows:
    first = FIRST_MINUTE + chance.randrange(MINUTES)
    return RebuildWindows(from_minute=first, until_minute=first + chance.randint(1, MINUTES))


def _event(chance: random.Random, source: Source, event_id: str) -> Event:
    minute = FIRST_MINUTE + min(chance.randrange(MINUTES), chance.randrange(MINUTES))
    number = source.partition
    common: dict[str, Any] = {
        "event_id": event_id,
        "event_time": minute * 60_000 + chance.randrange(3) * 1000,
        "user_id": f"p{number}{chance.randrange(3)}",
        "group_id": f"g{number}{chance.randrange(2)}",
        "actor_role": "member" if chance.random() < 0.8 else "staff",
        "source": "simulation",
        "key_id": "k",
    }
    match source.event_type:
        case EventType.CHAT:
            kind = "text" if chance.random() < 0.9 else "system"
            return Chat(**common, message_id=event_id, msg_type=kind)
        case EventType.JOIN:
            method = "link" if chance.random() < 0.8 else "import"
            return Join(**common, join_method=method, source_seq=chance.randrange(2))
        case EventType.LEAVE:
            return Leave(**common, leave_kind="self", source_seq=chance.randrange(2))
    if chance.random() < 0.4:
        common["group_id"] = None
    return Order(
        **common,
        order_id=event_id,
        status="paid" if chance.random() < 0.7 else "created",
        currency="CNY",
        amount_paid=Decimal(chance.randrange(1, 10_000)) / 100,
    )


def _frame(event_type: EventType, records: Sequence[Record]) -> pl.DataFrame:
    read = [record for record in records if record.event is not None]
    events = [record.event for record in read if record.event is not None]
    frame = frame_of(events, range(len(events))) if events else empty_frame(event_type)
    return frame.with_columns(
        pl.Series("partition", [record.partition for record in read], dtype=pl.UInt16),
        pl.Series("offset", [record.offset for record in read], dtype=pl.UInt64),
        pl.lit(APPENDED_MS, dtype=pl.Int64).alias("ingest_ms"),
    )
