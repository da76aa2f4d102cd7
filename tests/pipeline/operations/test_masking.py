from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.operations.masking import VALUE_LIMIT, masked, visible
from schemas.event import MODELS, PERSON_FIELDS, to_wire
from schemas.event_type import EventType
from tests.schemas.events import EVENTS, example

SECRETS = st.text(
    st.sampled_from(
        'abcdefghABCDEFGH012345678äöüßЖдя张王李한あア .,:;/@-_"\\\n\t{}[]😀\u202e\x1b\x7f'
    ),
    min_size=1,
    max_size=40,
)
"""No x, X, 9 or 字, which a mask is made of."""


def runs(text: str) -> set[str]:
    """All runs of three letters or digits."""
    return {
        word[start : start + 3]
        for word in re.findall(r"[^\W_]+", text)
        for start in range(len(word) - 2)
    }


def one(**fields: Any) -> str:
    return masked(json.dumps(fields, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"event_type": "chat"}, '"event_type": "chat"'),
        ({"event_type": "dance"}, '"event_type": "dance"'),
        ({"event_type": "Ann Smith"}, '"event_type": "Xxx Xxxxx" (9 characters)'),
        ({"event_time": 1_700_000_000_000}, '"event_time": 1700000000000'),
        ({"event_time": "2026-01-31T08:00:00Z"}, '"event_time": "2026-01-31T08:00:00Z"'),
        ({"group_id": "readers-7"}, '"group_id": "readers-7"'),
        ({"user_id": "Ann-7"}, '"user_id": "Xxx-9" (5 characters)'),
        ({"staff_id": "王小明"}, '"staff_id": "字字字" (3 characters)'),
        ({"text": "你好, Bob 3!"}, '"text": "字字, Xxx 9!" (10 characters)'),
        ({"text_len": 12}, '"text_len": 12'),
        ({"text_len": -12}, '"text_len": -99'),
        ({"text_len": "12"}, '"text_len": "99" (2 characters)'),
        ({"currency": "USD"}, '"currency": "USD"'),
        ({"amount_paid": "-1.50"}, '"amount_paid": "-9.99" (5 characters)'),
        ({"phone": 13_800_138_000}, '"phone": 99999999999'),
        ({"vip": True}, '"vip": true or false'),
        ({"is_question": True}, '"is_question": true'),
        ({"note": None}, '"note": null'),
        ({"Ann Smith": 1}, '"Xxx Xxxxx" (9 characters): 9'),
        ({"event_id": "e" * 129}, f'"event_id": "{"x" * 100}… 29 more characters"'),
        ({"product_ids": ["p1", "p2"]}, '"product_ids": ["p1", "p2"]'),
    ],
)
def test_a_value_is_shown_or_its_shape(fields: dict[str, Any], shown: str) -> None:
    assert shown in one(**fields)


def test_the_name_of_a_field_means_something_only_in_the_event_itself() -> None:
    told = one(payload={"group_id": "Ann"}, items=[{"product_id": "p1"}, {"group_id": "Bob"}])
    assert "Ann" not in told
    assert "Bob" not in told
    assert '"group_id": "Xxx" (3 characters)' in told


def test_a_list_of_events_is_shown_like_each_of_them() -> None:
    told = masked(b'[{"group_id":"readers","user_id":"ann"}]')
    assert '"group_id": "readers"' in told
    assert '"user_id": "xxx"' in told


def test_a_doubled_key_shows_both_values() -> None:
    told = masked(b'{"source":"one","source":"two"}')
    assert '"source": "one"' in told
    assert '"source": "two"' in told


@pytest.mark.parametrize(
    ("payload", "shown"),
    [
        (b"", ""),
        (b"{nope 12", "{xxxx 99"),
        (b'{"user_id":"Ann"', '{"xxxx_xx":"Xxx"'),
        ("张三".encode("gbk"), r"\xNN\xNN\xNN\xNN"),
        (b"[12:01] <ann> \x1b[31mhi\r\n", "[99:99] <xxx> �[99xxx�\n"),
        (b"\x00\x00", "��"),
    ],
)
def test_what_is_no_json_is_one_shape(payload: bytes, shown: str) -> None:
    assert masked(payload) == shown


def test_long_things_are_cut_and_told() -> None:
    assert "… 4,900 more characters" in one(text="a" * 5_000)
    assert "… 940 more" in one(mentions=["a"] * 1_000)
    assert len(one(product_ids=["p"] * 5_000)) < VALUE_LIMIT + 100
    assert masked(b"a" * 9_000).endswith("… 7,000 more characters")


@pytest.mark.parametrize(
    "payload",
    [b"[" * 100_000, b'{"a":' * 5_000, b"1" * 10_000, b'{"qty":' + b"9" * 9_000 + b"}", b"1e9999"],
)
def test_no_nesting_and_no_number_is_too_much(payload: bytes) -> None:
    assert masked(payload)


@given(st.binary(max_size=300))
def test_masking_takes_any_bytes(payload: bytes) -> None:
    assert masked(payload).replace("\n", "").replace("\t", "").isprintable()


@given(
    st.recursive(
        SECRETS | st.integers(0, 8) | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(SECRETS, inner),
        max_leaves=8,
    )
)
def test_no_run_of_a_masked_value_survives(value: Any) -> None:
    values = [value]
    secret: list[str] = []
    while values:
        inner = values.pop()
        if isinstance(inner, dict):
            values += inner.values()
        elif isinstance(inner, list):
            values += inner
        elif isinstance(inner, str):
            secret.append(inner)
    told = one(user_id=value, text=value, unknown=value)
    told = re.sub(r'"(user_id|text|unknown)":|\(\d+ characters?\)|true or false|null', "", told)
    keys = re.findall(r'"([A-Za-z_][A-Za-z0-9_]*)":', told)
    assert not set().union(*map(runs, secret)) & (runs(told) - set().union(*map(runs, keys)))


@given(SECRETS)
def test_no_run_of_what_is_no_json_survives(text: str) -> None:
    assert not runs(text) & runs(masked(b"<" + text.encode()))


@given(st.sampled_from(sorted(EVENTS)).flatmap(lambda event_type: EVENTS[event_type]))
def test_of_an_event_only_persons_and_texts_are_hidden(event: Any) -> None:
    told = masked(to_wire(event))
    hidden = {*PERSON_FIELDS[event.event_type], "text"}
    for name, value in json.loads(to_wire(event)).items():
        line = f'  "{name}": {visible(json.dumps(value, ensure_ascii=False))}\n'
        assert (line in told + "\n") is (name not in hidden) or len(line) > VALUE_LIMIT, name


@pytest.mark.parametrize("event_type", MODELS)
def test_every_person_of_every_type_is_hidden(event_type: EventType) -> None:
    told = dict.fromkeys(PERSON_FIELDS[event_type], "Annabel")
    assert "Annabel" not in one(**json.loads(to_wire(example(event_type))) | told)


def test_what_a_terminal_would_act_on_is_escaped() -> None:
    assert visible("a\x1b[2Jb\n\u202ec é字") == "a\\x1b[2Jb\\n\\u202ec é字"
