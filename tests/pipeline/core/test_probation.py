"""Whoever is guilty is found in few deaths, among kills from outside that condemn nobody."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.probation import (
    DEATHS,
    IN_A_ROW,
    PARTS,
    Failure,
    blames_everything,
    guilty,
    meeting,
    parts,
    steps,
    suspicious,
)

WHOLE = Failure(0, 99, alone=False)


@pytest.mark.parametrize(
    ("first", "last", "meets"),
    [(0, 9, False), (0, 10, True), (15, 15, True), (20, 30, True), (21, 30, False)],
)
def test_a_failure_meets_what_shares_an_offset(first: int, last: int, meets: bool) -> None:
    failure = Failure(10, 20, alone=True)
    assert (meeting([failure], first, last) == [failure]) is meets


def test_what_failed_three_times_is_suspicious() -> None:
    assert [suspicious([WHOLE] * deaths) for deaths in range(5)] == [False] * 3 + [True] * 2


@pytest.mark.parametrize(
    ("failures", "offsets"),
    [
        ([], set()),
        ([WHOLE] * 9, set()),
        ([Failure(7, 7, alone=True)] * 2, set()),
        ([Failure(7, 7, alone=True)] * 3, {7}),
        ([Failure(7, 7, alone=False)] * 3, set()),
        ([Failure(7, 8, alone=True)] * 3, set()),
        ([Failure(7, 7, alone=True), WHOLE] * 3 + [Failure(9, 9, alone=True)] * 3, {7, 9}),
    ],
)
def test_guilty_is_who_ended_it_three_times_by_itself(
    failures: list[Failure], offsets: set[int]
) -> None:
    assert guilty(failures) == offsets


def test_what_failed_among_others_is_tried_whole_and_what_failed_alone_in_parts() -> None:
    offsets = list(range(1_000))
    among = Failure(160, 319, alone=False)
    assert steps(offsets, [among] * 3) == [(0, 160), (160, 320), (320, 1_000)]
    whole = Failure(160, 319, alone=True)
    in_parts = [(0, 160), *((at, at + 10) for at in range(160, 320, 10)), (320, 1_000)]
    assert steps(offsets, [among, whole, among, whole]) == in_parts
    again = steps(offsets, [whole, Failure(170, 179, alone=True)])
    assert again == [*in_parts[:2], *((at, at + 1) for at in range(170, 180)), *in_parts[3:]]


def test_a_failure_of_which_only_a_part_is_here_is_cut_there() -> None:
    offsets = [*range(50, 60), 70, 80]
    here = steps(offsets, [Failure(0, 54, alone=True)])
    assert here == [*((at, at + 1) for at in range(5)), (5, 12)]
    between = [Failure(61, 69, alone=True), Failure(90, 99, alone=True)]
    assert steps(offsets, between) == [(0, 10), (10, 12)]


@given(st.integers(0, 100), st.integers(1, 5_000))
def test_parts_cover_all_once_and_are_few(start: int, size: int) -> None:
    found = parts(start, start + size)
    assert [at for begin, end in found for at in range(begin, end)] == [*range(start, start + size)]
    assert len(found) <= PARTS
    assert max(end - begin for begin, end in found) <= math.ceil(size / PARTS)


def test_ten_condemned_neighbours_are_not_followed_by_an_eleventh() -> None:
    row = set(range(20, 20 + IN_A_ROW))
    assert blames_everything(20 + IN_A_ROW, row)
    assert not blames_everything(20 + IN_A_ROW, row - {25})
    assert not blames_everything(20 + IN_A_ROW - 1, row)
    assert not blames_everything(3, set())


def run(
    offsets: list[int],
    failures: list[Failure],
    condemned: set[int],
    bad: set[int],
    kill: int | None,
) -> Failure | None:
    """One life of a worker: what it ended with, None if it got through. `kill`: in which step."""
    here = meeting(failures, offsets[0], offsets[-1])
    if suspicious(here):
        condemned |= guilty(here)
        cut = [(offsets[start:stop], True) for start, stop in steps(offsets, here)]
    else:
        cut = [(offsets, False)]
    for number, (tried, alone) in enumerate(cut):
        if number == kill or not (bad - condemned).isdisjoint(tried):
            return Failure(tried[0], tried[-1], alone)
    return None


@given(
    st.lists(st.integers(0, 4_000), min_size=1, max_size=3_000, unique=True).map(sorted),
    st.data(),
)
def test_every_guilty_record_is_found_in_few_deaths_whatever_else_kills(
    offsets: list[int], data: st.DataObject
) -> None:
    bad = data.draw(st.sets(st.sampled_from(offsets), min_size=1, max_size=3))
    kills = data.draw(st.lists(st.none() | st.integers(0, 40), max_size=20))
    narrowings = math.ceil(math.log(len(offsets), PARTS)) if len(offsets) > 1 else 0
    failures: list[Failure] = []
    condemned: set[int] = set()
    most = DEATHS + len(bad) * (1 + narrowings + DEATHS) + len(kills)
    while ended := run(offsets, failures, condemned, bad, kills.pop() if kills else None):
        failures.append(ended)
        assert len(failures) <= most
    assert bad <= condemned


@given(st.integers(2, 3_000), st.lists(st.integers(0, 200), max_size=60))
def test_kills_from_outside_condemn_nobody_who_was_not_alone_three_times(
    size: int, kills: list[int]
) -> None:
    offsets = list(range(size))
    failures: list[Failure] = []
    condemned: set[int] = set()
    for kill in kills:
        if ended := run(offsets, failures, condemned, set(), kill):
            failures.append(ended)
    for offset in condemned:
        assert failures.count(Failure(offset, offset, alone=True)) >= DEATHS
    assert run(offsets, failures, condemned, set(), None) is None
