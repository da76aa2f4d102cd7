"""Running an import: what a reader yields goes to the sink, and every line is accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.sources.sink import EventSink, LineRejection
from schemas.event import Event
from schemas.event_type import EventType
from schemas.rejection import Reason

FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Found:
    """An event, and how many lines of the input it was made of."""

    event: Event
    lines: int = 1


@dataclass(frozen=True)
class Skipped:
    """Lines that are well-formed and no event, such as a log's noise or a file's header."""

    kind: str
    lines: int = 1


Item = Found | Skipped | LineRejection
"""What a reader makes of its input: every line is in exactly one item."""


@dataclass
class ImportSummary:
    """What became of the lines: `read` = lines of events + skipped + rejected."""

    read: int = 0
    sent: Counter[EventType] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    rejected: Counter[Reason] = field(default_factory=Counter)
    faults: list[LineRejection] = field(default_factory=list)
    """The first rejected lines, to be shown."""

    def as_json(self) -> dict[str, object]:
        """For `--json`: events by type, lines by kind and reason."""
        return {
            "read": self.read,
            "sent": {str(kind): n for kind, n in sorted(self.sent.items())},
            "skipped": dict(sorted(self.skipped.items())),
            "rejected": {str(reason): n for reason, n in sorted(self.rejected.items())},
        }


def run_import(items: Iterable[Item], sink: EventSink) -> ImportSummary:
    """Send everything and return the account of it.

    Delivery: on return all events and rejections are durable. On BrokerError some are; the
    same import run again completes it, for ids are derived.
    """
    summary = ImportSummary()
    for item in items:
        match item:
            case Found(event, lines):
                sink.send(event)
                summary.sent[event.event_type] += 1
            case Skipped(kind, lines):
                summary.skipped[kind] += lines
            case LineRejection(reason=reason):
                lines = 1
                sink.send_rejection(item)
                summary.rejected[reason] += 1
                if len(summary.faults) < FAULTS_SHOWN:
                    summary.faults.append(item)
        summary.read += lines
    sink.flush()
    return summary
