"""Holes in a union of ranges: what a set of integers says, in pieces of any size."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.coverage import Hole, holes

ranges = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 9)).map(lambda it: (it[0], it[0] + it[1])),
    max_size=20,
)


def frame(found: list[tuple[int, int]]) -> pl.DataFrame:
    schema = {"first": pl.UInt64, "last": pl.UInt64}
    return pl.DataFrame(found, schema=schema, orient="row")


@given(ranges, st.integers(0, 40), st.integers(1, 5))
def test_it_is_what_a_set_of_offsets_says(
    found: list[tuple[int, int]], reached: int, size: int
) -> None:
    found = sorted(found)
    told: list[Hole] = []
    covered = reached
    for start in range(0, len(found), size):
        more, covered = holes(frame(found[start : start + size]), covered)
        told += more
    held = {offset for first, last in found for offset in range(first, last + 1)}
    stop = max([reached, *(last + 1 for _, last in found)])
    assert covered == stop
    missing = {offset for offset in range(reached, stop) if offset not in held}
    assert {offset for hole in told for offset in range(hole.first, hole.stop)} == missing
    assert all(hole.first < hole.stop for hole in told)


def test_nothing_has_no_hole() -> None:
    assert holes(frame([]), 7) == ([], 7)
