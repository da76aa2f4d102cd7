"""Unpacking in columns gives what aiokafka itself gives, record by record and offset by offset."""

from __future__ import annotations

import gc
import struct
import weakref
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.consumer.fetcher import (
    READ_COMMITTED,
    READ_UNCOMMITTED,
    Fetcher,
    FetchResult,
    PartitionRecords,
)
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.legacy_records import LegacyRecordBatchBuilder
from aiokafka.structs import TopicPartition
from hypothesis import given
from hypothesis import strategies as st

from agents.fetching import ColumnarRecords, KeptRecords, unpack_in_columns

PLACE = TopicPartition("community.chat", 3)
ATTRIBUTES_AT, LOG_APPEND_TIME, CONTROL, TRANSACTIONAL = 21, 0x08, 0x20, 0x10
MAX_TIMESTAMP_AT, LAST_DELTA_AT, PRODUCER_AT = 35, 23, 43
ABORT = b"\0\0\0\0"

Record = tuple[int, int, bytes | None, list[tuple[str, bytes | None]]]
"""Distance from the batch's first offset, timestamp, value, headers."""


def batch(
    base: int,
    records: Sequence[Record],
    *,
    codec: int = 0,
    attributes: int = 0,
    producer: int = -1,
    last: int | None = None,
    key: bytes | None = b"g",
) -> bytes:
    """A Kafka batch; `last`: the distance of a last record that compaction has removed."""
    builder = DefaultRecordBatchBuilder(2, codec, 0, producer, 0, 0, 1 << 20)
    for delta, timestamp, value, headers in records:
        builder.append(delta, timestamp, key, value, headers)
    data = bytearray(builder.build())
    data[0:8] = struct.pack(">q", base)
    data[ATTRIBUTES_AT + 1] |= attributes
    if last is not None:
        data[LAST_DELTA_AT : LAST_DELTA_AT + 4] = struct.pack(">i", last)
    return bytes(data)


def partition(
    kind: type[PartitionRecords],
    data: bytes,
    offset: int,
    *,
    check: bool = False,
    isolation: int = READ_UNCOMMITTED,
    aborted: Any = (),
) -> PartitionRecords:
    return kind(PLACE, KeptRecords(data), aborted, offset, None, None, check, isolation)


def both(data: bytes, offset: int = 0, **named: Any) -> list[tuple[Any, ...]]:
    """What both ways unpack, after having seen that it is the same, as is where they go on."""
    theirs, ours = (
        partition(kind, data, offset, **named) for kind in (PartitionRecords, ColumnarRecords)
    )
    expected = [(r.offset, r.timestamp, r.value, tuple(r.headers)) for r in theirs]
    found = [
        (r.offset, r.timestamp, r.value, tuple(r.headers)) for records in ours for r in records
    ]
    assert found == expected
    assert ours.next_fetch_offset == theirs.next_fetch_offset
    return found


_HEADERS = st.lists(st.tuples(st.text(max_size=3), st.none() | st.binary(max_size=3)), max_size=2)
_RECORDS = st.lists(
    st.tuples(
        st.integers(1, 3), st.integers(0, 2**40), st.none() | st.binary(max_size=40), _HEADERS
    ),
    max_size=6,
)
_BATCHES = st.lists(
    st.tuples(_RECORDS, st.integers(0, 3), st.sampled_from([0, 1, 3]), st.sampled_from([0, 8, 32])),
    max_size=5,
)


@given(_BATCHES, st.integers(0, 30))
def test_any_log_is_unpacked_alike(batches: Any, offset: int) -> None:
    data, base = b"", 0
    for steps, hole, codec, attributes in batches:
        delta, records = -1, []
        for step, *rest in steps:
            delta += step
            records.append((delta, *rest))
        if records:
            last = delta + hole
            data += batch(base, records, codec=codec, attributes=attributes, last=last)
            base += last + 1
    both(data, offset)


def test_a_fetch_from_the_middle_of_a_batch_skips_what_lies_before() -> None:
    data = batch(10, [(at, 5, b"%d" % at, []) for at in range(4)])
    assert [value for _, _, value, _ in both(data, 12)] == [b"2", b"3"]
    assert both(data, 14) == []


def test_the_append_time_of_the_broker_is_that_of_the_whole_batch() -> None:
    data = batch(0, [(0, 5, b"a", []), (1, 9, b"b", [])], attributes=LOG_APPEND_TIME)
    assert [moment for _, moment, _, _ in both(data)] == [9, 9]


def test_an_aborted_transaction_is_hidden_from_who_reads_committed_only() -> None:
    one = [(0, 1, b"x", [])]
    marker = [(0, 1, b"", [])]
    data = (
        batch(0, one, attributes=TRANSACTIONAL, producer=7)
        + batch(1, one, attributes=TRANSACTIONAL, producer=8)
        + batch(2, marker, attributes=TRANSACTIONAL | CONTROL, producer=7, key=ABORT)
        + batch(3, one, attributes=TRANSACTIONAL, producer=7)
    )
    aborted = [(7, 0)]
    seen = both(data, isolation=READ_COMMITTED, aborted=aborted)
    assert [offset for offset, *_ in seen] == [1, 3]
    assert [offset for offset, *_ in both(data, aborted=aborted)] == [0, 1, 3]


def test_a_damaged_batch_is_refused_behind_the_sound_ones() -> None:
    sound = batch(0, [(0, 5, b"a", [])])
    data = sound + sound[:-1] + b"?"
    records = partition(ColumnarRecords, data, 0, check=True)
    assert list(next(records).values) == [b"a"]
    with pytest.raises(CorruptRecordException):
        next(records)


def test_messages_of_the_format_before_headers_are_read_as_well() -> None:
    builder = LegacyRecordBatchBuilder(1, 0, 1 << 20)
    for offset in range(3):
        builder.append(offset, 5, None, b"old")
    assert len(both(bytes(builder.build()), 1)) == 2


def test_a_fetcher_is_changed_once_and_keeps_what_it_holds() -> None:
    def result() -> FetchResult:
        data = batch(0, [(0, 5, b"a", []), (1, 5, b"b", [])])
        records = partition(PartitionRecords, data, 0)
        return FetchResult(PLACE, assignment=None, partition_records=records, backoff=0)

    fetcher = object.__new__(Fetcher)
    error = object()
    fetcher._records = {PLACE: result()}
    unpack_in_columns(fetcher)
    held = fetcher._records
    unpack_in_columns(fetcher)
    assert fetcher._records is held
    fetcher._records["later"] = result()
    fetcher._records["error"] = error
    for place in (PLACE, "later"):
        (records,) = fetcher._records[place]._partition_records
        assert list(records.values) == [b"a", b"b"]
    assert fetcher._records["error"] is error


def test_what_was_fetched_goes_once_it_is_unpacked() -> None:
    """Cycles are looked for so seldom that what lies in one stays for millions of events."""
    fetcher = object.__new__(Fetcher)
    fetcher._records = {}
    unpack_in_columns(fetcher)
    gc.disable()
    try:
        theirs = partition(PartitionRecords, batch(0, [(0, 5, b"a", [])]), 0)
        result = FetchResult(PLACE, assignment=None, partition_records=theirs, backoff=0)
        fetcher._records[PLACE] = result
        ours = result._partition_records
        assert len(list(ours)) == 1
        left = [weakref.ref(theirs), weakref.ref(ours)]
        fetcher._records.clear()
        del theirs, ours, result
        assert [each() for each in left] == [None, None]
    finally:
        gc.enable()
