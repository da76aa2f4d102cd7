"""The batch transport's own parts, without a broker."""

from __future__ import annotations

import gc
import weakref
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

import pytest
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.structs import TopicPartition
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents.pace import BUSY, QUIET
from agents.transport import Batch, BatchConsumer, ColumnarThread, Room
from pipeline.core.records import Record, Records


def records(first: int, *values: bytes | None) -> Records:
    return Records.of(Record(first + at, 7, value, ()) for at, value in enumerate(values))


def test_a_batch_looks_like_its_last_record() -> None:
    batch = Batch("t", 3, records(4, b"ab", None, b"c"), Room(100))
    assert (batch.topic, batch.partition, batch.first_offset, batch.offset) == ("t", 3, 4, 6)
    assert (batch.size, batch.timestamp, batch.value) == (3, 7, batch)


def test_records_go_with_the_last_who_has_their_batch() -> None:
    """Cycles are looked for so seldom that what lies in one stays for millions of events."""
    gc.disable()
    try:
        batch = Batch("t", 3, records(4, b"ab"), Room(100))
        offsets = weakref.ref(batch.records.offsets)
        del batch
        assert offsets() is None
    finally:
        gc.enable()


def test_room_is_taken_by_bytes_and_given_back() -> None:
    room = Room(limit=10)
    batch = Batch("t", 3, records(1, b"x" * 7), room)
    assert room.left == 3
    room.give_back(batch.size, batch.turn)
    assert room.left == 10


def test_bytes_of_before_a_rebalance_are_not_given_back_twice() -> None:
    room = Room(limit=10)
    old = room.take(10)
    room.clear()
    fresh = room.take(10)
    room.give_back(10, old)
    assert room.left == 0
    room.give_back(10, fresh)
    assert room.left == 10


def test_a_commit_covers_every_acked_batch_whatever_lies_between() -> None:
    consumer: Any = SimpleNamespace(_acked={"tp": [99, 250]}, _acked_index={"tp": {99, 250}})
    assert BatchConsumer._new_offset(consumer, "tp") == 251
    assert BatchConsumer._new_offset(consumer, "tp") is None
    assert consumer._acked_index == {"tp": set()}


async def test_a_partition_without_a_commit_is_read_from_its_start_after_a_rebalance() -> None:
    consumer = object.__new__(BatchConsumer)
    consumer._thread = AsyncMock()
    consumer._thread.seek_to_committed.return_value = {"new": None, "reset": 0, "old": 7}
    assert (await consumer.seek_to_committed())["old"] == 7
    consumer._thread.seek_to_beginning.assert_awaited_once_with("new", "reset")


async def test_a_partition_without_a_position_crashes_nothing() -> None:
    consumer = object.__new__(BatchConsumer)
    consumer._thread = Mock()
    consumer._thread.assignment.return_value = {TP("community.heartbeat", 1)}
    consumer._thread.verify_event_path.side_effect = AssertionError  # its position is not known
    await consumer.verify_all_partitions_active()


async def test_no_more_is_unpacked_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is known how large a batch of Kafka's is; one is, whatever it needs."""
    room = Room(limit=100)
    asked = []

    async def inherited(*_: Any, max_records: int, **__: Any) -> dict[TP, list[Records]]:
        asked.append(max_records)
        return {TP("t", 0): [records(0, b"x" * 15, b"y" * 10)] * 2}

    monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", inherited)
    thread = thread_of(room)
    fetcher = SimpleNamespace(_fetcher=SimpleNamespace(_records=OrderedDict()))
    for taken in (0, 40, 40, 40):
        room.take(taken)
        await thread._fetch_records(fetcher, None, timeout=1.0, max_records=50)
    assert asked == [50, 2, 1, 1]


def thread_of(room: Room) -> ColumnarThread:
    thread = object.__new__(ColumnarThread)
    thread.consumer = Mock()
    thread.consumer.transport.room = room
    return thread


def test_a_released_batch_has_neither_records_nor_room() -> None:
    room = Room(100)
    batch = Batch("t", 3, records(4, b"ab"), room)
    assert room.left == 98
    for _ in range(2):
        batch.release(room)
        assert (len(batch.records), room.left) == (0, 100)
    assert (batch.first_offset, batch.offset) == (4, 4)


async def test_the_next_fetch_is_held_by_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = thread_of(Room(10**6))
    fetcher = SimpleNamespace(_records=OrderedDict())
    consumer = SimpleNamespace(_fetcher=fetcher)
    found = []
    for seconds, sizes in ((10.0, [9]), (10.5, [400, 200]), (11.0, [100]), (11.25, [])):
        fetched = {TP("t", at): [records(0, *[b"x"] * size)] for at, size in enumerate(sizes)}
        inherited = AsyncMock(return_value=fetched)
        monkeypatch.setattr(driver.AIOKafkaConsumerThread, "_fetch_records", inherited)
        with patch("agents.transport.time.monotonic", return_value=seconds):
            assert await thread._fetch_records(consumer, None) == fetched
        found.append((fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes))
    assert found == [QUIET, BUSY, QUIET, QUIET]


def test_aiokafka_takes_what_the_hold_is_set_on() -> None:
    names = Fetcher._get_actions_per_node.__code__.co_names
    assert {"_fetch_max_wait_ms", "_fetch_min_bytes"} <= set(names)


def test_the_assignment_is_made_anew_only_when_it_changes() -> None:
    thread = object.__new__(ColumnarThread)
    thread._consumer = Mock()
    first, second = (frozenset({TopicPartition("t", at)}) for at in (1, 2))
    found = []
    for assigned in (first, first, second, set()):
        thread._consumer.assignment.return_value = assigned
        found.append(thread.assignment())
    assert found == [{TP("t", 1)}, {TP("t", 1)}, {TP("t", 2)}, set()]
    assert found[0] is found[1]


def test_faust_draws_no_table_of_what_it_commits() -> None:
    assert faust_consumer.terminal.logtable([("t", "1")], title="", headers=[]) == ""
