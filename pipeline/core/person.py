"""What the live view keeps of one person in one group, and the person's part in every count."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from pipeline.core.funnel import steps
from pipeline.core.intervals import FOREVER, Interval, cover, intersect
from pipeline.core.membership import Move, Spell, first_join_ms
from pipeline.core.signals import DAY_MS, Count

Times: TypeAlias = "array[int] | tuple[()]"
"""Ascending epoch ms; no array at all for none."""

Parts = Mapping[Count, Sequence[Interval]]
"""When one person adds one to which counts."""


@dataclass(slots=True)
class Person:
    """All moves there ever were, and the chats and paid orders of the last 24 hours."""

    moves: tuple[Move, ...] = ()
    chats: Times = ()
    orders: Times = ()

    def last_ms(self) -> int:
        """Time of the latest chat or order, 0 if there is none."""
        return max(self.chats[-1] if self.chats else 0, self.orders[-1] if self.orders else 0)

    def forget(self, since_ms: int) -> None:
        """Let chats and orders before `since_ms` go."""
        self.chats = since(self.chats, since_ms)
        self.orders = since(self.orders, since_ms)


def since(times: Times, since_ms: int) -> Times:
    """Those of `times` that are not before `since_ms`."""
    if not times or times[0] >= since_ms:
        return times
    gone = bisect_left(times, since_ms)
    return times[gone:] if gone < len(times) else ()


def merged(times: Times, fresh: list[int]) -> Times:
    """`times` and more of them, which come in order."""
    if not times:
        return array("q", fresh)
    if times[-1] > fresh[0]:
        return array("q", sorted([*times, *fresh]))
    times.extend(fresh)
    return times


def members_with(
    memberships: Sequence[Spell], times: Times, window_ms: int, t_ms: int
) -> list[Interval]:
    """When the person is a member with one of `times` in the window; right from `t_ms` on."""
    covered = cover(times, window_ms, t_ms - window_ms) if times else []
    return intersect(inside(memberships), covered) if covered else []


def inside(memberships: Sequence[Spell]) -> list[Interval]:
    """When the person is a member."""
    return [(spell.opened_ms, spell.closed_ms) for spell in memberships]


def stay_parts(person: Person, memberships: Sequence[Spell], t_ms: int) -> Parts:
    """Parts in the slow counts that moves alone decide; right from `t_ms` on.

    Those in joins and leaves are an interval for each, so they may overlap.
    """
    since_ms = t_ms - DAY_MS
    joins = [spell.opened_ms for spell in memberships if not spell.roster]
    leaves = [spell.closed_ms for spell in memberships if spell.closed_ms < FOREVER]
    first = first_join_ms(person.moves)
    return {
        Count.MEMBERS: inside(memberships),
        Count.EVER: [] if first is None else [(first, FOREVER)],
        Count.JOINS: [(joined, joined + DAY_MS) for joined in joins if joined >= since_ms],
        Count.LEAVES: [(left, left + DAY_MS) for left in leaves if left >= since_ms],
    }


def funnel_parts(person: Person, memberships: Sequence[Spell], t_ms: int) -> Parts:
    """Parts in the steps of the funnel; right from `t_ms` on."""
    since_ms = t_ms - DAY_MS
    openings = [
        spell.opened_ms for spell in memberships if spell.opened_ms >= since_ms and not spell.roster
    ]
    if not openings:
        return {}
    taken = steps(openings, person.chats, person.orders)
    return {Count.JOINED: taken.joined, Count.SPOKE: taken.spoke, Count.ORDERED: taken.ordered}
