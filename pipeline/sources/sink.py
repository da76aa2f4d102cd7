"""Where sources send: the little they need of a broker, so that all of them run without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from schemas.event import Event
from schemas.rejection import Reason


@dataclass(frozen=True)
class LineRejection:
    """A line of an import file that is no event; it goes to the dead letters as it stands.

    `origin` is `source:file`, so that a second import names the same place; `detail` says what
    is wrong without quoting the line.
    """

    source: str
    file: str
    line: int
    reason: Reason
    detail: str
    payload: bytes

    @property
    def origin(self) -> str:
        """Where dead letters file it."""
        return f"{self.source}:{self.file}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.reason} {self.detail}"


class EventSink(Protocol):
    """Takes events and rejected lines; `flush` returns once all of them are durable.

    Delivery: a send may be held back until `flush`; BrokerError when the broker fails for good.
    """

    def send(self, event: Event) -> None:
        """Hand over one event."""

    def send_rejection(self, rejection: LineRejection) -> None:
        """Hand over one line for the dead letters."""

    def flush(self) -> None:
        """Wait until everything handed over is durable."""


class LiveSink(EventSink, Protocol):
    """A sink for a source that runs on, and so must show that it is alive."""

    def heartbeat(self, source: str) -> None:
        """Flush, then beat for `source` into every partition, durably."""


@dataclass
class ListSink:
    """Keeps what it is given: for dry runs and tests."""

    events: list[Event] = field(default_factory=list)
    rejections: list[LineRejection] = field(default_factory=list)
    beats: list[str] = field(default_factory=list)

    def send(self, event: Event) -> None:
        """Keep the event."""
        self.events.append(event)

    def send_rejection(self, rejection: LineRejection) -> None:
        """Keep the line."""
        self.rejections.append(rejection)

    def flush(self) -> None:
        """Nothing is held back."""

    def heartbeat(self, source: str) -> None:
        """Keep the beat."""
        self.beats.append(source)


class NullSink:
    """Takes everything and keeps nothing: a dry run, which only counts."""

    def send(self, event: Event) -> None:
        """Drop the event."""

    def send_rejection(self, rejection: LineRejection) -> None:
        """Drop the line."""

    def flush(self) -> None:
        """Nothing is held back."""

    def heartbeat(self, source: str) -> None:
        """Drop the beat."""
