"""Single records read back from the log, at their places."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition

from pipeline.errors import BrokerError
from pipeline.settings import KafkaSettings
from sinks.broker import broker_errors, connection
from sinks.topics import MAX_RECORD_BYTES

READ_SECONDS = 30


class RecordReader:
    """Reads records one by one, outside of any consumer group. Use it from one thread."""

    def __init__(self, kafka: KafkaSettings, *, role: str) -> None:
        self._kafka = kafka
        with broker_errors(kafka):
            self._consumer = KafkaConsumer(
                **connection(kafka, role=role),
                group_id=None,
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_poll_records=1,
                max_partition_fetch_bytes=MAX_RECORD_BYTES,
            )

    def at(self, topic: str, partition: int, offset: int) -> Any | None:
        """The record there, None if the log has none (any more).

        Raises BrokerError if the broker fails, or gives no answer within 30 s.
        """
        place = TopicPartition(topic, partition)
        with broker_errors(self._kafka):
            if partition not in (self._consumer.partitions_for_topic(topic) or ()):
                return None
            self._consumer.assign([place])
            first = self._consumer.beginning_offsets([place])[place]
            end = self._consumer.end_offsets([place])[place]
            if not first <= offset < end:
                return None
            self._consumer.seek(place, offset)
            deadline = time.monotonic() + READ_SECONDS
            while time.monotonic() < deadline:
                for record in self._consumer.poll(timeout_ms=1_000).get(place, ()):
                    return record if record.offset == offset else None
        raise BrokerError(
            f"Kafka does not give the record {offset} of {topic}, partition {partition}",
            where=f"PULSE_KAFKA__BOOTSTRAP={self._kafka.bootstrap}",
            remedy="Are all brokers up? `pulse topics list` asks them. Then try again.",
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._consumer.close()
