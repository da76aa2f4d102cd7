"""CloudEvents headers and the value: what is merged, what is refused, what is left alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.cloudevents import FIELDS, all_merged, merged
from schemas.event import Event, parse, to_wire
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES
from schemas.rejection import Reason, Rejection
from tests.schemas.events import EVENTS, NOON, example

CHAT = example(EventType.CHAT, source="bot", event_id="m-1")
BODY = json.loads(to_wire(CHAT))
ENVELOPE = {
    "ce_specversion": "1.0",
    "ce_type": "chat",
    "ce_id": "m-1",
    "ce_source": "bot",
    "ce_time": "2025-07-04T12:00:00Z",
}


def body(*without: str, **changes: Any) -> bytes:
    fields = {name: value for name, value in BODY.items() if name not in without}
    return json.dumps({**fields, **changes}).encode()


def headers(*without: str, **changes: str | bytes | None) -> list[tuple[str, bytes | None]]:
    told = {name: value for name, value in ENVELOPE.items() if name not in without} | changes
    return [(name, v.encode() if isinstance(v, str) else v) for name, v in told.items()]


BARE = body(*FIELDS.values())


def event(value: bytes, its_headers: list[tuple[str, bytes | None]]) -> Event | Rejection:
    whole = merged(value, its_headers)
    assert whole is not None
    return whole if isinstance(whole, Rejection) else parse(whole)


@pytest.mark.parametrize("lacking", [(), *[(name,) for name in FIELDS.values()], FIELDS.values()])
def test_what_the_value_lacks_comes_from_the_headers(lacking: tuple[str, ...]) -> None:
    assert event(body(*lacking), headers()) == CHAT


@pytest.mark.parametrize("header", FIELDS)
def test_what_the_headers_lack_comes_from_the_value(header: str) -> None:
    assert event(body(), headers(header)) == CHAT


@pytest.mark.parametrize(("header", "field"), FIELDS.items())
def test_what_neither_says_is_missing(header: str, field: str) -> None:
    verdict = event(body(field), headers(header))
    assert isinstance(verdict, Rejection)
    assert (verdict.reason, verdict.detail.split(":")[0]) == (Reason.MISSING_FIELD, field)


@pytest.mark.parametrize(
    ("change", "field", "its_value"),
    [
        ({"ce_type": "community.chat"}, "event_type", "chat"),
        ({"ce_time": "2025-07-04T20:00:00.000+08:00"}, "event_time", NOON),
        ({"ce_time": "2025-07-04t11:59:59.9999z"}, "event_time", NOON - 1),
        ({"ce_id": "м-1 群"}, "event_id", "м-1 群"),
        ({"ce_id": 'a"\\\n'}, "event_id", 'a"\\\n'),
        ({"ce_source": "https://bots/7?x=1#y"}, "source", "https://bots/7?x=1#y"),
    ],
)
def test_a_header_is_read_as_its_field_would_be(
    change: dict[str, str], field: str, its_value: object
) -> None:
    verdict = event(BARE, headers(**change))
    assert getattr(verdict, field) == its_value


@pytest.mark.parametrize(
    ("value", "change"),
    [
        (body(), {"ce_time": "2025-07-04T20:00:00.0009+08:00"}),
        (body(event_time="2025-07-04T07:00:00-05:00"), {}),
        (body(), {"ce_type": "community.chat"}),
    ],
)
def test_two_ways_to_say_the_same_agree(value: bytes, change: dict[str, str]) -> None:
    assert event(value, headers(**change)) == CHAT
    assert merged(value, headers(**change)) == value


MISMATCHED: dict[str, tuple[bytes, list[tuple[str, bytes | None]], str]] = {
    "another id": (body(), headers(ce_id="m-2"), "ce_id: not what event_id"),
    "another type": (body(), headers(ce_type="join"), "ce_type: not what event_type"),
    "a type with another prefix": (body(), headers(ce_type="com.x.chat"), "ce_type"),
    "another source": (body(), headers(ce_source="Bot"), "ce_source: not what source"),
    "another time": (body(), headers(ce_time="2025-07-04T12:00:00.001Z"), "ce_time"),
    "a time without an offset": (body(), headers(ce_time="2025-07-04T12:00:00"), "ce_time"),
    "a header twice": (BARE, [*headers(), ("ce_id", b"m-1")], "ce_id: comes 2 times"),
    "a version twice": (BARE, [*headers(), ("ce_specversion", b"1.0")], "ce_specversion: comes"),
    "no UTF-8": (BARE, headers(ce_id=b"m-\xff"), "ce_id: not UTF-8 at byte 2"),
    "an empty header": (BARE, headers(ce_source=b""), "ce_source: empty"),
    "a null header": (BARE, headers(ce_source=None), "ce_source: empty"),
    "an older version": (BARE, headers(ce_specversion="0.3"), "ce_specversion: not 1.0"),
    "a newer version": (BARE, headers(ce_specversion="1.1"), "ce_specversion: not 1.0"),
}


@pytest.mark.parametrize("name", MISMATCHED)
def test_headers_at_odds_are_refused_and_the_value_is_kept(name: str) -> None:
    value, its_headers, detail = MISMATCHED[name]
    verdict = merged(value, its_headers)
    assert isinstance(verdict, Rejection)
    assert verdict.reason is Reason.HEADER_MISMATCH
    assert verdict.detail.startswith(detail)
    assert verdict.raw == value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b"{nope", Reason.NOT_JSON),
        (b"[1]", Reason.NOT_AN_OBJECT),
        (b'"chat"', Reason.NOT_AN_OBJECT),
        (b'{"text":"\xff"}', Reason.BAD_UTF8),
        (b'{"a":1,"a":1}', Reason.DUPLICATE_KEY),
    ],
)
def test_a_value_that_is_no_object_is_refused_for_that(value: bytes, reason: Reason) -> None:
    verdict = merged(value, headers())
    assert isinstance(verdict, Rejection)
    assert (verdict.reason, verdict.raw, verdict.source) == (reason, value, "bot")


@pytest.mark.parametrize(
    ("value", "its_headers", "reason"),
    [
        (body(event_id=7), headers(), Reason.WRONG_TYPE),
        (body(event_time=None), headers(), Reason.WRONG_TYPE),
        (body(event_type=["chat"]), headers(), Reason.WRONG_TYPE),
        (BARE, headers(ce_time="yesterday"), Reason.WRONG_TYPE),
        (BARE, headers(ce_time=str(NOON)), Reason.WRONG_TYPE),
        (BARE, headers(ce_type="dance"), Reason.UNKNOWN_EVENT_TYPE),
        (BARE, headers(ce_id="x" * 129), Reason.ID_TOO_LONG),
        (BARE, headers(ce_id="a\x00b"), Reason.WRONG_TYPE),
    ],
)
def test_what_a_field_may_not_be_is_judged_by_the_contract(
    value: bytes, its_headers: list[tuple[str, bytes | None]], reason: Reason
) -> None:
    verdict = event(value, its_headers)
    assert isinstance(verdict, Rejection)
    assert verdict.reason is reason


@pytest.mark.parametrize(
    "its_headers",
    [
        [],
        [("traceparent", b"00-1-2-01"), ("traceparent", b"00-1-3-01")],
        headers("ce_specversion", ce_id="another"),
        [("CE_SPECVERSION", b"1.0"), ("ce_id", b"another")],
    ],
)
def test_without_a_version_no_header_says_anything(
    its_headers: list[tuple[str, bytes | None]],
) -> None:
    assert merged(body(), its_headers) == body()
    assert merged(BARE, its_headers) == BARE


def test_other_headers_and_extensions_say_nothing() -> None:
    more: list[tuple[str, bytes | None]] = [
        ("content-type", b"application/json"),
        ("ce_subject", b"\xff"),
        ("ce_partitionkey", None),
        ("ce_partitionkey", b"g1"),
    ]
    assert event(BARE, [*headers(), *more]) == CHAT


def test_a_record_without_a_value_stays_one() -> None:
    assert merged(None, headers()) is None


def test_an_empty_object_gets_its_envelope() -> None:
    whole = merged(b" \n{ } ", headers())
    assert isinstance(whole, bytes)
    assert json.loads(whole) == {
        "event_type": "chat", "event_time": "2025-07-04T12:00:00Z", "event_id": "m-1",
        "source": "bot",
    }  # fmt: skip


@given(st.data())
def test_an_event_is_the_same_with_its_envelope_in_the_headers(data: st.DataObject) -> None:
    """Numbers, escapes and spaces of the value are not touched: its bytes are kept."""
    its_type = data.draw(st.sampled_from(FACT_TYPES))
    sent = data.draw(EVENTS[its_type])
    text = to_wire(sent).decode()
    fields = json.loads(text)
    moved = data.draw(st.sets(st.sampled_from(["event_type", "event_id", "source"])))
    told = [
        (header, str(fields[name]).encode()) for header, name in FIELDS.items() if name in moved
    ]
    pairs = [(name, value) for name, value in fields.items() if name not in moved]
    indent = data.draw(st.sampled_from([None, 1]))
    value = json.dumps(dict(pairs), indent=indent, ensure_ascii=data.draw(st.booleans())).encode()
    assert event(value, [("ce_specversion", b"1.0"), *told]) == sent


def test_a_batch_is_merged_record_by_record() -> None:
    mixed = [body(), BARE, BARE, None, body(), BARE + b" " * 1000]
    its_headers = [(), headers(), headers(ce_id=b"\xff"), headers(), headers(ce_id="z"), headers()]
    values, rejected = all_merged(mixed, its_headers, max_bytes=len(BARE) + 999)
    assert values[0] == body()
    assert parse(values[1] or b"") == CHAT
    assert values[2:] == [None, None, None, BARE + b" " * 1000]
    assert {index: rejection.raw for index, rejection in rejected.items()} == {2: BARE, 4: body()}
