"""One record of the log: an event that counts, or the reason why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from schemas.event import PERSON_FIELDS, Event, parse
from schemas.event_type import EventType
from schemas.rejection import Reason, Rejection

YEAR_2000_MS: Final = 946_684_800_000
MAX_EVENT_BYTES: Final = 512 * 1024
FOR_GOOD_MS: Final = 1 << 52
"""As `Limits.kept_ms`: facts of any time are kept."""


@dataclass(frozen=True)
class Limits:
    """What an installation takes, beside the contract.

    `currency` is the reporting currency, `key_id` the pseudonym key in use, `kept_ms` how far
    below the latest event time to believe facts are surely still kept, `max_bytes` the largest
    value.
    """

    currency: str
    key_id: str
    kept_ms: int
    max_bytes: int = MAX_EVENT_BYTES


def decode(
    value: bytes | None, *, topic_type: EventType, limits: Limits, latest_ms: int
) -> Event | Rejection:
    """The event in the value of a record of `topic_type`'s topic. Never raises.

    `latest_ms` is the latest event time to believe, from the record's append time, so that a
    replay judges alike.
    """
    if value is None:
        return Rejection(Reason.NULL_VALUE, "no value", None)
    if len(value) > limits.max_bytes:
        return Rejection(Reason.TOO_LARGE, f"{len(value)} bytes", value)
    event = parse(value)
    if isinstance(event, Rejection):
        return event
    fault = _fault(event, topic_type, limits, latest_ms)
    if fault is None:
        return event
    reason, detail = fault
    return Rejection(reason, detail, value, event_type=event.event_type, source=event.source)


def _fault(
    event: Event, topic_type: EventType, limits: Limits, latest_ms: int
) -> tuple[Reason, str] | None:
    """The first limit that `event` breaks."""
    if event.event_type is not topic_type:
        return Reason.WRONG_TOPIC, f"{event.event_type} in the topic of {topic_type}"
    if event.key_id and event.key_id != limits.key_id:
        return Reason.FOREIGN_KEY, "key_id: not the key in use"
    if not event.key_id and any(getattr(event, name) for name in PERSON_FIELDS[topic_type]):
        return Reason.NOT_PSEUDONYMISED, "key_id: missing, but a person is named"
    if getattr(event, "currency", limits.currency) != limits.currency:
        return Reason.FOREIGN_CURRENCY, "currency: not the reporting currency"
    return _fault_of_time(event.event_time, latest_ms - limits.kept_ms, latest_ms)


def _fault_of_time(event_ms: int, oldest_ms: int, latest_ms: int) -> tuple[Reason, str] | None:
    if event_ms < YEAR_2000_MS:
        return Reason.BEFORE_2000, "event_time: before the year 2000"
    if event_ms < oldest_ms:
        return Reason.BEYOND_RETENTION, "event_time: before the oldest facts that are kept"
    if event_ms > latest_ms:
        return Reason.FUTURE_TIME, f"event_time: {event_ms - latest_ms} ms after the latest allowed"
    return None
