"""Batch transport: one Faust message is all records of one partition in one fetch.

Stock Faust pays about 100 us of event-loop work per record. Here its aiokafka consumer packs each
fetched partition batch into a single message, whose value is a `Batch`; its offset is the batch's
last one, so a commit of it commits them all. Its thread has records unpacked as columns
(fetching.py), and five things of the consumer are replaced:

`_getmany` packs, and holds back while too many bytes wait to be processed; what is asked for is
about what there is room for.
`_add_gap` does nothing: the offsets between two batches are not gaps but their records, and
Faust's bookkeeping would commit past a batch that is still being processed.
`_new_offset` is the highest acked batch's end: batches are acked in offset order (commit.py).
`seek_to_committed` seeks every partition, also one of which nothing is committed yet: Faust drops
what it fetched before a rebalance, and counts on the seek after it to fetch it again.
`verify_all_partitions_active` does nothing: Faust only logs there, and crashes on a partition
whose position is not known yet, as its leader is away; watchdog.py looks after a stream that stands
still.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import faust
from aiokafka.errors import IllegalStateError
from faust.transport import consumer as faust_consumer
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from agents.fetching import unpack_in_columns
from agents.pace import hold
from pipeline.core.records import Records

faust_consumer.terminal = SimpleNamespace(logtable=lambda *_, **__: "")  # of each commit, unseen

LOG_APPEND_TIME = 1
ROOM_WAIT_S = 0.1
_NO_RECORDS = Records.of([])
ROOM_LOOK_S = 0.02
"""How often it is looked for room: what is held lasts for longer, and each look takes the lock."""


class Room:
    """How many fetched bytes wait to be processed, against a bound.

    Faust's own bound counts messages, and a message here is a whole fetch. Counted from two
    threads: the fetcher takes room, the committer gives it back.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = 0
        self._turn = 0
        self.fetched: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset after the last record taken in."""
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """How many bytes may still be taken in; not positive where none may."""
        return self._limit - self._held

    def holds(self, turn: int) -> bool:
        """Whether what was taken in at `turn` is still held: no rebalance since."""
        return turn == self._turn

    def take(self, size: int) -> int:
        """Count `size` bytes in; the turn they belong to."""
        with self._lock:
            self._held += size
            return self._turn

    def give_back(self, size: int, turn: int) -> None:
        """Count `size` bytes of `turn` out again."""
        with self._lock:
            if turn == self._turn:
                self._held -= size

    def clear(self) -> None:
        """Forget all that is held: Faust has emptied its buffers for a rebalance."""
        with self._lock:
            self._held = 0
            self._turn += 1
            self.fetched.clear()


class Batch:
    """Consecutive records of one partition, dressed as one aiokafka record for Faust."""

    __slots__ = (
        "checksum", "first_offset", "headers", "key", "offset", "partition", "records",
        "serialized_key_size", "serialized_value_size", "size", "timestamp", "timestamp_type",
        "topic", "turn",
    )  # fmt: skip

    def __init__(self, topic: str, partition: int, records: Records, room: Room) -> None:
        self.topic = topic
        self.partition = partition
        self.first_offset = records.first
        self.offset = records.last
        self.timestamp = int(records.timestamps[-1])
        self.timestamp_type = LOG_APPEND_TIME
        self.records = records
        self.size = records.values.size
        self.turn = room.take(self.size)
        self.key = None
        self.headers = ()
        self.checksum = None
        self.serialized_key_size = 0
        self.serialized_value_size = self.size

    def release(self, room: Room) -> None:
        """Let go of the records, and of the room they take; once more changes nothing.

        Faust keeps the last message of each topic, whose buffer is that of a whole commit.
        """
        room.give_back(self.size, self.turn)
        self.size, self.records = 0, _NO_RECORDS

    @property
    def value(self) -> Batch:
        """Itself. Kept as an attribute it would be a cycle, and go only when cycles are looked for:
        seldom (memory.py), as records are no objects to count by."""
        return self


class ColumnarThread(driver.AIOKafkaConsumerThread):
    """Faust's aiokafka consumer thread, handing out `Records`, one for each Kafka batch."""

    _fetched_at = 0.0
    _batch_bytes = 1.0
    _assigned: tuple[Any, set[TP]] = (None, set())

    def assignment(self) -> set[TP]:
        """See Faust, which asks once for each offset that it commits, and makes it anew each time.

        Not to be changed.
        """
        theirs = self._ensure_consumer().assignment()
        if theirs is not self._assigned[0]:
            self._assigned = theirs, super().assignment()
        return self._assigned[1]

    async def _fetch_records(
        self,
        consumer: Any,
        active_partitions: Any,
        timeout: float | None = None,
        max_records: int | None = None,
    ) -> dict[TP, Any]:
        """See Faust. At most as many of Kafka's batches as there is room for, if they are as large
        as those before; the others stay packed.
        """
        fetcher = consumer._fetcher
        unpack_in_columns(fetcher)
        most = max(1, int(self.consumer.transport.room.left / self._batch_bytes))
        fetched: dict[TP, Any] = await super()._fetch_records(
            consumer, active_partitions, timeout=timeout, max_records=min(max_records or most, most)
        )
        batches = [records for parts in fetched.values() for records in parts]
        count = sum(map(len, batches))
        if batches:
            size = sum(records.values.size for records in batches)
            self._batch_bytes = max(1.0, size / len(batches))
        now = time.monotonic()
        held = hold(count / max(now - self._fetched_at, 1e-3))
        # The next fetch is sent only now: until it is asked for them, aiokafka keeps the records.
        fetcher._fetch_max_wait_ms, fetcher._fetch_min_bytes = held
        self._fetched_at = now
        return fetched


