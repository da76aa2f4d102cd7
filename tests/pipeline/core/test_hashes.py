"""Hashes of rows: a function of the values alone, and evenly spread."""

from __future__ import annotations

import ctypes
import io
import mmap
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.hashes import hashed

WORD = 2**64 - 1
START, STEP = 0x8F5B2E8DC3A1F74B, 0xFFB7E15162A93C6D
SIZE, END = 0xD6E8FEB86659FD93, 0xB492B66FBE98F273
MANY = 1 << 20

Value = str | int
Row = tuple[str, int, str]

texts = st.one_of(
    st.text(max_size=20), st.text("ab", min_size=10, max_size=50), st.text(max_size=90)
)
rows = st.lists(st.tuples(texts, st.integers(0, 2**63 - 1), texts), min_size=1, max_size=20)


def folded(one: int, other: int) -> int:
    product = one * other
    return (product >> 64) ^ (product & WORD)


def word(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 8], "little")


def expected(values: Sequence[Value]) -> int:
    """The definition, the slow way."""
    state = START
    for value in values:
        if isinstance(value, int):
            state = folded(state ^ value, STEP)
            continue
        data = value.encode()
        if len(data) <= 12:
            view = len(data).to_bytes(4, "little") + data.ljust(12, b"\0")
            pairs = [(word(view, 0), word(view, 8))]
        else:
            state ^= len(data) * SIZE & WORD
            last = len(data) - 16
            pairs = [(word(data, at), word(data, at + 8)) for at in range(0, last, 16)]
            pairs.append((word(data, max(0, last)), word(data, last + 8)))
        for low, high in pairs:
            state = folded(state ^ low, high ^ STEP)
    return folded(state ^ END, STEP)


def hashes(frame: pl.DataFrame, *columns: str) -> list[int]:
    found: list[int] = hashed(frame, columns or tuple(frame.columns))[0].tolist()
    return found


def one(*values: Value) -> int:
    return hashes(pl.DataFrame([values], orient="row"))[0]


def frame_of(of: Sequence[Row]) -> pl.DataFrame:
    return pl.DataFrame(of, {"a": pl.String, "n": pl.Int64, "b": pl.String}, orient="row")


def shared(values: Sequence[str]) -> pl.Series:
    """Texts as the reader of records has them: long ones are views of one buffer, others around."""
    data = bytearray(b"{")
    views = b""
    for value in values:
        text = value.encode()
        size = len(text).to_bytes(4, "little")
        if len(text) <= 12:
            views += size + text.ljust(12, b"\0")
        else:
            views += size + text[:4] + bytes(4) + len(data).to_bytes(4, "little")
        data += text + b'","'
    buffers = [None, pa.py_buffer(views), pa.py_buffer(bytes(data))]
    return pl.Series(pa.Array.from_buffers(pa.string_view(), len(values), buffers))


@given(rows)
def test_it_is_as_defined(of: list[Row]) -> None:
    assert hashes(frame_of(of)) == [expected(row) for row in of]


@given(rows, rows, st.integers(0, 9), st.integers(1, 9))
def test_wherever_values_lie_their_hash_is_the_same(
    of: list[Row], before: list[Row], skipped: int, step: int
) -> None:
    frame = frame_of(of)
    wanted = hashes(frame)
    around = pl.concat([frame_of(before), frame, frame_of(before)])
    assert hashes(around[len(before) : len(before) + len(of)]) == wanted
    assert hashes(around.rechunk()[len(before) : len(before) + len(of)]) == wanted
    assert hashes(frame[skipped:]) == wanted[skipped:]
    assert hashes(frame.gather_every(step)) == wanted[::step]
    assert hashes(frame.reverse()) == wanted[::-1]
    viewed = frame.with_columns(a=shared(frame["a"].to_list()), b=shared(frame["b"].to_list()))
    assert hashes(viewed) == wanted
    viewed.write_parquet(file := io.BytesIO())
    file.seek(0)
    assert hashes(pl.read_parquet(file)) == wanted
    assert hashes(pl.DataFrame(frame.to_arrow())) == wanted


@given(st.lists(st.integers(0, 127), min_size=1, max_size=9))
def test_of_a_number_the_width_does_not_count(numbers: list[int]) -> None:
    wide = pl.DataFrame({"n": numbers}, {"n": pl.Int64})
    for dtype in (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64):
        narrow = wide.cast(dtype)
        assert hashes(narrow) == hashes(wide)
        assert hashes(narrow[1:]) == hashes(wide[1:])


@given(st.lists(st.integers(-(2**31), 2**31 - 1), min_size=1, max_size=9))
def test_of_a_number_below_zero_neither(numbers: list[int]) -> None:
    wide = pl.DataFrame({"n": numbers}, {"n": pl.Int64})
    assert hashes(wide.cast(pl.Int32)) == hashes(wide)


def test_several_are_made_at_once() -> None:
    frame = frame_of([("a", 1, "b"), ("a" * 40, 2, "c" * 13)])
    made = hashed(frame, ("b", "a"), ("n",), ("a",))
    assert made.tolist() == [
        hashes(frame, "b", "a"),
        hashes(frame, "n"),
        hashes(frame, "a"),
    ]


