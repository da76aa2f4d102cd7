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


def test_what_lies_around_the_values_is_not_taken_along() -> None:
    data = np.frombuffer(b"....ab..cd......", np.uint8)
    texts = Texts(data, np.array([4, 8]), np.array([2, 2]))
    joined = Texts.joined([texts[:1], texts[1:]])
    assert (list(joined), len(joined.data)) == ([b"ab", b"cd"], 4)


def test_some_can_be_made_null() -> None:
    texts = Texts.of([b"a", b"b", b"c"])
    assert list(texts.without([0, 2])) == [None, b"b", None]
    assert list(texts) == [b"a", b"b", b"c"]


def test_nothing_in_a_buffer_is_changed() -> None:
    assert not Texts(np.zeros(3, np.uint8), np.array([0]), np.array([3])).data.flags.writeable


def test_what_is_joined_again_and_again_is_copied_once() -> None:
    pages = [Texts.of([b"a", None]), Texts.of([b"bc"]), Texts.of([b"d"])]
    joined = Texts.joined([Texts.joined(pages[:2]), pages[2]])
    assert (len(joined), joined.size) == (4, 4)
    data = joined.data
    assert joined.data is data
    assert data.tobytes() == b"abcd"
    assert list(joined) == [b"a", None, b"bc", b"d"]


@given(st.lists(VALUES, min_size=2, max_size=4), st.integers(0, 3))
def test_what_was_copied_is_not_kept_where_it_was(parts: list[list[bytes | None]], at: int) -> None:
    texts = [Texts.of(values) for values in parts]
    joined = Texts.joined([Texts.joined(texts[:1]), *texts[1:]])
    part = texts[at % len(texts)][:]
    data = joined.data
    assert all(its.data is data for its in texts)
    assert [list(its) for its in texts] == parts
    assert list(part) == parts[at % len(texts)]
    again = Texts.joined(texts[1:])
    assert list(again) == [value for values in parts[1:] for value in values]
