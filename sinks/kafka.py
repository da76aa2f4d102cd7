"""The way into Kafka: events to their topics, refused lines to the dead letters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError

from pipeline.clock import SharedClock
from pipeline.core.routing import partition_for, routing_key
from pipeline.counted import counted
from pipeline.errors import BrokerError
from pipeline.settings import Settings
from schemas.control import RebuildWindows, record_of
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.heartbeat import Heartbeat
from sinks.broker import broker_errors, connection
from sinks.dead_letter import DeadLetter, RejectedLine, line_record, stored_record
from sinks.topics import DEAD_LETTER, MAX_RECORD_BYTES, SOURCES, list_topics

LINGER_MS = 25
BATCH_BYTES = 256 * 1024
FLUSH_EVERY = 50_000
"""Records between two flushes of our own: the producer's memory has no bound of its own."""

DELIVERY_SECONDS = 120
REQUEST_SECONDS = 30
_TOPIC_OF: Mapping[EventType, str] = {event_type: topic for topic, event_type in SOURCES.items()}


class EventWriter:
    """Writes events keyed as the worker expects them (acks=all, idempotent, lz4).

    Delivery: a send is durable once a `flush` after it returns. A failed one raises BrokerError
    at the next send or flush; whatever was sent since the last flush is then sent again by the
    source, and counts once, as its ids are the same. Use it from one thread.
    """

    def __init__(self, settings: Settings, *, role: str = "source") -> None:
        self._kafka = settings.kafka
        self._clock = SharedClock(settings.clock_file)
        self._failure: Exception | None = None
        self._unflushed = 0
        self._require_partitions()
        with broker_errors(self._kafka):
            self._producer = KafkaProducer(
                **connection(self._kafka, role=role),
                acks="all",
                enable_idempotence=True,
                compression_type="lz4",
                linger_ms=LINGER_MS,
                batch_size=BATCH_BYTES,
                max_request_size=MAX_RECORD_BYTES,
                delivery_timeout_ms=DELIVERY_SECONDS * 1000,
                request_timeout_ms=REQUEST_SECONDS * 1000,
                allow_auto_create_topics=False,
                metrics_enabled=False,
            )

    def send(self, event: Event) -> None:
        """Hand over one event; see the class for when it is durable."""
        key = routing_key(event.group_id or "", event.user_id or "", event.event_id)
        self._send(
            _TOPIC_OF[event.event_type],
            partition_for(key, self._kafka.partitions),
            to_wire(event),
            key,
        )

    def send_rejection(self, line: RejectedLine) -> None:
        """Hand over one refused line of an import for the dead letters."""
        key = line.origin.encode("utf-8", "backslashreplace")
        partition = partition_for(key, self._kafka.partitions)
        self._send(DEAD_LETTER, partition, line_record(line), key)

    def send_letter(self, letter: DeadLetter) -> None:
        """Publish a dead letter of the worker's, whose row is stored, for other readers."""
        self._send(DEAD_LETTER, letter.partition, stored_record(letter), None)

    def heartbeat(self, source: str) -> None:
        """Flush, then beat for `source` into every partition: all it has sent lies before that."""
        self.flush()
        now = self._clock.now_ms()
        for partition in range(self._kafka.partitions):
            beat = Heartbeat(
                event_id=uuid4().hex, event_time=now, source=source, partition=partition
            )
            self._send(_TOPIC_OF[EventType.HEARTBEAT], partition, to_wire(beat), None)
        self.flush()

    def order(self, orders: Iterable[tuple[str, int, RebuildWindows]]) -> list[int]:
        """Write an order into each (topic, partition); their offsets, once all are durable."""
        sent = [
            self._send(topic, partition, value, None, headers)
            for topic, partition, order in orders
            for value, headers in [record_of(order)]
        ]
        self.flush()
        return [one.value.offset for one in sent]

    def flush(self) -> None:
        """Wait until all that was sent is durable; BrokerError if some of it never will be."""
        with broker_errors(self._kafka):
            self._producer.flush(timeout=DELIVERY_SECONDS + 10)
        self._unflushed = 0
        self._raise_failure()

    def close(self) -> None:
        """Flush and close."""
        try:
            self.flush()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Close at once; what was not flushed may be lost."""
        try:
            self._producer.close(timeout=0)
        except KafkaTimeoutError:  # it flushes first, and stays open where that takes time
            self._producer._sender.force_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _send(
        self,
        topic: str,
        partition: int,
        value: bytes,
        key: bytes | None,
        headers: Sequence[tuple[str, bytes]] = (),
    ) -> Any:
        self._raise_failure()
        with broker_errors(self._kafka):
            sent = self._producer.send(
                topic, value=value, key=key, partition=partition, headers=list(headers)
            )
        sent.add_errback(self._note)
        self._unflushed += 1
        if self._unflushed >= FLUSH_EVERY:
            self.flush()
        return sent

    def _note(self, failure: Exception) -> None:
        self._failure = self._failure or failure

    def _raise_failure(self) -> None:
        failure, self._failure = self._failure, None
        if failure is not None:
            with broker_errors(self._kafka):
                raise failure

    def _require_partitions(self) -> None:
        """A record in a partition that the worker does not expect would be refused as misrouted."""
        wanted = self._kafka.partitions
        odd = [state for state in list_topics(self._kafka) if state.partitions != wanted]
        if odd:
            found = ", ".join(f"{state.name} has {state.partitions}" for state in odd[:3])
            more = f", and {len(odd) - 3} more" if len(odd) > 3 else ""
            raise BrokerError(
                f"Every topic must have {counted(wanted, 'partition')}: {found}{more}",
                where=f"PULSE_KAFKA__BOOTSTRAP={self._kafka.bootstrap}",
                remedy="Run `pulse topics create`, or set PULSE_KAFKA__PARTITIONS to their count.",
            )