@given(st.lists(st.tuples(texts, st.integers(0, 9), texts), min_size=2, max_size=30, unique=True))
def test_rows_that_differ_have_different_hashes(of: list[Row]) -> None:
    assert len(set(hashes(frame_of(of)))) == len(of)


@given(texts, texts)
def test_columns_do_not_change_places(one_text: str, other: str) -> None:
    assert (one(one_text, other) == one(other, one_text)) == (one_text == other)


@given(texts, st.integers(0, 90), st.integers(0, 90))
def test_where_one_text_ends_and_another_begins_counts(text: str, cut: int, other: int) -> None:
    parts = {(text[:at], text[at:]) for at in (cut, other)}
    assert len({one(*each) for each in parts}) == len(parts)


@pytest.mark.parametrize("size", range(70))
def test_each_byte_counts_and_so_does_the_size(size: int) -> None:
    text = "\0" * size
    changed = [text[:at] + "\1" + text[at + 1 :] for at in range(size)]
    assert len({one(each) for each in (text, text + "\0", *changed)}) == size + 2


def test_nothing_is_read_behind_a_text() -> None:
    """What follows it is a page that must not be read: this process would end here."""
    page = mmap.PAGESIZE
    memory = mmap.mmap(-1, 2 * page)
    here = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    behind = ctypes.c_void_p(here + page)
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    assert protect(behind, page, 0) == 0
    try:
        for size in range(13, 50):
            memory[page - size : page] = b"x" * size
            view = size.to_bytes(4, "little") + b"xxxx" + bytes(4)
            view += (page - size).to_bytes(4, "little")
            data = pa.foreign_buffer(here, page, memory)
            buffers = [None, pa.py_buffer(view), data]
            text = pl.Series("a", pa.Array.from_buffers(pa.string_view(), 1, buffers))
            assert hashes(text.to_frame()) == [one("x" * size)]
    finally:
        protect(behind, page, mmap.PROT_READ | mmap.PROT_WRITE)


def collisions(found: npt.NDArray[np.uint64]) -> int:
    return int((np.diff(np.sort(found)) == 0).sum())


SEQUENCES = {
    "numbers": pl.int_range(MANY, eager=True),
    "milliseconds": pl.int_range(MANY, eager=True) * 10 + 1_700_000_000_000,
    "high bits": pl.int_range(MANY, eager=True) * 2**43,
    "short texts": "g" + pl.int_range(MANY, eager=True).cast(pl.String),
    "ends of long texts": pl.int_range(MANY, eager=True).cast(pl.String).str.zfill(32),
    "beginnings of long texts": pl.int_range(MANY, eager=True).cast(pl.String).str.pad_end(40, "x"),
    "14 bytes": "event-" + pl.int_range(MANY, eager=True).cast(pl.String).str.zfill(8),
}


@pytest.mark.parametrize("name", SEQUENCES)
def test_neighbours_are_spread_over_all_64_bits(name: str) -> None:
    found = hashed(SEQUENCES[name].to_frame("a"), ("a",))[0]
    assert collisions(found) == 0
    for shift in range(0, 64, 8):
        cells = np.bincount((found >> np.uint64(shift)).astype(np.uint8), minlength=256)
        chi_square = ((cells - MANY / 256) ** 2 / (MANY / 256)).sum()
        assert 255 - 6 * 22.6 < chi_square < 255 + 6 * 22.6, shift  # 6 standard deviations
    by_chance = MANY**2 / 2**33
    for half in (found & np.uint64(0xFFFFFFFF), found >> np.uint64(32)):
        assert abs(collisions(half) - by_chance) < 6 * by_chance**0.5


@pytest.mark.parametrize("size", [1, 8, 12, 13, 16, 32, 33])
def test_a_changed_bit_changes_each_bit_half_of_the_time(size: int) -> None:
    rng = np.random.default_rng(size)
    letters = rng.integers(64, 126, (4_000, size), np.uint8)
    for at in {0, size // 2, size - 1}:
        changed = letters.copy()
        changed[:, at] ^= 1
        before, after = (
            pl.DataFrame({"a": [row.tobytes().decode() for row in each]})
            for each in (letters, changed)
        )
        flips = hashed(before, ("a",))[0] ^ hashed(after, ("a",))[0]
        flipped = np.unpackbits(flips.view(np.uint8).reshape(-1, 8), axis=1)
        assert size == 1 or np.abs(flipped.mean(axis=0) - 0.5).max() < 6 * 0.5 / 4_000**0.5


def test_none_of_no_rows() -> None:
    assert hashes(frame_of([])) == []


def test_a_null_is_refused() -> None:
    with pytest.raises(ValueError, match="a null among a, b"):
        hashes(pl.DataFrame({"a": ["x", None], "b": [1, 2]}))


def test_what_is_neither_text_nor_integer_is_refused() -> None:
    with pytest.raises(ValueError, match="a is Float64"):
        hashes(pl.DataFrame({"a": [0.5]}))
