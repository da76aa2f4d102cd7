"""Memberships from joins and leaves: netting, ties, oddities, and how much history is enough."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.intervals import FOREVER
from pipeline.core.membership import (
    LEAVE,
    MS_SHIFT,
    ROSTER,
    Move,
    Spell,
    changes_nothing,
    first_join_ms,
    moves,
    recent,
    spells,
    time_of,
)
from tests.reference.cases import GRACES, HISTORIES
from tests.reference.signals import Fact, memberships

GRACE = 5


def join(ms: int, *, seq: int = 0, roster: bool = False) -> Move:
    return ms << MS_SHIFT | seq << 2 | (ROSTER if roster else 0)


def leave(ms: int, *, seq: int = 0) -> Move:
    return ms << MS_SHIFT | seq << 2 | LEAVE


@pytest.mark.parametrize(
    ("history", "wanted"),
    [
        # J----------------------
        ([join(10)], [(10, FOREVER)]),
        # J-------L
        ([join(10), leave(90)], [(10, 90)]),
        # J---L      J-----------   the gap is longer than the grace
        ([join(10), leave(20), join(26)], [(10, 20), (26, FOREVER)]),
        # J---L.....J------------   just within it
        ([join(10), leave(20), join(25)], [(10, FOREVER)]),
        # J-L.J-L.J-L               chained, and the last leave stands
        ([join(1), leave(2), join(4), leave(6), join(9), leave(11)], [(1, 11)]),
        # J---J---L---L             a join of someone present, a leave of someone absent
        ([join(10), join(20), leave(30), leave(34)], [(10, 30)]),
        # L   J-----------          a leave before the first join opens and closes nothing
        ([leave(8), join(10)], [(10, FOREVER)]),
        # the re-join within the grace is measured from the first leave
        ([join(10), leave(20), leave(24), join(26)], [(10, 20), (26, FOREVER)]),
        ([], []),
    ],
)
def test_memberships(history: list[Move], wanted: list[tuple[int, int]]) -> None:
    assert [(spell.opened_ms, spell.closed_ms) for spell in spells(history, GRACE)] == wanted


def test_a_netted_rejoin_keeps_how_the_membership_was_opened() -> None:
    history = [join(10, roster=True), leave(20), join(21)]
    assert spells(history, GRACE) == [Spell(10, FOREVER, roster=True)]


def test_without_grace_only_a_rejoin_at_the_same_ms_is_netted() -> None:
    history = [join(10), leave(20), join(20, seq=1), leave(30), join(31)]
    assert [spell.opened_ms for spell in spells(history, 0)] == [10, 31]


def test_moves_are_in_order_of_time_then_sequence_then_join_before_leave() -> None:
    big = 2**64 - 1
    ordered = [
        join(1, seq=big),
        join(2),
        join(2, roster=True),
        leave(2),
        join(2, seq=1),
        leave(2, seq=big),
        join(3),
    ]
    assert sorted(ordered) == ordered


def test_moves_are_read_from_fact_columns() -> None:
    facts = pl.DataFrame(
        {
            "event_ms": [1_700_000_000_000, 5],
            "source_seq": pl.Series([2**64 - 1, 0], dtype=pl.UInt64),
            "join_method": ["import", "qr"],
        }
    )
    joins = facts.select(moves(leave=False))["event_ms"].to_list()
    leaves = facts.select(moves(leave=True))["event_ms"].to_list()
    assert joins == [join(1_700_000_000_000, seq=2**64 - 1, roster=True), join(5)]
    assert leaves == [leave(1_700_000_000_000, seq=2**64 - 1), leave(5)]
    assert time_of(joins[0]) == 1_700_000_000_000


def test_which_moves_change_nothing() -> None:
    history = [leave(1), join(2), join(3), leave(4), leave(5)]
    assert [changes_nothing(history, place) for place in range(5)] == [
        True,
        False,
        True,
        False,
        True,
    ]


def test_the_first_join_counts_whatever_came_before() -> None:
    assert first_join_ms([leave(1), join(2), join(3)]) == 2
    assert first_join_ms([leave(1)]) is None


HISTORY = st.lists(
    st.builds(lambda kind, ms: kind(ms), st.sampled_from([join, leave]), st.integers(0, 60)),
    max_size=12,
).map(sorted)


@given(HISTORY, st.integers(0, 60), st.integers(0, 9))
def test_recent_moves_suffice_for_all_that_comes_later(
    history: list[Move], since: int, grace: int
) -> None:
    def later(found: list[Spell]) -> list[tuple[int, int]]:
        return [(max(s.opened_ms, since - 1), s.closed_ms) for s in found if s.closed_ms >= since]

    tail = recent(history, since)
    assert later(spells(tail, grace)) == later(spells(history, grace))


@given(HISTORIES, GRACES)
def test_memberships_are_those_of_the_reference(history: list[Fact], grace_ms: int) -> None:
    mine = [f for f in history if f.event_type in ("join", "leave")]
    packed = sorted(
        leave(f.event_ms, seq=f.source_seq)
        if f.event_type == "leave"
        else join(f.event_ms, seq=f.source_seq, roster=f.detail == "import")
        for f in mine
    )
    wanted = [
        Spell(opened, FOREVER if closed is None else closed, roster)
        for opened, closed, roster in memberships(mine, grace_ms)
    ]
    assert spells(packed, grace_ms) == wanted
