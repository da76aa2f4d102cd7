from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from schemas.columns import InParts, read_columns
from schemas.commerce import Item
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES, empty_frame, frame_of
from schemas.texts import Texts
from tests.schemas.events import PLAIN_EVENTS, example

CHAT = to_wire(example(EventType.CHAT))
ORDER = to_wire(example(EventType.ORDER))
MANY = b",".join([b'"u"'] * 64)


def dirty(values: Sequence[bytes], event_type: EventType = EventType.CHAT) -> list[int]:
    frame, rest = read_columns(event_type, Texts.of(values))
    assert sorted([*frame["row"].to_list(), *rest.tolist()]) == list(range(len(values)))
    return rest.tolist()


def by(size: int) -> InParts:
    def read(read: Callable[[int, int], Any], rows: int) -> list[Any]:
        return [read(first, min(first + size, rows)) for first in range(0, rows, size)]

    return read


@pytest.mark.parametrize("event_type", FACT_TYPES)
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_canonical_records_are_read_here(event_type: EventType, data: st.DataObject) -> None:
    events = data.draw(st.lists(PLAIN_EVENTS[event_type], min_size=1, max_size=4))
    frame, rest = read_columns(event_type, Texts.of(map(to_wire, events)))
    assert rest.tolist() == []
    assert_frame_equal(frame, frame_of(events, range(len(events))))


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_records_may_lie_in_any_buffers(event_type: EventType) -> None:
    """Of long texts and short, of lists, of what is dirty: also where a part of rows begins."""
    plain, wide = to_wire(example(event_type)), to_wire(example(event_type, source="s" * 40))
    values = [plain, wide, b"", wide, None, plain[:-1], plain, wide, wide]
    whole, rest = read_columns(event_type, Texts.of(values))
    assert rest.tolist() == [2, 4, 5]
    texts = Texts.joined(
        [
            Texts.of(values[:2]),
            Texts.of([]),
            Texts.of([plain, *values[2:7]])[1:],
            Texts.of(values[7:]),
        ]
    )
    for size in (1, 2, 4, 9):
        frame, its_rest = read_columns(event_type, texts, in_parts=by(size))
        assert_frame_equal(frame, whole)
        assert its_rest.tolist() == [2, 4, 5]


@pytest.mark.parametrize("event_type", FACT_TYPES)
def test_nothing(event_type: EventType) -> None:
    frame, rest = read_columns(event_type, Texts.of([]))
    assert_frame_equal(frame, empty_frame(event_type))
    assert rest.size == 0


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b" ",
        b"{}",
        CHAT + b" ",
        CHAT + b"\n",
        CHAT + CHAT,
        CHAT[:-1],
        CHAT[1:],
        CHAT.replace(b",", b", ", 1),
        CHAT.replace(b'"chat"', b'"join"'),
        CHAT.replace(b'"source":"test",', b""),
        CHAT.replace(b'"source":"test",', b'"source":"test","source":"test",'),
        CHAT.replace(b'"u1"', b"1"),
        CHAT.replace(b'"u1"', b'""'),
        CHAT.replace(b'"u1"', b'"\xff"'),
        CHAT.replace(b'"u1"', b'"\x00"'),
        CHAT.replace(b'"u1"', b'"a\nb"'),
        CHAT.replace(b'"u1"', b'"a\\nb"'),
        CHAT.replace(b'"u1"', b'"' + b"x" * 129 + b'"'),
        CHAT.replace(b'"u1"', b'"' + "é".encode() * 65 + b'"'),
        CHAT.replace(b":5", b':"5"'),
        CHAT.replace(b":5", b":05"),
        CHAT.replace(b":5", b":+5"),
        CHAT.replace(b":5", b":-5"),
        CHAT.replace(b":5", b":5.0"),
        CHAT.replace(b":5", b":4294967296"),
        CHAT.replace(b":5", b":"),
        CHAT.replace(b'"text"', b'"poem"'),
        CHAT[:-1] + b',"mentions":[]}',
        CHAT[:-1] + b',"mentions":["a",]}',
        CHAT[:-1] + b',"mentions":["a",]"b"]}',
        CHAT[:-1] + b',"mentions":[' + MANY + b",}",
        CHAT[:-1] + b',"mentions":[' + MANY + b',,"product_ids":["p"]}',
        CHAT[:-1] + b',"mentions":["a"',
        CHAT[:-1] + b',"mentions":["a","b"]',
        CHAT[:-1] + b',"mentions":["a" ,"b"]}',
        CHAT[:-1] + b',"mentions":["a",1]}',
        CHAT[:-1] + b',"mentions":["a",""]}',
        CHAT[:-1] + b',"mentions":[["a"]]}',
        CHAT[:-1] + b',"mentions":[',
        CHAT[:-1] + b',"mentions":["',
        CHAT[:-1] + b',"is_question":1}',
        CHAT[:-1] + b',"is_question":True}',
        CHAT[:-1] + b',"x":1}',
    ],
)
def test_everything_else_is_left_alone(value: bytes) -> None:
    """Wherever it stands: a broken record must not reach into its neighbour."""
    assert dirty([value]) == [0]
    assert dirty([CHAT, value]) == [1]
    assert dirty([value, CHAT]) == [0]
    assert dirty([value, value, CHAT, value]) == [0, 1, 3]


