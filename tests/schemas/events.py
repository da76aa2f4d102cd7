"""Events and records for the tests: one of each type, and Hypothesis strategies from the models."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import kinds
from schemas.chat import MessageType
from schemas.commerce import Item, OrderStatus
from schemas.event import MODELS, Event, to_wire
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES
from schemas.membership import JoinMethod, LeaveKind
from schemas.service import SessionAction

NOON = 1_751_630_400_000
"""2025-07-04 12:00 UTC."""


def example(event_type: EventType, **changes: object) -> Event:
    """One plain event of `event_type` with `changes` to it."""
    common: dict[str, object] = {
        "event_time": NOON,
        "event_id": "e1",
        "group_id": "g1",
        "user_id": "u1",
        "source": "test",
        "key_id": "k1",
    }
    own: dict[EventType, dict[str, object]] = {
        EventType.CHAT: {"message_id": "m1", "msg_type": MessageType.TEXT, "text_len": 5},
        EventType.JOIN: {"join_method": JoinMethod.QR},
        EventType.LEAVE: {"leave_kind": LeaveKind.SELF},
        EventType.ORDER: {
            "order_id": "o1",
            "status": OrderStatus.PAID,
            "currency": "EUR",
            "amount_paid": Decimal("12.50"),
            "items": (Item(product_id="p1", qty=2, unit_price=Decimal("6.25")),),
        },
        EventType.REFUND: {
            "refund_id": "r1",
            "order_id": "o1",
            "currency": "EUR",
            "amount": Decimal("12.50"),
        },
        EventType.VIEW: {"action": "read", "object_kind": "content", "object_id": "c1"},
        EventType.REACTION: {"action": "like", "target_kind": "content", "target_id": "c1"},
        EventType.PUBLISH: {"content_id": "c1", "content_kind": "topic", "topic_id": "t1"},
        EventType.INVITE: {"invite_id": "i1", "action": "sent", "inviter_id": "u2"},
        EventType.DELIVERY: {"push_id": "p1", "action": "delivered", "push_kind": "welcome"},
        EventType.CONTACT: {"link_type": "wecom_friend", "action": "add", "staff_id": "s1"},
        EventType.SPEND: {
            "spend_id": "s1",
            "cost_kind": "acquisition",
            "currency": "EUR",
            "amount": Decimal("99.90"),
        },
        EventType.ACTIVITY: {"activity_id": "a1", "action": "attend", "points_delta": -3},
        EventType.CHECKIN: {"task_id": "t1", "progress": 0.25, "score": 9},
        EventType.SESSION: {
            "session_id": "s1",
            "action": "replied",
            "session_kind": "inquiry",
            "staff_id": "s1",
            "is_complete": True,
        },
        EventType.FEEDBACK: {"feedback_id": "f1", "feedback_kind": "review", "rating": 5},
        EventType.STAFF_ACTION: {"action_kind": "praise", "target_user_id": "u2"},
        EventType.TAG: {"tag_id": "t1", "action": "add", "tag_source": "manual"},
        EventType.HEARTBEAT: {"partition": 3, "group_id": None, "user_id": None, "key_id": ""},
    }
    return MODELS[event_type](**{**common, **own[event_type], **changes})


_PLAIN_IDS = st.one_of(
    st.text(st.sampled_from("abz019-_.:@ é群😀{}[],"), min_size=1, max_size=6),
    st.sampled_from(["x" * 128, "é" * 64, "null", "1", "}", ",", "a:1"]),
)
_WILD_IDS = st.one_of(
    _PLAIN_IDS,
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\x00"),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(['a"b', "a\\b", "a\nb", "\x7f", "\u2028"]),
)
_AMOUNTS = st.one_of(
    st.decimals(min_value=0, max_value=10_000, places=2),
    st.sampled_from([Decimal(0), Decimal("0.01"), Decimal("9999999999999999.99")]),
)
_TIMES = st.one_of(
    st.integers(NOON - 10_000, NOON + 10_000),
    st.sampled_from([NOON, 0, -1, 946_684_799_999, 946_684_800_000, 2**63 - 1, -(2**63)]),
)
_OF_KIND: dict[int, st.SearchStrategy[object]] = {
    id(kinds.TEXT): st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    id(kinds.CURRENCY): st.sampled_from(["EUR", "EUR", "USD"]),
    id(kinds.FLAG): st.booleans(),
    id(kinds.LABEL): st.booleans(),
    id(kinds.RATING): st.integers(1, 5),
    id(kinds.FRACTION): st.one_of(
        st.floats(0, 1), st.sampled_from([0.5, 0.1 + 0.2, 1e-05, 5e-324, -0.0, 1.0])
    ),
    id(kinds.INT32): st.one_of(st.integers(-9, 9), st.sampled_from([2**31 - 1, -(2**31)])),
    id(kinds.UINT16): st.integers(0, 2**16 - 1),
    id(kinds.UINT32): st.one_of(st.integers(0, 999), st.just(2**32 - 1)),
    id(kinds.UINT64): st.one_of(st.integers(0, 999), st.just(2**64 - 1)),
    id(kinds.INSTANT): _TIMES,
    id(kinds.MONEY): _AMOUNTS,
}


def _values(annotation: object, ids: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Values of a field, by the same annotation that the model has."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        for extra in annotation.__metadata__:  # type: ignore[attr-defined]
            if isinstance(extra, kinds.Kind):
                values = _OF_KIND.get(id(extra), ids)
                return st.none() | values if extra is kinds.LABEL else values
        return _values(arguments[0], ids)
    if origin in (Union, UnionType):
        return st.none() | _values(next(arm for arm in arguments if arm is not NoneType), ids)
    if origin is tuple:
        return st.lists(_values(arguments[0], ids), max_size=3).map(tuple)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _instances(annotation, ids)
    assert isinstance(annotation, type)
    assert issubclass(annotation, Enum)
    return st.sampled_from(list(annotation))


def _instances(model: type[BaseModel], ids: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Valid instances, with a few of the fields that they may also do without."""
    hints = get_type_hints(model, include_extras=True)
    required: dict[str, st.SearchStrategy[Any]] = {}
    optional: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in model.model_fields.items():
        if name not in ("event_type", "schema_version", "key_id"):
            (required if field.is_required() else optional)[name] = _values(hints[name], ids)
    if "key_id" in hints:
        required["key_id"] = st.sampled_from(["k1", "k1", "k1", "k1", "", "k2"])

    @st.composite
    def instances(draw: st.DrawFn) -> BaseModel:
        chosen = draw(st.lists(st.sampled_from(sorted(optional)), unique=True, max_size=5))
        given = draw(st.fixed_dictionaries(required | {name: optional[name] for name in chosen}))
        if given.get("status") is OrderStatus.PAID and given.get("amount_paid") is None:
            given["amount_paid"] = Decimal("1.00")
        if given.get("action") is SessionAction.REPLIED and given.get("staff_id") is None:
            given["staff_id"] = "s1"
        return model(**given)

    return instances()


