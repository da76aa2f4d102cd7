from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import MODELS, PERSON_FIELDS, parse, to_wire
from schemas.event_type import EventType
from schemas.rejection import Reason, Rejection
from tests.schemas.events import EVENTS, NOON, example

CHAT = json.loads(to_wire(example(EventType.CHAT)))
ORDER = json.loads(to_wire(example(EventType.ORDER)))
ABSENT = object()


def changed(record: dict[str, object], **changes: object) -> bytes:
    fields = {name: value for name, value in (record | changes).items() if value is not ABSENT}
    return json.dumps(fields).encode()


def reason(value: bytes) -> Reason | None:
    verdict = parse(value)
    return verdict.reason if isinstance(verdict, Rejection) else None


@given(st.one_of(*EVENTS.values()))
def test_what_is_written_is_read_back(event: object) -> None:
    assert parse(to_wire(event)) == event  # type: ignore[arg-type]


@pytest.mark.parametrize("event_type", EventType)
def test_every_type_is_written_and_read(event_type: EventType) -> None:
    event = example(event_type)
    assert parse(to_wire(event)) == event


def test_canonical_form() -> None:
    assert to_wire(example(EventType.ORDER, group_id=None)) == (
        b'{"event_type":"order","event_time":1751630400000,"event_id":"e1","user_id":"u1",'
        b'"source":"test","key_id":"k1","order_id":"o1","status":"paid","currency":"EUR",'
        b'"amount_paid":"12.50","items":[{"product_id":"p1","qty":2,"unit_price":"6.25"}]}'
    )


def test_ids_with_quotes_newlines_and_emoji() -> None:
    event = example(EventType.CHAT, user_id='a"b\n😀', group_id="\\")
    assert to_wire(event).count(b"\n") == 0
    assert parse(to_wire(event)) == event


@pytest.mark.parametrize("event_type", EventType)
def test_every_field_has_a_meaning(event_type: EventType) -> None:
    assert all(field.description for field in MODELS[event_type].model_fields.values())