ODD_BYTES = st.sampled_from([0, 10, 31, 32, 33, 34, 91, 92, 93, 126, 127, 128, 191, 194, 224, 237])


def is_plain(text: bytes) -> bool:
    """Whether it can stand between quotes as it is."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return not any(byte < 32 or byte in b'"\\' for byte in text)


@given(st.integers(0, 40), st.lists(ODD_BYTES, max_size=9), st.text(max_size=9), st.integers(0, 12))
def test_a_text_is_read_only_if_it_is_plain(
    before: int, odd: list[int], text: str, after: int
) -> None:
    """Wherever in eight bytes something stands, and however near the end of the record."""
    for its in (bytes(odd), text.encode(), text.encode()[:-1]):
        user = b"u" + b"x" * before + its + b"y" * after
        value = CHAT.replace(b'"u1"', b'"' + user + b'"')
        frame, rest = read_columns(EventType.CHAT, Texts.of([value, CHAT]))
        assert rest.tolist() == ([] if is_plain(user) else [0])
        assert frame["user_id"].to_list() == ([user.decode()] if is_plain(user) else []) + ["u1"]
        last = CHAT[:-1] + b',"text":"' + user + b'"}'
        assert dirty([last]) == ([] if is_plain(user) else [0])


@given(st.one_of(st.integers(0, 2**70), st.sampled_from([2**64 - 1, 2**64, 10**19, 10**20])))
def test_a_number_is_read_only_if_it_fits(number: int) -> None:
    value = CHAT.replace(b'"source":"test",', b'"source":"test","source_seq":%d,' % number)
    frame, rest = read_columns(EventType.CHAT, Texts.of([value]))
    fits = number < 2**64
    assert (rest.tolist(), frame["source_seq"].to_list()) == (([], [number]) if fits else ([0], []))


@pytest.mark.parametrize(
    "value",
    [
        ORDER.replace(b'"12.50"', b'"-12.50"'),
        ORDER.replace(b'"12.50"', b'"12.5"'),
        ORDER.replace(b'"12.50"', b'"12.500"'),
        ORDER.replace(b'"12.50"', b'"12.505"'),
        ORDER.replace(b'"12.50"', b'"012.50"'),
        ORDER.replace(b'"12.50"', b'"+12.50"'),
        ORDER.replace(b'"12.50"', b'"-0.00"'),
        ORDER.replace(b'"12.50"', b'" 12.50"'),
        ORDER.replace(b'"12.50"', b'"1.25e1"'),
        ORDER.replace(b'"12.50"', b'"10000000000000000.00"'),
        ORDER.replace(b'"12.50"', b"12.50"),
        ORDER.replace(b'"6.25"', b'"-6.25"'),
        ORDER.replace(b'"EUR"', b'"eur"'),
        ORDER.replace(b'"EUR"', b'"EURO"'),
        ORDER.replace(b'"6.25"}]}', b'"6.25"]}'),
        ORDER.replace(b'"6.25"}]}', b'"6.25"}}'),
        ORDER.replace(b'"qty":2,', b""),
        ORDER.replace(b'"qty":2,', b'"qty":2,"qty":2,'),
        ORDER.replace(b'"qty":2,', b'"qty":"2",'),
        ORDER.replace(b'"qty":2,', b'"x":2,'),
        ORDER.replace(b'[{"product_id":"p1",', b'[{"product_id":"p1"},{'),
        ORDER.replace(b'[{"', b'["'),
    ],
)
def test_orders_out_of_form_are_left_alone(value: bytes) -> None:
    assert value != ORDER
    assert dirty([ORDER, value, ORDER], EventType.ORDER) == [1]


def test_halves_of_a_character_are_two_bad_records() -> None:
    halves = [CHAT[:-1] + b',"mentions":["a","\xc3', b'\xa9"]}']
    assert dirty(halves) == [0, 1]
    assert dirty([b"".join(halves)]) == []


def test_halves_of_a_record_are_two_bad_records() -> None:
    for cut in range(len(CHAT)):
        assert dirty([CHAT[:cut], CHAT[cut:]])[:1] == [0]


@pytest.mark.parametrize(
    ("event_type", "changes"),
    [
        (EventType.CHAT, {"mentions": tuple("abc"), "product_ids": ("p",)}),
        (EventType.CHAT, {"text": "", "is_question": True}),
        (EventType.CHAT, {"text": "é😀 {[,:]}" * 50}),
        (EventType.CHAT, {"source_seq": 2**64 - 1, "text_len": 2**32 - 1}),
        (EventType.CHAT, {"event_time": -1}),
        (EventType.CHAT, {"user_id": "x" * 128}),
        (EventType.CHAT, {"mentions": tuple(f"u{n}" for n in range(64))}),
        (EventType.ORDER, {"group_id": None}),
        (EventType.ORDER, {"items": ()}),
        (EventType.ORDER, {"amount_paid": Decimal("9999999999999999.99")}),
        (
            EventType.ORDER,
            {
                "items": tuple(
                    Item(product_id=p, qty=1, unit_price=Decimal(1), cost=cost, brand=brand)
                    for p, cost, brand in (("a", None, "b"), ("b", Decimal("0.5"), None))
                )
            },
        ),
    ],
)
def test_rich_records_are_read_here(event_type: EventType, changes: dict[str, object]) -> None:
    plain, rich = example(event_type), example(event_type, **changes)
    events: list[Event] = [plain, rich, plain, rich, rich]
    frame, rest = read_columns(event_type, Texts.of(map(to_wire, events)))
    assert rest.tolist() == []
    assert_frame_equal(frame, frame_of(events, range(5)))


def test_very_long_lists_are_left_alone() -> None:
    event = example(EventType.CHAT, mentions=tuple(f"u{n}" for n in range(65)))
    assert dirty([to_wire(event), CHAT]) == [0]


def test_rows_are_indices_of_the_values() -> None:
    frame, rest = read_columns(EventType.CHAT, Texts.of([b"", CHAT, b"", CHAT]))
    assert frame["row"].to_list() == [1, 3]
    assert np.array_equal(rest, [0, 2])


def test_a_value_that_only_some_have_says_nothing_of_the_others() -> None:
    """Neither before the first that has it nor after a record that is broken off behind it."""
    texted = CHAT[:-1] + b',"text":"long enough to lie outside of its view"}'
    frame, rest = read_columns(
        EventType.CHAT, Texts.of([CHAT, texted[:-1], CHAT, texted, CHAT[:-1], CHAT])
    )
    assert rest.tolist() == [1, 4]
    assert frame["text"].to_list() == ["", "", "long enough to lie outside of its view", ""]