PLAIN_EVENTS: dict[EventType, st.SearchStrategy[Event]] = {
    event_type: _instances(MODELS[event_type], _PLAIN_IDS).filter(
        lambda event: b"\\" not in to_wire(event)
    )
    for event_type in FACT_TYPES
}
"""Valid events whose canonical record has no escape; some are beyond an installation's limits."""

EVENTS: dict[EventType, st.SearchStrategy[Event]] = {
    event_type: PLAIN_EVENTS[event_type] | _instances(MODELS[event_type], _WILD_IDS)
    for event_type in FACT_TYPES
}
"""The same, and others with any characters in them."""

Pairs = list[tuple[str, object]]
"""A JSON object as it is written: a key may come twice."""


def _dumped(value: object, comma: str = ",", colon: str = ":", *, ascii_only: bool = False) -> str:
    if isinstance(value, list) and all(isinstance(part, tuple) for part in value) and value:
        members = (
            f"{json.dumps(key, ensure_ascii=ascii_only)}{colon}"
            + _dumped(part, comma, colon, ascii_only=ascii_only)
            for key, part in value
        )
        return "{" + comma.join(members) + "}"
    if isinstance(value, list):
        parts = (_dumped(part, comma, colon, ascii_only=ascii_only) for part in value)
        return "[" + comma.join(parts) + "]"
    if isinstance(value, Decimal | _Raw):
        return str(value)
    return json.dumps(value, ensure_ascii=ascii_only)