def test_persons() -> None:
    assert PERSON_FIELDS == {
        EventType.CHAT: ("user_id", "staff_id", "mentions"),
        EventType.JOIN: ("user_id", "staff_id", "inviter_id"),
        EventType.LEAVE: ("user_id", "staff_id", "operator_id"),
        EventType.ORDER: ("user_id", "staff_id"),
        EventType.REFUND: ("user_id", "staff_id"),
        EventType.VIEW: ("user_id", "staff_id", "visitor_id"),
        EventType.REACTION: ("user_id", "staff_id"),
        EventType.PUBLISH: ("user_id", "staff_id"),
        EventType.INVITE: ("user_id", "staff_id", "inviter_id"),
        EventType.DELIVERY: ("user_id", "staff_id"),
        EventType.CONTACT: ("user_id", "staff_id"),
        EventType.SPEND: ("user_id", "staff_id"),
        EventType.ACTIVITY: ("user_id", "staff_id"),
        EventType.CHECKIN: ("user_id", "staff_id"),
        EventType.SESSION: ("user_id", "staff_id", "to_staff_id"),
        EventType.FEEDBACK: ("user_id", "staff_id"),
        EventType.STAFF_ACTION: ("user_id", "staff_id", "target_user_id"),
        EventType.TAG: ("user_id", "staff_id"),
        EventType.HEARTBEAT: ("staff_id",),
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"event_type": ABSENT}, Reason.MISSING_FIELD),
        ({"event_type": 3}, Reason.WRONG_TYPE),
        ({"event_type": "shout"}, Reason.UNKNOWN_EVENT_TYPE),
        ({"message_id": ABSENT}, Reason.MISSING_FIELD),
        ({"group_id": ABSENT}, Reason.MISSING_FIELD),
        ({"user_id": None}, Reason.WRONG_TYPE),
        ({"topic_id": None}, None),
        ({"colour": "red"}, Reason.UNKNOWN_FIELD),
        ({"amount_paid": "1.00"}, Reason.UNKNOWN_FIELD),
        ({"msg_type": "poem"}, Reason.WRONG_TYPE),
        ({"msg_type": 1}, Reason.WRONG_TYPE),
        ({"text_len": "5"}, Reason.WRONG_TYPE),
        ({"text_len": 5.0}, Reason.WRONG_TYPE),
        ({"text_len": True}, Reason.WRONG_TYPE),
        ({"text_len": -1}, Reason.WRONG_TYPE),
        ({"text_len": 2**32 - 1}, None),
        ({"text_len": 2**32}, Reason.WRONG_TYPE),
        ({"source_seq": 2**64 - 1}, None),
        ({"source_seq": 2**64}, Reason.WRONG_TYPE),
        ({"source_seq": 10**4000}, Reason.WRONG_TYPE),
        ({"schema_version": 1}, None),
        ({"schema_version": 2}, Reason.WRONG_TYPE),
        ({"schema_version": True}, Reason.WRONG_TYPE),
        ({"is_question": 1}, Reason.WRONG_TYPE),
        ({"is_question": "true"}, Reason.WRONG_TYPE),
        ({"message_id": 7}, Reason.WRONG_TYPE),
        ({"message_id": ""}, Reason.WRONG_TYPE),
        ({"message_id": "a\0b"}, Reason.WRONG_TYPE),
        ({"message_id": "\ud800"}, Reason.WRONG_TYPE),
        ({"text": "\ud800"}, Reason.WRONG_TYPE),
        ({"text": "a\0b"}, None),
        ({"text": ""}, None),
        ({"\ud800": 1}, Reason.WRONG_TYPE),
        ({"message_id": "x" * 128}, None),
        ({"message_id": "x" * 129}, Reason.ID_TOO_LONG),
        ({"message_id": "é" * 64}, None),
        ({"message_id": "é" * 65}, Reason.ID_TOO_LONG),
        ({"mentions": ["u2", "u3"]}, None),
        ({"mentions": "u2"}, Reason.WRONG_TYPE),
        ({"mentions": {"u2": 1}}, Reason.WRONG_TYPE),
        ({"mentions": ["u2", None]}, Reason.WRONG_TYPE),
        ({"mentions": ["x" * 129]}, Reason.ID_TOO_LONG),
    ],
)
def test_chat(changes: dict[str, object], expected: Reason | None) -> None:
    assert reason(changed(CHAT, **changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"group_id": ABSENT}, None),
        ({"currency": ABSENT}, Reason.MISSING_FIELD),
        ({"currency": "eur"}, Reason.WRONG_TYPE),
        ({"currency": "EUR\n"}, Reason.WRONG_TYPE),
        ({"currency": "\ud800"}, Reason.WRONG_TYPE),
        ({"amount_paid": ABSENT}, Reason.MISSING_FIELD),
        ({"amount_paid": None}, Reason.MISSING_FIELD),
        ({"amount_paid": ABSENT, "status": "created"}, None),
        ({"items": [{"product_id": "p", "unit_price": "1.00"}]}, Reason.MISSING_FIELD),
        ({"items": [{"product_id": "p", "qty": 1, "unit_price": -1}]}, Reason.NEGATIVE_AMOUNT),
        ({"items": [{"product_id": "p", "qty": 1, "unit_price": 1, "x": 1}]}, Reason.UNKNOWN_FIELD),
        ({"items": [{"product_id": "p", "qty": 2**32, "unit_price": 1}]}, Reason.WRONG_TYPE),
        ({"items": ["p"]}, Reason.WRONG_TYPE),
        ({"items": []}, None),
    ],
)
def test_order(changes: dict[str, object], expected: Reason | None) -> None:
    assert reason(changed(ORDER, **changes)) == expected


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ('"12.50"', "12.50"),
        ('"12.5"', "12.50"),
        ('"12"', "12.00"),
        ("0.1", "0.10"),
        ("1e2", "100.00"),
        ("1.10e1", "11.00"),
        ("1.000", "1.00"),
        ("-0.0", "0.00"),
        ('"-0.00"', "0.00"),
        ("12345678901234.56", "12345678901234.56"),
        ("1234567890123456.78", "1234567890123456.78"),
        ('"9999999999999999.99"', "9999999999999999.99"),
        ("10000000000000000", Reason.WRONG_TYPE),
        ('"10000000000000000.00"', Reason.WRONG_TYPE),
        ("9999999999999999.990000000000000000000001", Reason.WRONG_TYPE),
        ("1.00000000000000000000001", Reason.WRONG_TYPE),
        ("0.001", Reason.WRONG_TYPE),
        ('"0.001"', Reason.WRONG_TYPE),
        ("1e400", Reason.WRONG_TYPE),
        ("1e-400", Reason.WRONG_TYPE),
        ("1e99999999999999999999", Reason.WRONG_TYPE),
        ("9" * 5000, Reason.WRONG_TYPE),
        ("-0.01", Reason.NEGATIVE_AMOUNT),
        ('"-1"', Reason.NEGATIVE_AMOUNT),
        ("true", Reason.WRONG_TYPE),
        ('""', Reason.WRONG_TYPE),
        ('"1e2"', Reason.WRONG_TYPE),
        ('" 1"', Reason.WRONG_TYPE),
        ('"1_000"', Reason.WRONG_TYPE),
        ('"１"', Reason.WRONG_TYPE),
        ('"NaN"', Reason.WRONG_TYPE),
        ('"1\\n"', Reason.WRONG_TYPE),
        ("NaN", Reason.NOT_JSON),
        ("-Infinity", Reason.NOT_JSON),
    ],
)
def test_money_is_exact_or_refused(written: str, amount: str | Reason) -> None:
    verdict = parse(json.dumps(ORDER).replace('"12.50"', written).encode())
    if isinstance(verdict, Rejection):
        assert verdict.reason == amount
    else:
        assert str(getattr(verdict, "amount_paid")) == amount  # noqa: B009


