from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.texts import Texts

VALUES = st.lists(st.one_of(st.none(), st.binary(max_size=5)), max_size=6)


@given(VALUES)
def test_values_come_out_as_they_went_in(values: list[bytes | None]) -> None:
    texts = Texts.of(values)
    assert list(texts) == [texts[place] for place in range(len(texts))] == values
    assert texts.size == sum(len(value or b"") for value in values)


@given(VALUES, st.integers(0, 6), st.integers(0, 6))
def test_a_slice_is_of_the_same_values(values: list[bytes | None], start: int, stop: int) -> None:
    part = Texts.of(values)[start:stop]
    assert list(part) == values[start:stop]


@given(st.lists(st.tuples(VALUES, st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=4))
def test_parts_of_buffers_are_joined(parts: list[tuple[list[bytes | None], int, int]]) -> None:
    joined = Texts.joined([Texts.of(values)[start:stop] for values, start, stop in parts])
    assert list(joined) == [value for values, start, stop in parts for value in values[start:stop]]


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(-1, 12), st.integers(-1, 12))
def test_what_is_joined_can_be_cut(parts: list[list[bytes | None]], start: int, stop: int) -> None:
    values = [value for its in parts for value in its]
    joined = Texts.joined([Texts.of(its) for its in parts])
    cut = joined[start:stop]
    assert list(cut) == values[start:stop]
    assert [cut[place] for place in range(len(cut))] == values[start:stop]
    assert len(cut.buffers) == len(cut.ends) <= len(parts)


def test_nothing_is_copied() -> None:
    data = np.frombuffer(b"....ab..cd......", np.uint8)
    texts = Texts.within(data, np.array([4, 8]), np.array([2, 2]))
    joined = Texts.joined([Texts.joined([texts[:1], texts[1:]]), Texts.of([b"e"])])
    assert list(joined) == [b"ab", b"cd", b"e"]
    assert [buffer is data for buffer in joined.buffers] == [True, True, False]


def test_some_can_be_made_null() -> None:
    texts = Texts.of([b"a", b"b", b"c"])
    assert list(texts.without([0, 2])) == [None, b"b", None]
    assert list(texts) == [b"a", b"b", b"c"]
