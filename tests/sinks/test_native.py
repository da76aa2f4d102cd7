"""The encoder refuses what it cannot keep exactly; what it keeps, the contract suite reads back."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks import native
from sinks.native import encode
from sinks.unfit import Unfit
from tests.sinks.native_block import whole


def varint(number: int) -> bytes:
    head = b""
    while number >= 128:
        head += bytes([number % 128 + 128])
        number //= 128
    return head + bytes([number])


def block(type_: str, data: bytes, rows: int) -> bytes:
    return b"\x01" + varint(rows) + b"\x01x" + varint(len(type_)) + type_.encode() + data


@given(st.lists(st.text(max_size=300), min_size=1))
def test_strings_lie_behind_their_lengths(texts: list[str]) -> None:
    frame = pl.DataFrame({"x": texts})
    encoded = [text.encode() for text in texts]
    wire = b"".join(varint(len(text)) + text for text in encoded)
    assert whole(frame, [("x", "String")]) == block("String", wire, len(texts))


@given(st.text(max_size=300), st.integers(1, 40))
def test_one_string_over_and_over(text: str, count: int) -> None:
    once = varint(len(text.encode())) + text.encode()
    frame = pl.DataFrame({"x": [text]}).select(pl.col("x").repeat_by(count).explode())
    assert whole(frame, [("x", "String")]) == block("String", once * count, count)


@given(st.lists(st.lists(st.text(max_size=20), max_size=4), min_size=1), st.integers(0, 5))
def test_lists_of_a_slice_hold_only_its_own(lists: list[list[str]], first: int) -> None:
    frame = pl.concat([pl.DataFrame({"x": lists}, schema={"x": pl.List(pl.String)})] * 2)[first:]
    rows = frame["x"].to_list()
    ends = b"".join(sum(map(len, rows[: at + 1])).to_bytes(8, "little") for at in range(len(rows)))
    texts = [text.encode() for row in rows for text in row]
    wire = ends + b"".join(varint(len(text)) + text for text in texts)
    if rows:
        expected = block("Array(String)", wire, len(rows))
        assert whole(frame, [("x", "Array(String)")]) == expected


def test_a_null_beyond_a_slice_is_no_null() -> None:
    frame = pl.DataFrame({"x": ["a", None, "b", "c"]})
    assert whole(frame[2:], [("x", "String")]) == block("String", b"\x01b\x01c", 2)
    with pytest.raises(Unfit, match="nulls"):
        whole(frame[1:], [("x", "String")])


@pytest.mark.parametrize("size", [127, 128, 16_383, 16_384, 2_097_152])
def test_lengths_around_the_steps_of_a_varint(size: int) -> None:
    frame = pl.DataFrame({"x": ["a" * size, "b"]})
    wire = varint(size) + b"a" * size + b"\x01b"
    assert whole(frame, [("x", "String")]) == block("String", wire, 2)


def test_a_slice_of_a_frame_holds_only_its_rows() -> None:
    frame = pl.DataFrame({"x": ["aa", "b", "ccc"]})[1:]
    assert whole(frame, [("x", "String")]) == block("String", b"\x01b\x03ccc", 2)


@pytest.mark.parametrize(
    ("type_", "values", "wire"),
    [
        ("UInt16", pl.Series([1, 65_535], dtype=pl.Int64), b"\x01\0\xff\xff"),
        ("Int8", pl.Series([-1, 1], dtype=pl.Int8), b"\xff\x01"),
        ("UInt8", pl.Series([True, False]), b"\x01\0"),
        ("Float32", pl.Series([0.0, 1.0]), b"\0\0\0\0\0\0\x80?"),
        ("Date", pl.Series([date(1970, 1, 2)]), b"\x01\0"),
        ("DateTime('UTC')", pl.Series([datetime(1970, 1, 1, 0, 1)]), b"<\0\0\0"),  # noqa: DTZ001
        ("Decimal(18, 2)", pl.Series([Decimal("-0.01")]), b"\xff" * 8),
        ("Decimal(9,4)", pl.Series([Decimal("1.5")]), b"\x98:\0\0"),
        (
            "Array(UInt8)",
            pl.Series([[1, 2], [], [3]]),
            b"".join(bytes([end]) + bytes(7) for end in (2, 2, 3)) + b"\x01\x02\x03",
        ),
        ("Array(String)", pl.Series([[], []], dtype=pl.List(pl.String)), bytes(16)),
        ("Nullable(UInt8)", pl.Series([None, 7], dtype=pl.UInt8), b"\x01\0\0\x07"),
        ("Nullable(String)", pl.Series(["a", None]), b"\0\x01\x01a\0"),
    ],
)
def test_wire_form(type_: str, values: pl.Series, wire: bytes) -> None:
    frame = pl.DataFrame({"x": values})
    assert whole(frame, [("x", type_)]) == block(type_, wire, len(values))


@pytest.mark.parametrize(
    ("type_", "values"),
    [
        ("UInt16", pl.Series([65_536])),
        ("UInt64", pl.Series([-1])),
        ("Int64", pl.Series([2**63], dtype=pl.UInt64)),
        ("Int64", pl.Series([1.0])),
        ("Int64", pl.Series(["1"])),
        ("String", pl.Series([1])),
        ("String", pl.Series(["a", None])),
        ("Float64", pl.Series([1])),
        ("Date", pl.Series([date(1969, 12, 31)])),
        ("Date", pl.Series([date(2149, 6, 7)])),
        ("DateTime('UTC')", pl.Series([datetime(1969, 12, 31, 23, 59, 59)])),  # noqa: DTZ001
        ("DateTime64(3)", pl.Series([datetime(2000, 1, 1)])),  # noqa: DTZ001
        ("Decimal(18, 2)", pl.Series([Decimal("0.001")])),
        ("Decimal(18, 2)", pl.Series([1.5])),
        ("Decimal(38, 2)", pl.Series([Decimal("1.00")])),
        ("Array(String)", pl.Series([["a", None]])),
        ("Array(String)", pl.Series(["a"])),
        ("UUID", pl.Series(["a"])),
    ],
)
def test_what_would_be_cut_or_turned_is_refused(type_: str, values: pl.Series) -> None:
    with pytest.raises(Unfit, match="Column x is not"):
        whole(pl.DataFrame({"x": values}), [("x", type_)])


def test_a_missing_column_is_named() -> None:
    with pytest.raises(Unfit, match="no column y"):
        whole(pl.DataFrame({"x": [1]}), [("y", "Int64")])


def test_a_large_block_comes_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each takes the place of the one before; together they are what one part would be."""
    frame = pl.DataFrame({"n": range(100), "s": [f"text {n}" * n for n in range(100)]})
    types = [("n", "Int64"), ("s", "String")]
    at_once = [bytes(part) for part in encode(frame, types)]
    monkeypatch.setattr(native, "PART_BYTES", 1)
    in_parts = [bytes(part) for part in encode(frame, types)]
    assert (len(at_once), len(in_parts)) == (2, 3)
    assert b"".join(at_once) == b"".join(in_parts)


def test_nothing_is_given_out_of_what_does_not_fit() -> None:
    frame = pl.DataFrame({"n": [1, 2], "s": ["a", None]})
    with pytest.raises(Unfit):
        encode(frame, [("n", "Int64"), ("s", "String")])
