from __future__ import annotations

import pytest

from schemas.decode import YEAR_2000_MS, Limits, decode
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason, Rejection
from tests.schemas.events import NOON, example

LIMITS = Limits(currency="EUR", key_id="k1", kept_ms=2000, max_bytes=1000)
CHAT = to_wire(example(EventType.CHAT))


def verdict(value: bytes | None, topic_type: EventType = EventType.CHAT) -> Reason | Event:
    found = decode(value, topic_type=topic_type, limits=LIMITS, latest_ms=NOON + 1000)
    return found.reason if isinstance(found, Rejection) else found


@pytest.mark.parametrize("event_type", EventType)
def test_an_event_of_the_topic_is_accepted(event_type: EventType) -> None:
    event = example(event_type)
    assert verdict(to_wire(event), event_type) == event


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, Reason.NULL_VALUE),
        (b"", Reason.NOT_JSON),
        (b"hello", Reason.NOT_JSON),
        (b"\xff", Reason.BAD_UTF8),
        (b"[]", Reason.NOT_AN_OBJECT),
        (CHAT + b" " * 1000, Reason.TOO_LARGE),
        (b"x" * 1_000_000, Reason.TOO_LARGE),
        (CHAT[:-1] + b',"user_id":"u2"}', Reason.DUPLICATE_KEY),
        (to_wire(example(EventType.JOIN)), Reason.WRONG_TOPIC),
        (to_wire(example(EventType.HEARTBEAT)), Reason.WRONG_TOPIC),
    ],
)
def test_values_that_are_no_chat(value: bytes | None, reason: Reason) -> None:
    assert verdict(value) is reason


def test_newlines_between_tokens_are_json() -> None:
    assert verdict(CHAT.replace(b",", b",\n").replace(b":", b" :\r\n")) == example(EventType.CHAT)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (example(EventType.CHAT, key_id=""), Reason.NOT_PSEUDONYMISED),
        (example(EventType.CHAT, key_id="k2"), Reason.FOREIGN_KEY),
        (example(EventType.HEARTBEAT, staff_id="s1"), Reason.NOT_PSEUDONYMISED),
        (example(EventType.HEARTBEAT, key_id="k2"), Reason.FOREIGN_KEY),
        (example(EventType.ORDER, currency="USD"), Reason.FOREIGN_CURRENCY),
        (example(EventType.REFUND, currency="USD"), Reason.FOREIGN_CURRENCY),
        (example(EventType.CHAT, event_time=0), Reason.BEFORE_2000),
        (example(EventType.CHAT, event_time=YEAR_2000_MS - 1), Reason.BEFORE_2000),
        (example(EventType.CHAT, event_time=YEAR_2000_MS), Reason.BEYOND_RETENTION),
        (example(EventType.CHAT, event_time=NOON - 1001), Reason.BEYOND_RETENTION),
        (example(EventType.CHAT, event_time=NOON + 1001), Reason.FUTURE_TIME),
        (example(EventType.CHAT, event_time=2**63 - 1), Reason.FUTURE_TIME),
    ],
)
def test_limits(event: Event, reason: Reason) -> None:
    assert verdict(to_wire(event), event.event_type) is reason


@pytest.mark.parametrize("event_ms", [NOON - 1000, NOON + 1000])
def test_both_ends_of_time_are_allowed(event_ms: int) -> None:
    event = example(EventType.CHAT, event_time=event_ms)
    assert verdict(to_wire(event)) == event


def test_rejection_keeps_the_value() -> None:
    found = decode(CHAT, topic_type=EventType.JOIN, limits=LIMITS, latest_ms=NOON)
    assert found == Rejection(
        Reason.WRONG_TOPIC, "chat in the topic of join", CHAT, event_type="chat", source="test"
    )


def test_without_a_key_no_person_is_accepted() -> None:
    limits = Limits(currency="EUR", key_id="", kept_ms=NOON)
    found = decode(
        to_wire(example(EventType.CHAT, key_id="")),
        topic_type=EventType.CHAT,
        limits=limits,
        latest_ms=NOON,
    )
    assert isinstance(found, Rejection)
    assert found.reason is Reason.NOT_PSEUDONYMISED
