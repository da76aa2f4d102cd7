"""What is kept of one person."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import FOREVER
from pipeline.core.membership import LEAVE, MS_SHIFT, Spell
from pipeline.core.person import Person, funnel_parts, members_with, merged, since, stay_parts
from pipeline.core.signals import DAY_MS, HOUR_MS, Count

T = 100 * DAY_MS
OPEN = [Spell(0, FOREVER, roster=False)]
TIMES = st.lists(st.integers(0, 50), max_size=9).map(sorted)


@given(TIMES, TIMES.filter(bool))
def test_merged_times_are_all_of_them_in_order(times: list[int], fresh: list[int]) -> None:
    assert list(merged(array("q", times), fresh)) == sorted(times + fresh)


@given(TIMES, st.integers(0, 60))
def test_since_keeps_what_is_not_before(times: list[int], limit: int) -> None:
    kept = since(array("q", times), limit)
    assert list(kept) == [time for time in times if time >= limit]


def test_nothing_is_kept_as_nothing() -> None:
    person = Person((), array("q", [1, 2]), array("q", [3]))
    assert person.last_ms() == 3
    person.forget(10)
    assert (person.chats, person.orders, person.last_ms()) == ((), (), 0)


@pytest.mark.parametrize(
    ("memberships", "wanted"),
    [
        (OPEN, [(T - 2, T - 2 + HOUR_MS)]),
        ([Spell(0, T, roster=True)], [(T - 2, T)]),
        ([Spell(T, FOREVER, roster=False)], [(T, T - 2 + HOUR_MS)]),
        ([], []),
    ],
    ids=["member all along", "left since", "came after", "never"],
)
def test_a_time_counts_while_a_member(
    memberships: list[Spell], wanted: list[tuple[int, int]]
) -> None:
    assert members_with(memberships, array("q", [T - 2]), HOUR_MS, T) == wanted


def test_a_roster_is_a_stay_without_a_join() -> None:
    person = Person((((T - 5) << MS_SHIFT) | 1,))
    parts = stay_parts(person, [Spell(T - 5, FOREVER, roster=True)], T)
    assert parts == {
        Count.MEMBERS: [(T - 5, FOREVER)],
        Count.EVER: [(T - 5, FOREVER)],
        Count.JOINS: [],
        Count.LEAVES: [],
    }


def test_who_only_ever_left_was_never_there() -> None:
    person = Person((((T - 5) << MS_SHIFT) | LEAVE,))
    assert stay_parts(person, [], T)[Count.EVER] == []


def test_without_a_recent_join_there_is_no_funnel() -> None:
    person = Person((), array("q", [T - 2]))
    assert funnel_parts(person, OPEN, T) == {}
    assert funnel_parts(person, [Spell(T - 5, FOREVER, roster=True)], T) == {}
