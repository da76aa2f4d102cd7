"""Records with and without CloudEvents headers, judged side by side."""

from __future__ import annotations

import json
from typing import Any

from agents.intake import Intake, Judged
from pipeline.clock import SharedClock
from pipeline.core.records import Record, Records
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import Source
from schemas.decode import Limits
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason
from tests.schemas.events import NOON, example

PARTITIONS = 4
HOME = partition_for(routing_key("g1", "", ""), PARTITIONS)
PLAIN = to_wire(example(EventType.CHAT))
LIMITS = Limits(currency="EUR", key_id="k1", kept_ms=10**13, max_bytes=1000)
HEADERS = [
    ("ce_specversion", b"1.0"),
    ("ce_type", b"community.chat"),
    ("ce_id", b"e1"),
    ("ce_source", b"test"),
    ("ce_time", b"2025-07-04T12:00:00Z"),
]


def bare(**changes: Any) -> bytes:
    """The same event as PLAIN without what the headers say."""
    fields = json.loads(PLAIN) | changes
    for name in ("event_type", "event_id", "source", "event_time"):
        fields.pop(name, None)
    return json.dumps(fields).encode()


def take(
    *pairs: tuple[bytes | None, Any],
    event_type: EventType = EventType.CHAT,
    partition: int = HOME,
    refused: frozenset[int] = frozenset(),
    condemned: frozenset[int] = frozenset(),
) -> Judged:
    """Take records of (value, headers) at offsets 100, 101, ..."""
    intake = Intake(
        dict.fromkeys(EventType, LIMITS), SharedClock(), future_ms=0, partitions=PARTITIONS
    )
    records = Records.of(
        Record(offset=100 + index, timestamp=NOON + 1000, value=value, headers=headers)
        for index, (value, headers) in enumerate(pairs)
    )
    source = Source(event_type, f"community.{event_type}", partition, 1)
    return intake.take({source: records}, {source: refused}, {source: condemned})


def reasons(judged: Judged) -> dict[int, Reason]:
    (taken,) = judged.taken
    return {rejected.offset: rejected.rejection.reason for rejected in taken.rejected}


def raw(judged: Judged) -> bytes | None:
    """The bytes kept of the one record that is no event, or of the first."""
    return judged.taken[0].rejected[0].rejection.raw


def test_an_event_is_the_same_with_and_without_headers() -> None:
    judged = take((PLAIN, ()), (bare(), HEADERS), (PLAIN, HEADERS))
    assert reasons(judged) == {}
    frame = judged.events.drop("row", "offset")
    assert frame.height == 3
    assert frame.unique().height == 1


def test_a_record_whose_headers_are_at_odds_is_no_event_even_if_its_value_is_one() -> None:
    odd = [*HEADERS[:2], ("ce_id", b"e2"), *HEADERS[3:]]
    judged = take((PLAIN, odd), (PLAIN, ()), (b"{nope", HEADERS), (None, HEADERS))
    assert reasons(judged) == {
        100: Reason.HEADER_MISMATCH,
        102: Reason.NOT_JSON,
        103: Reason.NULL_VALUE,
    }
    assert raw(judged) == PLAIN
    assert judged.events["offset"].to_list() == [101]
    assert judged.taken[0].records == 4


def test_a_dead_letter_keeps_what_can_be_sent_again() -> None:
    """The whole event: with the headers gone, the value alone would lack its envelope."""
    away = (HOME + 1) % PARTITIONS
    judged = take((bare(), HEADERS), partition=away)
    assert reasons(judged) == {100: Reason.MISROUTED}
    again = take((raw(judged), ()))
    assert again.events["event_id"].to_list() == ["e1"]

    refused = take((bare(), HEADERS), refused=frozenset({100}))
    assert reasons(refused) == {100: Reason.STORE_REFUSED}
    assert take((raw(refused), ())).events.height == 1

    foreign = take((bare(key_id="k2"), HEADERS))
    assert reasons(foreign) == {100: Reason.FOREIGN_KEY}
    assert json.loads(raw(foreign) or b"")["event_id"] == "e1"


def test_of_a_condemned_record_only_the_place_is_looked_at() -> None:
    unreadable = object()
    judged = take((PLAIN, ()), (b"{nope", unreadable), (PLAIN, ()), condemned=frozenset({101, 999}))
    assert reasons(judged) == {101: Reason.POISON}
    assert raw(judged) == b"{nope"
    assert judged.events["offset"].to_list() == [100, 102]
    assert (judged.taken[0].records, judged.taken[0].last_offset) == (3, 102)


def test_a_value_too_large_is_refused_for_that() -> None:
    judged = take((bare(text="x" * 1000), HEADERS))
    assert reasons(judged) == {100: Reason.TOO_LARGE}


def test_without_a_group_the_key_comes_from_the_merged_event() -> None:
    order = example(EventType.ORDER, group_id=None)
    fields = json.loads(to_wire(order))
    del fields["event_id"]
    told = [("ce_specversion", b"1.0"), ("ce_id", b"e1")]
    home = partition_for(routing_key("", "u1", "e1"), PARTITIONS)
    value = json.dumps(fields).encode()
    judged = take((value, told), event_type=EventType.ORDER, partition=home)
    assert judged.events["event_id"].to_list() == ["e1"]


def test_a_heartbeat_may_have_headers_as_well() -> None:
    beat = json.loads(to_wire(example(EventType.HEARTBEAT)))
    del beat["event_id"], beat["source"]
    told = [("ce_specversion", b"1.0"), ("ce_id", b"b1"), ("ce_source", b"hook")]
    judged = take((json.dumps(beat).encode(), told), event_type=EventType.HEARTBEAT)
    assert judged.events["source"].to_list() == ["hook"]


def test_partitions_of_a_topic_are_judged_together_and_told_apart() -> None:
    intake = Intake(
        dict.fromkeys(EventType, LIMITS), SharedClock(), future_ms=0, partitions=PARTITIONS
    )
    away = (HOME + 1) % PARTITIONS
    stray = to_wire(example(EventType.CHAT, group_id="g1", event_id="e9"))
    there, here = (Source(EventType.CHAT, "community.chat", number, 1) for number in (away, HOME))
    judged = intake.take(
        {
            there: Records.of([Record(7, NOON, b"{nope", ()), Record(8, NOON, stray, ())]),
            here: Records.of([Record(at, NOON, PLAIN, ()) for at in (7, 8, 9, 10)]),
        },
        {here: frozenset({8}), there: frozenset()},
        {here: frozenset({9}), there: frozenset()},
    )
    assert [
        (one.source, one.first_offset, one.last_offset, one.records) for one in judged.taken
    ] == [(there, 7, 8, 2), (here, 7, 10, 4)]
    assert [
        (one.source.partition, its.offset, its.rejection.reason)
        for one in judged.taken
        for its in one.rejected
    ] == [
        (away, 7, Reason.NOT_JSON),
        (away, 8, Reason.MISROUTED),
        (HOME, 8, Reason.STORE_REFUSED),
        (HOME, 9, Reason.POISON),
    ]
    assert judged.events.select("partition", "offset").rows() == [(HOME, 7), (HOME, 10)]
