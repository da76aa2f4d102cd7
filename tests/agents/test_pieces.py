"""What is stored before what: commits with and without orders among their records."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from agents.pieces import Piece, careful_pieces, pieces, smaller
from agents.transport import Batch, Room
from pipeline.core.probation import Failure
from pipeline.core.records import Record, Records
from schemas.control import HEADER, RebuildWindows, record_of

VALUE, HEADERS = record_of(RebuildWindows(from_minute=1, until_minute=2))


def batch(partition: int, *kinds: str, first: int = 0) -> Any:
    """An event with records of these kinds; `!` is an order."""
    records = Records.of(
        Record(
            offset=first + place,
            timestamp=0,
            value=VALUE if kind == "!" else kind.encode(),
            headers=HEADERS if kind == "!" else (),
        )
        for place, kind in enumerate(kinds)
    )
    return SimpleNamespace(value=Batch("community.chat", partition, records, Room(10**9)))


def shape(*events: Any) -> list[tuple[str, bool, int]]:
    """Per piece: its records, whether it waits for what lies before, events acked after it."""
    return [(told(piece), piece.alone, len(piece.done)) for piece in pieces(events)]


def told(piece: Piece) -> str:
    """Partition, offset and kind of its records."""
    return " ".join(
        f"{event.value.partition}:{one.offset}{'!' if one.value == VALUE else one.value.decode()}"
        for event, records in piece.parts
        for one in records
    )


def test_without_orders_a_commit_is_one_piece() -> None:
    assert shape(batch(0, "a", "b"), batch(1, "c")) == [("0:0a 0:1b 1:0c", False, 2)]
    assert shape() == []


def test_an_order_waits_for_what_lies_before_it_and_is_waited_for() -> None:
    assert shape(batch(0, "a", "!", "b"), batch(1, "c")) == [
        ("0:0a 1:0c", True, 0),
        ("0:1!", True, 0),
        ("0:2b", True, 2),
    ]


def test_orders_in_a_row_are_carried_out_one_by_one() -> None:
    assert shape(batch(0, "!", "!")) == [("0:0!", True, 0), ("0:1!", True, 1)]


def test_what_follows_in_the_next_batch_of_the_partition_waits_as_well() -> None:
    assert shape(batch(0, "!"), batch(1, "a"), batch(0, "b", first=1)) == [
        ("1:0a", True, 0),
        ("0:0!", True, 0),
        ("0:1b", True, 3),
    ]


def test_a_header_alone_makes_no_order() -> None:
    event = batch(0, "a")
    event.value.records.headers = [[(HEADER, b"1")]]
    assert shape(event) == [("0:0a", False, 1)]


def test_suspected_partitions_come_last_each_in_steps_of_its_own() -> None:
    events = [batch(0, "a", "b", "c"), batch(1, "a"), batch(0, "d", "!", first=3), batch(2, "a")]
    failures = {("community.chat", 0): [Failure(1, 2, alone=True)] * 3}
    found = careful_pieces(events, failures)
    assert [(told(each), each.alone, each.careful, len(each.done)) for each in found] == [
        ("1:0a 2:0a", False, False, 2),
        ("0:0a", True, True, 0),
        ("0:1b", True, True, 0),
        ("0:2c", True, True, 0),
        ("0:3d", True, True, 0),
        ("0:4!", True, True, 2),
    ]
    assert found[-1].done == [events[0], events[2]]


def test_a_careful_piece_is_cut_until_it_is_one_record() -> None:
    event = batch(0, *"abcdefghijklmnopqrst")
    (whole,) = careful_pieces([event], {("community.chat", 0): []})
    assert whole.size == 20
    cut = smaller(whole)
    assert [each.size for each in cut] == [2] * 10
    assert [len(each.done) for each in cut] == [0] * 9 + [1]
    assert [told(each) for each in smaller(cut[-1])] == ["0:18s", "0:19t"]