@pytest.mark.parametrize("amount", [1.5, "x", None, Decimal("NaN"), Decimal("Infinity")])
def test_our_own_code_cannot_make_an_inexact_amount(amount: object) -> None:
    with pytest.raises(ValueError, match="amount"):
        example(EventType.REFUND, amount=amount)


@pytest.mark.parametrize(
    ("written", "event_ms"),
    [
        (NOON, NOON),
        (-5, -5),
        (2**63 - 1, 2**63 - 1),
        (2**63, None),
        (-(2**63) - 1, None),
        (True, None),
        (float(NOON), None),
        (str(NOON), None),
        ("2025-07-04T12:00:00Z", NOON),
        ("2025-07-04t12:00:00z", NOON),
        ("2025-07-04 20:00:00+08:00", NOON),
        ("2025-07-04T06:30:00-05:30", NOON),
        ("2025-07-04T12:00:00.1Z", NOON + 100),
        ("2025-07-04T12:00:00.123999999Z", NOON + 123),
        ("1969-12-31T23:59:59.999Z", -1),
        ("0001-01-01T00:00:00+14:00", -62_135_647_200_000),
        ("2025-07-04T12:00:00", None),
        ("2025-07-04", None),
        ("2025-07-04T12:00Z", None),
        ("2025-07-04T12:00:60Z", None),
        ("2025-02-30T12:00:00Z", None),
        ("2025-07-04T12:00:00+24:00", None),
        ("2025-07-04T12:00:00+01:60", None),
        ("2025-07-04T12:00:00.Z", None),
        ("٢025-07-04T12:00:00Z", None),
        (" 2025-07-04T12:00:00Z", None),
        ("2025-07-04T12:00:00Z\n", None),
        ("now", None),
    ],
)
def test_event_time(written: object, event_ms: int | None) -> None:
    verdict = parse(changed(CHAT, event_time=written))
    if isinstance(verdict, Rejection):
        assert (verdict.reason, event_ms) == (Reason.WRONG_TYPE, None)
    else:
        assert verdict.event_time == event_ms


def test_heartbeat_is_about_nobody() -> None:
    beat = json.loads(to_wire(example(EventType.HEARTBEAT)))
    assert reason(changed(beat, user_id="u1")) is Reason.WRONG_TYPE
    assert reason(changed(beat, group_id="g1")) is Reason.WRONG_TYPE


def test_rejection_says_what_the_record_claims_to_be() -> None:
    verdict = parse(changed(CHAT, text_len="5"))
    assert isinstance(verdict, Rejection)
    assert (verdict.event_type, verdict.source) == ("chat", "test")
    assert verdict.raw == changed(CHAT, text_len="5")


@pytest.mark.parametrize(
    "changes",
    [
        {"user_id": "secret" + "x" * 200},
        {"mentions": ["secret", 1]},
        {"secret id": 1},
        {"event_time": "secret"},
        {"msg_type": "secret"},
        {"event_type": "secret"},
        {"source": "secret" + "x" * 200},
    ],
)
def test_detail_holds_no_value(changes: dict[str, object]) -> None:
    verdict = parse(changed(CHAT, **changes))
    assert isinstance(verdict, Rejection)
    assert "secret" not in verdict.detail + verdict.source + verdict.event_type


@given(st.binary(max_size=200))
def test_any_bytes_get_a_verdict(value: bytes) -> None:
    assert isinstance(parse(value), Rejection)
