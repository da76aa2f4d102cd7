"""Stretches of the log read in order, outside of any consumer group: fast, and from any thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from pipeline.settings import KafkaSettings
from sinks.broker import broker_failure, connection
from sinks.topics import MAX_RECORD_BYTES

READ_SECONDS = 30
RECORDS_AT_ONCE = 20_000
FETCH_WAIT_MS = 10
"""The broker may hold a fetch that finds nothing for so long, and what is asked after it as well.

One is on the way when a partition was read to its end, and the next partition waits for it.
"""

T = TypeVar("T")


class LogReader:
    """Reads everything but Kafka's own markers, records of open transactions too.

    Every call raises BrokerError when the broker fails, or gives nothing for 30 s.
    """

    def __init__(self, kafka: KafkaSettings, *, role: str) -> None:
        self._kafka = kafka
        self._loop = asyncio.new_event_loop()
        self._consumer: AIOKafkaConsumer | None = None
        try:
            self._run(self._open(role))
        except BaseException:
            self._close()
            raise

    def start(self, topic: str, partition: int) -> int:
        """The first offset that the log still has."""
        place = TopicPartition(topic, partition)
        found: int = self._run(self._asked.beginning_offsets([place]))[place]
        return found

    def end(self, topic: str, partition: int) -> int:
        """The offset that the next record will get."""
        place = TopicPartition(topic, partition)
        found: int = self._run(self._asked.end_offsets([place]))[place]
        return found

    def since(self, topic: str, partition: int, moment_ms: int) -> int:
        """The first offset appended at this moment or later; the end where there is none."""
        place = TopicPartition(topic, partition)
        found = self._run(self._asked.offsets_for_times({place: moment_ms}))[place]
        return self.end(topic, partition) if found is None else int(found.offset)

    def read(self, topic: str, partition: int, start: int, stop: int) -> Iterator[Sequence[Any]]:
        """The records of [start, stop) in order, some thousands at once; none is an empty list."""
        place = TopicPartition(topic, partition)
        self._run(self._go_to(place, start))
        deadline = time.monotonic() + READ_SECONDS
        at = start
        while at < stop:
            fetched = self._run(
                self._asked.getmany(place, timeout_ms=500, max_records=RECORDS_AT_ONCE)
            )
            wanted = [record for record in fetched.get(place, ()) if record.offset < stop]
            if wanted:
                yield wanted
            now = self._run(self._asked.position(place))
            if now > at:
                at, deadline = now, time.monotonic() + READ_SECONDS
            elif time.monotonic() > deadline:
                why = f"no record of {topic}, partition {partition}, from {at} on"
                raise broker_failure(self._kafka, why)

    async def _open(self, role: str) -> None:
        arguments = connection(self._kafka, role=role)
        del arguments["bootstrap_timeout_ms"]
        self._consumer = AIOKafkaConsumer(
            **arguments,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=MAX_RECORD_BYTES,
            fetch_max_wait_ms=FETCH_WAIT_MS,
        )
        await self._consumer.start()

    async def _go_to(self, place: TopicPartition, offset: int) -> None:
        self._asked.assign([place])
        self._asked.seek(place, offset)

    @property
    def _asked(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            raise ValueError("it is closed")
        return self._consumer

    def _run(self, asked: Coroutine[Any, Any, T]) -> T:
        try:
            return self._loop.run_until_complete(asked)
        except (KafkaError, OSError) as error:
            raise broker_failure(self._kafka, str(error) or type(error).__name__) from error

    def _close(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            self._loop.run_until_complete(consumer.stop())
        self._loop.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._close()