class BatchConsumer(driver.Consumer):
    """Faust's aiokafka consumer, delivering batches."""

    def _new_consumer_thread(self) -> ColumnarThread:
        return ColumnarThread(self, loop=self.loop, beacon=self.beacon)

    async def _getmany(
        self, active_partitions: set[TP] | None, timeout: float
    ) -> dict[TP, list[Batch]]:
        room: Room = self.transport.room
        if room.left <= 0:
            deadline = time.monotonic() + ROOM_WAIT_S
            while room.left <= 0:
                if time.monotonic() > deadline:
                    return {}
                await asyncio.sleep(ROOM_LOOK_S)
        fetched = await super()._getmany(active_partitions, timeout)
        batches = {
            tp: [Batch(tp.topic, tp.partition, Records.joined(parts), room)]
            for tp, parts in fetched.items()
            if parts
        }
        room.fetched |= {(tp.topic, tp.partition): one.offset + 1 for tp, (one,) in batches.items()}
        return batches

    async def seek_to_committed(self) -> Mapping[TP, int | None]:
        """Seek to what is committed, or to the start of the log; the committed offsets.

        aiokafka leaves a partition where it stands when nothing, or offset 0, is committed.
        """
        committed: Mapping[TP, int | None] = await super().seek_to_committed()
        standing = [tp for tp, offset in committed.items() if not offset]
        if standing:
            with suppress(IllegalStateError):  # another rebalance came, and seeks by itself
                await self._thread.seek_to_beginning(*standing)
        return committed

    async def verify_all_partitions_active(self) -> None:
        """See the module."""

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        pass

    def _new_offset(self, tp: TP) -> int | None:
        acked = self._acked[tp]
        if not acked:
            return None
        end: int = max(acked) + 1
        acked.clear()
        self._acked_index[tp].clear()
        return end


class BatchTransport(driver.Transport):
    """The aiokafka transport with a `BatchConsumer` and its `room`."""

    Consumer = BatchConsumer
    room: Room


class BatchApp(faust.App):
    """A Faust app whose consumer delivers batches; `room` bounds their bytes."""

    room: Room

    def _new_transport(self) -> BatchTransport:
        transport = BatchTransport(self.conf.broker_consumer, self, loop=self.loop)
        transport.room = self.room
        return transport


class BatchSchema(faust.Schema):
    """Hands a batch through as it is: parsing is the worker's, and never fails the stream."""

    def compile(self, app: BatchApp, **_: Any) -> Any:
        """Return the decoder that Faust calls for each message."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            return create_event(None, message.value, {}, message)

        return decode
