"""Sends events as they happen, at a steady rate, from a process of its own.

`python -m tests.benchmarks.sender BROKER --rate 10000 --groups 200 --seconds 60`: chats of groups
g0, g1, ... in turn, each stamped with the moment at which it is sent; beside them, if asked for,
chats in a group of each partition (`probes`), which `latency.py` looks for. The members of g0 and
so on join first; a heartbeat comes every second.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Annotated

import typer
from aiokafka import AIOKafkaProducer

from pipeline.core.routing import partition_for
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.heartbeat import Heartbeat
from sinks.topics import topic_of
from tests.benchmarks.course import KEY_ID
from tests.benchmarks.fill import BATCH_BYTES, PARTITIONS
from tests.benchmarks.generate import value_of

TICK_S = 0.01
MEMBERS = 20
SOURCE = "bench"


@cache
def probes() -> list[str]:
    """One group for each partition, by its number."""
    names = (f"probe-{number}" for number in itertools.count())
    by_home: dict[int, str] = {}
    while len(by_home) < PARTITIONS:
        name = next(names)
        by_home.setdefault(partition_for(name.encode(), PARTITIONS), name)
    return [by_home[number] for number in range(PARTITIONS)]


def command(
    broker: str, *, rate: float, groups: int, seconds: float, probing: bool = False
) -> list[str]:
    """The command that sends so."""
    words = {"rate": rate, "groups": groups, "seconds": seconds, "probes-per-s": 10 * probing}
    options = [word for name, value in words.items() for word in (f"--{name}", str(value))]
    return [sys.executable, "-m", "tests.benchmarks.sender", broker, *options]


class Sender:
    """Batches of one tick, by topic and partition."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._batches: dict[tuple[str, int], object] = {}
        self._numbers = itertools.count(time.time_ns())

    def add(self, kind: str, group: str, member: int) -> None:
        """One event, now."""
        place = topic_of(EventType(kind)), partition_for(group.encode(), PARTITIONS)
        now_ms = time.time_ns() // 1_000_000
        number = next(self._numbers)
        value = value_of(kind, number, event_ms=now_ms, group=group, member=member, key_id=KEY_ID)
        self._put(place, group.encode(), value)

    def beat(self) -> None:
        """A heartbeat into every partition."""
        now_ms = time.time_ns() // 1_000_000
        for partition in range(PARTITIONS):
            number = str(next(self._numbers))
            beat = Heartbeat(event_time=now_ms, event_id=number, source=SOURCE, partition=partition)
            self._put((topic_of(EventType.HEARTBEAT), partition), None, to_wire(beat))

    async def send(self) -> None:
        """Hand over everything of this tick."""
        for (topic, partition), batch in self._batches.items():
            await self._producer.send_batch(batch, topic, partition=partition)
        self._batches.clear()

    def _put(self, place: tuple[str, int], key: bytes | None, value: bytes) -> None:
        batch = self._batches.setdefault(place, self._producer.create_batch())
        batch.append(timestamp=None, key=key, value=value)


def main(
    broker: str,
    rate: Annotated[float, typer.Option(help="Events per second.")] = 10_000,
    groups: Annotated[int, typer.Option(help="Groups they belong to.")] = 200,
    seconds: Annotated[float, typer.Option(help="For how long.")] = 60,
    probes_per_s: Annotated[float, typer.Option(help="Chats of each probe a second.")] = 0,
) -> None:
    """Send, and end."""
    asyncio.run(_send(broker, rate, groups, seconds, probes_per_s))


async def _send(broker: str, rate: float, groups: int, seconds: float, probes_per_s: float) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=broker, compression_type="lz4", max_batch_size=BATCH_BYTES, acks="all"
    )
    await producer.start()
    sender = Sender(producer)
    try:
        for number in range(groups * MEMBERS):
            sender.add("join", f"g{number % groups}", number)
            if number % 1000 == 999:
                await sender.send()
        await sender.send()
        streams = [
            _Stream(1.0, lambda _: sender.beat()),
            _Stream(rate, chat_of(sender, groups)),
            _Stream(probes_per_s * PARTITIONS, probe_of(sender)),
        ]
        began = time.monotonic()
        while (passed := time.monotonic() - began) < seconds:
            for stream in streams:
                stream.until(passed)
            await sender.send()
            await asyncio.sleep(max(0.0, TICK_S - (time.monotonic() - began - passed)))
    finally:
        await producer.stop()


class _Stream:
    """Something done so many times a second, told the how manieth time it is."""

    def __init__(self, per_s: float, do: Callable[[int], object]) -> None:
        self._per_s = per_s
        self._do = do
        self._done = 0

    def until(self, passed: float) -> None:
        """Do what is due by then."""
        due = int(passed * self._per_s)
        for number in range(self._done, due):
            self._do(number)
        self._done = due


def chat_of(sender: Sender, groups: int) -> Callable[[int], None]:
    """Chats of all groups in turn."""
    return lambda n: sender.add("chat", f"g{n % groups}", n % (groups * MEMBERS))


def probe_of(sender: Sender) -> Callable[[int], None]:
    """Chats of the probes in turn."""
    watched = probes()
    return lambda n: sender.add("chat", watched[n % PARTITIONS], 1)


if __name__ == "__main__":
    typer.run(main)
