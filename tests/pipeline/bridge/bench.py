"""A channel or a bridge on a clock of the test's own: what waits, waits no time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.alerting.messages.message import Message
from pipeline.alerting.messages.notification import Notification, notification
from pipeline.bridge.causes import Causes
from pipeline.bridge.channel import Channel, Clock
from pipeline.bridge.ledger import Ledger
from pipeline.bridge.metrics import Metrics
from pipeline.bridge.service import Bridge
from pipeline.errors import PulseError
from tests.pipeline.alerting.messages.cases import call


@dataclass
class Hands:
    """A clock that moves when somebody waits, and by hand."""

    now_s: float = 1_795_867_200.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(lambda: int(self.now_s * 1000), lambda: self.now_s, self.sleep)


@dataclass
class Reader:
    """Takes messages, or raises what it is told to first; `gate` holds each back."""

    failures: list[Exception] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)
    attempts: list[Message] = field(default_factory=list)
    gate: asyncio.Event | None = None

    async def __call__(self, message: Message) -> None:
        self.attempts.append(message)
        if self.gate is not None:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        self.taken.append(message)

    async def until_asked(self) -> None:
        """Until a message has come, which the gate may still hold back."""
        async with asyncio.timeout(120):
            while not self.attempts:
                await asyncio.sleep(0)

    def groups(self) -> list[list[str]]:
        """The groups of each message, those that ended in brackets."""
        return [
            [item.group_id if item.firing else f"({item.group_id})" for item in message.items]
            for message in self.taken
        ]


def told(*alerts: dict[str, Any], group_key: str = "g") -> Notification:
    return notification(call(*alerts, group_key=group_key))


def away(arguments: Mapping[str, object]) -> Mapping[str, object]:
    raise PulseError("The store is away")


class Bench:
    """Channels by name, each with a reader; both kinds go to all of them."""

    def __init__(
        self,
        *names: str,
        per_minute: int = 100_000,
        record: Any = away,
        silence_ms: int = 0,
        ping: Any = None,
        ledger: Ledger | None = None,
        answer_s: float = 5.0,
    ) -> None:
        self.hands = Hands()
        self.ledger = ledger or Ledger(None, repeat_ms=3_600_000)
        self.metrics = Metrics(names)
        self.readers = {name: Reader() for name in names}
        self.channels = {
            name: Channel(
                name,
                reader,
                per_minute=per_minute,
                ledger=self.ledger,
                metrics=self.metrics,
                clock=self.hands.clock(),
            )
            for name, reader in self.readers.items()
        }
        every: Sequence[Channel] = tuple(self.channels.values())
        self.causes = Causes(record, seconds=1.0)
        self.bridge = Bridge(
            {"page": every, "notice": every[:1]},
            causes=self.causes,
            ledger=self.ledger,
            metrics=self.metrics,
            clock=self.hands.clock(),
            answer_s=answer_s,
            silence_ms=silence_ms,
            ping=ping,
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Bench:
        self._tasks = [asyncio.create_task(one.run()) for one in self.channels.values()]
        return self

    async def __aexit__(self, *_: object) -> None:
        self.causes.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def sample(self, name: str, **labels: str) -> float:
        """The value of a series at /metrics."""
        value = self.metrics._registry.get_sample_value(name, labels)
        assert value is not None, name
        return value
