from __future__ import annotations

from decimal import Decimal

import pytest

from schemas.exact_json import MAX_DEPTH, Unreadable, read_object
from schemas.rejection import Reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", Reason.NOT_JSON),
        (b" ", Reason.NOT_JSON),
        (b"{", Reason.NOT_JSON),
        (b"{}{}", Reason.NOT_JSON),
        (b"{'a':1}", Reason.NOT_JSON),
        (b'{"a":01}', Reason.NOT_JSON),
        (b'{"a":+1}', Reason.NOT_JSON),
        (b'{"a":1.}', Reason.NOT_JSON),
        (b'{"a":1,}', Reason.NOT_JSON),
        (b'{"a":NaN}', Reason.NOT_JSON),
        (b'{"a":-Infinity}', Reason.NOT_JSON),
        (b'{"a":"\n"}', Reason.NOT_JSON),
        (b'{"a":"\x00"}', Reason.NOT_JSON),
        (b'{"a":"\\x"}', Reason.NOT_JSON),
        (b"\xef\xbb\xbf{}", Reason.NOT_JSON),
        ("{}".encode("utf-16"), Reason.BAD_UTF8),
        (b'{"a":"\xff"}', Reason.BAD_UTF8),
        (b'{"a":"\xed\xa0\x80"}', Reason.BAD_UTF8),
        (b"null", Reason.NOT_AN_OBJECT),
        (b"[]", Reason.NOT_AN_OBJECT),
        (b'"a"', Reason.NOT_AN_OBJECT),
        (b"1", Reason.NOT_AN_OBJECT),
        (b"true", Reason.NOT_AN_OBJECT),
        (b'{"a":1,"a":1}', Reason.DUPLICATE_KEY),
        (b'{"a":1,"\\u0061":1}', Reason.DUPLICATE_KEY),
        (b'{"a":[{"b":1,"b":2}]}', Reason.DUPLICATE_KEY),
        (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", Reason.NOT_JSON),
        (b"[" * 500_000, Reason.NOT_JSON),
        (b'{"a":' * 100_000, Reason.NOT_JSON),
    ],
)
def test_unreadable(value: bytes, reason: Reason) -> None:
    with pytest.raises(Unreadable) as caught:
        read_object(value)
    assert caught.value.reason is reason


@pytest.mark.parametrize(
    ("value", "document"),
    [
        (b"{}", {}),
        (b' {"a"\n:\t1 }\r\n', {"a": 1}),
        (b'{"a":0.1}', {"a": Decimal("0.1")}),
        (b'{"a":12345678901234567890.12}', {"a": Decimal("12345678901234567890.12")}),
        (b'{"a":-0}', {"a": 0}),
        (b'{"a":18446744073709551616}', {"a": 2**64}),
        (b'{"a":"\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a":1,"b":{"a":1}}', {"a": 1, "b": {"a": 1}}),
    ],
)
def test_readable(value: bytes, document: object) -> None:
    assert read_object(value) == document


def test_deepest() -> None:
    depth = MAX_DEPTH - 1
    assert read_object(b'{"a":' + b"[" * depth + b"]" * depth + b"}")


def test_brackets_in_strings_are_no_depth() -> None:
    assert read_object(b'{"a":"' + b"[" * 1000 + b'\\"' + b"{" * 1000 + b'"}')


@pytest.mark.timeout(600)
@pytest.mark.parametrize("filling", [b'\\"', b'"', b"[", b'"["', b"\\", b'"\\'])
def test_half_a_megabyte_of_anything_is_judged_at_once(filling: bytes) -> None:
    for head in (b"", b"[" * 40, b'"' + b"[" * 40):
        with pytest.raises(Unreadable):
            read_object(head + filling * (512 * 1024 // len(filling)))