class _Raw:
    """JSON text to put in as it is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __str__(self) -> str:
        return self._text


_STRANGE = st.sampled_from(
    [
        *("null", "true", "0", "1", "-1", "-0", "01", "1.0", "1e2", "1E400", "NaN", "Infinity"),
        *("4294967295", "4294967296", "18446744073709551616", "9223372036854775808", "9" * 5000),
        *('""', '"1"', '"x"', '"member"', '"true"', '"-1.00"', '"1.5"', '"01.00"', '"1.005"'),
        *('"99999999999999999.99"', "0.1", "12345678901234.56", '"+1"', '" 1"', '"EUR"'),
        *("[]", "{}", "[[]]", '["a"]', '["a","a"]', '["",1]', '{"a":1}', '[{"qty":1}]', "[null]"),
        *(r'"\ud800"', r'"\ud83d\ude00"', r'"\u0000"', r'"\u0061"', r'"\n"', '"a\nb"', '"\x7f"'),
        *('"2025-07-04T12:00:00Z"', '"2025-07-04 12:00:00.1239+08:00"', '"2025-07-04T12:00:00"'),
        *(json.dumps("y" * 129), json.dumps("é" * 65, ensure_ascii=False), "[" * 40 + "]" * 40),
    ]
).map(_Raw)


@st.composite
def mutants(draw: st.DrawFn, records: st.SearchStrategy[bytes]) -> bytes:
    """Records with keys dropped, doubled, renamed or moved, values replaced, written otherwise."""
    pairs: Pairs = json.loads(draw(records), object_pairs_hook=list, parse_float=Decimal)
    for change in draw(st.lists(st.sampled_from(_CHANGES), max_size=2)):
        change(draw, pairs)
    spaces = draw(st.sampled_from([(",", ":"), (",", ":"), (", ", ": "), (",\n", ":\t")]))
    text = _dumped(pairs, *spaces, ascii_only=draw(st.booleans()))
    return text.encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn, records: st.SearchStrategy[bytes]) -> bytes:
    """Records with bytes put in, taken out or cut off."""
    return draw(st.sampled_from(_DAMAGES))(draw, draw(records))


def _object(draw: st.DrawFn, pairs: Pairs) -> Pairs:
    """`pairs` itself or, some times, an object in a list in it."""
    inner = [
        part
        for _, value in pairs
        if isinstance(value, list)
        for part in value
        if isinstance(part, list) and part
    ]
    return draw(st.sampled_from([pairs, *inner]))


def _place(draw: st.DrawFn, pairs: Pairs) -> int:
    return draw(st.integers(0, len(pairs) - 1))


def _drop(draw: st.DrawFn, pairs: Pairs) -> None:
    chosen = _object(draw, pairs)
    if len(chosen) > 1:
        del chosen[_place(draw, chosen)]


def _double(draw: st.DrawFn, pairs: Pairs) -> None:
    chosen = _object(draw, pairs)
    chosen.insert(_place(draw, chosen), chosen[_place(draw, chosen)])


def _rename(draw: st.DrawFn, pairs: Pairs) -> None:
    chosen = _object(draw, pairs)
    place = _place(draw, chosen)
    name = draw(st.sampled_from(["x", "text", "event_time", "schema_version", "\ud800", "k y"]))
    chosen[place] = (name, chosen[place][1])


def _move(draw: st.DrawFn, pairs: Pairs) -> None:
    chosen = _object(draw, pairs)
    chosen.insert(_place(draw, chosen), chosen.pop(_place(draw, chosen)))


def _replace(draw: st.DrawFn, pairs: Pairs) -> None:
    chosen = _object(draw, pairs)
    place = _place(draw, chosen)
    chosen[place] = (chosen[place][0], draw(_STRANGE))


def _byte_put_in(draw: st.DrawFn, value: bytes) -> bytes:
    place = draw(st.integers(0, len(value)))
    put = draw(
        st.sampled_from([b'"', b"\\", b"\n", b"\x00", b"\xff", b" ", b",", b"}", b"1", b"\xed"])
    )
    return value[:place] + put + value[place:]


def _byte_taken_out(draw: st.DrawFn, value: bytes) -> bytes:
    place = draw(st.integers(0, len(value) - 1))
    return value[:place] + value[place + 1 :]


def _cut(draw: st.DrawFn, value: bytes) -> bytes:
    return value[: draw(st.integers(0, len(value)))]


def _wrapped(draw: st.DrawFn, value: bytes) -> bytes:
    before, after = draw(
        st.sampled_from(
            [(b"\xef\xbb\xbf", b""), (b" ", b"\n"), (b"[", b"]"), (b"", value), (b"", b"}")]
        )
    )
    return before + value + after


_CHANGES: list[Callable[[st.DrawFn, Pairs], None]] = [_drop, _double, _rename, _move, _replace]
_DAMAGES: list[Callable[[st.DrawFn, bytes], bytes]] = [
    *(_byte_put_in, _byte_put_in, _byte_put_in, _byte_taken_out, _cut, _wrapped),
]
