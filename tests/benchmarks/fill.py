"""Fills topics fast: whole record batches, built here and sent as they are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer

from pipeline.core.routing import partition_for
from pipeline.progress import Progress, unwatched
from schemas.event_type import EventType
from sinks.topics import topic_of
from tests.benchmarks.generate import MINUTE_MS, Event

PARTITIONS = 4
BATCH_BYTES = 500_000
IN_FLIGHT = 64
TOLD_EVERY = 20_000


@dataclass
class Filled:
    """What the topics hold: events by type, and the windows that an exact count has to find."""

    events: Counter[str] = field(default_factory=Counter)
    chat_windows: set[tuple[int, int]] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Events of all types."""
        return self.events.total()

    def note(self, event: Event) -> None:
        self.events[event.kind] += 1
        if event.kind == "chat":
            self.chat_windows.add((event.group, event_minute(event.value)))


def event_minute(value: bytes) -> int:
    """The minute of an event, from its JSON as `generate` writes it."""
    at = value.index(b'"event_time":') + 13
    return int(value[at : value.index(b",", at)]) // MINUTE_MS


def fill(
    bootstrap: str, events: Iterable[Event], total: int, progress: Progress = unwatched
) -> Filled:
    """Send all of `events` to their topics, lz4, in order within each partition."""
    return asyncio.run(_fill(bootstrap, events, total, progress))


async def _fill(bootstrap: str, events: Iterable[Event], total: int, progress: Progress) -> Filled:
    filled = Filled()
    batches = {}
    homes: dict[int, tuple[bytes, int]] = {}
    sent: set[asyncio.Future[object]] = set()
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, compression_type="lz4", max_batch_size=BATCH_BYTES, acks="all"
    )
    await producer.start()

    async def send(place: tuple[str, int]) -> None:
        topic, partition = place
        sent.add(await producer.send_batch(batches.pop(place), topic, partition=partition))
        if len(sent) >= IN_FLIGHT:
            done, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
            sent.difference_update(done)
            for one in done:
                one.result()

    try:
        for number, event in enumerate(events, 1):
            filled.note(event)
            if event.group not in homes:
                key = f"g{event.group}".encode()
                homes[event.group] = key, partition_for(key, PARTITIONS)
            key, partition = homes[event.group]
            place = topic_of(EventType(event.kind)), partition
            if place not in batches:
                batches[place] = producer.create_batch()
            added = batches[place].append(timestamp=None, key=key, value=event.value)
            if added is None:
                await send(place)
                batches[place] = producer.create_batch()
                batches[place].append(timestamp=None, key=key, value=event.value)
            if number % TOLD_EVERY == 0:
                progress("filling the topics", number, total)
                await asyncio.sleep(0)
        for place in list(batches):
            await send(place)
        for one in sent:
            await one
    finally:
        await producer.stop()
    return filled
