"""Malformed records: every reason that a record of the log can be refused for, at least once."""

from __future__ import annotations

from collections.abc import Callable

from tests.chaos.record import (
    CURRENCY,
    PARTITIONS,
    RETENTION_DAYS,
    Fields,
    Record,
    home,
    wire,
)

DAY_MS = 86_400_000


def malformed(kind: int, chat: Fields, now_ms: int) -> Record:
    """The record of a kind, made of a good chat."""
    reason, make = KINDS[kind]
    headers: tuple[tuple[str, bytes], ...] = ()
    partition = home(chat)
    fields = {**chat, "event_time": now_ms}
    topic = "community.chat"
    if reason in ("negative_amount", "foreign_currency"):
        fields = _order(fields)
        topic = "community.order"
    elif reason == "misrouted":
        partition = (partition + 1) % PARTITIONS
    elif reason == "header_mismatch":
        headers = (("ce_specversion", b"1.0"), ("ce_id", b"another"))
    return Record(topic, partition, make(fields), reason, headers)


def _order(chat: Fields) -> Fields:
    order = {name: chat[name] for name in chat if name not in ("message_id", "msg_type")}
    return order | {
        "event_type": "order",
        "order_id": "o1",
        "status": "paid",
        "currency": CURRENCY,
        "amount_paid": "1.00",
    }


def _with(**changes: object) -> Callable[[Fields], bytes]:
    return lambda fields: wire(fields | changes)


def _without(*names: str) -> Callable[[Fields], bytes]:
    return lambda fields: wire({name: fields[name] for name in fields if name not in names})


def _moved(days: int) -> Callable[[Fields], bytes]:
    return lambda fields: wire(fields | {"event_time": fields["event_time"] + days * DAY_MS})


def _leave(chat: Fields) -> bytes:
    fields = {name: chat[name] for name in chat if name not in ("message_id", "msg_type")}
    return wire(fields | {"event_type": "leave", "leave_kind": "self"})


def _const(value: bytes | None) -> Callable[[Fields], bytes | None]:
    return lambda _: value


KINDS: tuple[tuple[str, Callable[[Fields], bytes | None]], ...] = (
    ("not_json", _const(b"{nope")),
    ("not_json", _const(b"")),
    ("not_json", lambda chat: wire(chat)[:-20]),
    ("not_json", lambda chat: wire(chat).replace(b'"chaos"', b'"cha\nos"')),
    ("bad_utf8", _const(b'{"event_type":"\xff"}')),
    ("null_value", _const(None)),
    ("not_an_object", _const(b"[1,2]")),
    ("unknown_event_type", _with(event_type="dance")),
    ("missing_field", _without("message_id")),
    ("wrong_type", _with(text_len="12")),
    ("future_time", _moved(30)),
    ("before_2000", _with(event_time=1)),
    ("beyond_retention", _moved(-RETENTION_DAYS - 30)),
    ("too_large", _with(text="x" * 600_000)),
    ("id_too_long", _with(event_id="x" * 129)),
    ("wrong_topic", _leave),
    ("duplicate_key", lambda chat: wire(chat)[:-1] + b',"source":"other"}'),
    ("unknown_field", _with(colour="red")),
    ("not_pseudonymised", _without("key_id")),
    ("foreign_key", _with(key_id="ffffffff")),
    ("misrouted", wire),
    ("header_mismatch", wire),
    ("negative_amount", _with(amount_paid="-1.00")),
    ("foreign_currency", _with(currency="USD")),
)
"""Reason it is refused for -> the value."""
