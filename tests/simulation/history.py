"""What lies in a simulated log: small, and full of what is hard.

Few groups, minutes and persons, so that windows meet; copies near and far, of the epoch before
too; late events; a record now and then that is no event; orders to rebuild; offsets with the holes
that Kafka's own markers leave.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
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
from tests.simulation.log import APPENDED_MS, TOPICS, Log, Partition, Place, Record

FIRST_MINUTE = 28_401_118
"""Two minutes before a midnight: windows lie on two days."""

MINUTES = 4
LAYOUTS: tuple[tuple[Place, ...], ...] = (
    (("community.chat", 0), ("community.chat", 1)),
    (("community.order", 0), ("community.order", 1)),
    (("community.chat", 0), ("community.order", 1)),
    (("community.order", 0),),
)


def make_log(chance: random.Random) -> Log:
    """A log of 20 to 45 records."""
    layout = chance.choice(LAYOUTS)
    records_each = chance.randint(20, 45) // len(layout)
    copies = chance.choice((0.05, 0.25))
    orders = chance.choice((0.0, 0.0, 0.06))
    past = []
    if chance.random() < 0.25:
        past = [_make_partition(chance, place, 1, chance.randint(2, 8)) for place in layout]
    partitions = {}
    for number, place in enumerate(layout):
        known = past[number].records if past else ()
        partitions[place] = _make_partition(
            chance, place, 2 if past else 1, records_each, copies, orders, known
        )
    unstorable: frozenset[str] = frozenset()
    if not past and chance.random() < 0.15:
        one = chance.choice(list(partitions.values()))
        unstorable = frozenset(chance.choices(one.events["event_id"].to_list(), k=1))
    return Log(partitions, past, unstorable)


def _make_partition(
    chance: random.Random,
    place: Place,
    epoch: int,
    count: int,
    copies: float = 0.0,
    orders: float = 0.0,
    known: Sequence[Record] = (),
) -> Partition:
    topic, number = place
    event_type = TOPICS[topic]
    records: list[Record] = []
    said = [record.event for record in known if record.event is not None]
    offset = chance.randrange(3)
    for step in range(count):
        kind = chance.random()
        if kind < 0.04:
            records.append(Record(topic, number, offset, value=b"{"))
        elif kind < 0.04 + orders:
            order = _order(chance)
            value, headers = record_of(order)
            records.append(
                Record(topic, number, offset, value=value, headers=tuple(headers), order=order)
            )
        else:
            if said and chance.random() < copies:
                event = said[-1] if chance.random() < 0.3 else chance.choice(said)
            else:
                event = _event(chance, event_type, number, f"e{epoch}-{number}-{step}")
                said.append(event)
            records.append(Record(topic, number, offset, event))
        offset += 1 if chance.random() < 0.93 else chance.randint(2, 3)
    return Partition(
        Source(event_type, topic, number, epoch),
        records,
        records[-1].offset + 1,
        _frame(event_type, records),
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


def _frame(event_type: EventType, records: Sequence[Record]) -> pl.DataFrame:
    read = [record for record in records if record.event is not None]
    events = [record.event for record in read if record.event is not None]
    frame = frame_of(events, range(len(events))) if events else empty_frame(event_type)
    return frame.with_columns(
        pl.Series("offset", [record.offset for record in read], dtype=pl.UInt64),
        pl.lit(APPENDED_MS, dtype=pl.Int64).alias("ingest_ms"),
    )
