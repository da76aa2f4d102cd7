"""What the live view keeps of one person in one group, and the person's part in every count."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from pipeline.core.funnel import steps
from pipeline.core.intervals import FOREVER, Interval, cover, intersect
from pipeline.core.membership import Move, Spell, first_join_ms
from pipeline.core.signals import DAY_MS, Count

Times: TypeAlias = "array[int] | tuple[()]"
"""Ascending epoch ms; no array at all for none."""


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
        self.chats = _from(self.chats, since_ms)
        self.orders = _from(self.orders, since_ms)


def merged(times: Times, fresh: list[int], since_ms: int) -> Times:
    """`times` from `since_ms` on, and more of them, which come in order."""
    kept = _from(times, since_ms)
    if kept and kept[-1] > fresh[0]:
        return array("q", sorted([*kept, *fresh]))
    return kept + array("q", fresh) if kept else array("q", fresh)


def _from(times: Times, since_ms: int) -> Times:
    if not times or times[0] >= since_ms:
        return times
    gone = bisect_left(times, since_ms)
    return times[gone:] if gone < len(times) else ()


class View(NamedTuple):
    """A person, whose `memberships` are known, seen through windows of one length."""

    person: Person
    memberships: list[Spell]
    window_ms: int
    t_ms: int

    def members(self) -> list[Interval]:
        """Part in `Count.MEMBERS`."""
        return [(spell.opened_ms, spell.closed_ms) for spell in self.memberships]

    def ever(self) -> list[Interval]:
        """Part in `Count.EVER`."""
        first = first_join_ms(self.person.moves)
        return [] if first is None else [(first, FOREVER)]

    def joins(self) -> list[Interval]:
        """Part in `Count.JOINS`: an interval each, so they may overlap."""
        return [(opened, opened + self.window_ms) for opened in self._openings()]

    def leaves(self) -> list[Interval]:
        """Part in `Count.LEAVES`: an interval each, so they may overlap."""
        closings = [spell.closed_ms for spell in self.memberships if spell.closed_ms < FOREVER]
        return [(closed, closed + self.window_ms) for closed in closings]

    def active(self) -> list[Interval]:
        """Part in `Count.ACTIVE`."""
        return self._members_with(self.person.chats)

    def payers(self) -> list[Interval]:
        """Part in `Count.PAYERS`."""
        return self._members_with(self.person.orders)

    def joined(self) -> list[Interval]:
        """Part in `Count.JOINED`."""
        return steps(self._openings(), (), ()).joined

    def spoke(self) -> list[Interval]:
        """Part in `Count.SPOKE`."""
        return steps(self._openings(), self.person.chats, ()).spoke

    def ordered(self) -> list[Interval]:
        """Part in `Count.ORDERED`."""
        return steps(self._openings(), self.person.chats, self.person.orders).ordered

    def _openings(self) -> list[int]:
        since = self.t_ms - DAY_MS
        return [s.opened_ms for s in self.memberships if s.opened_ms >= since and not s.roster]

    def _members_with(self, times: Times) -> list[Interval]:
        if not times:
            return []
        return intersect(self.members(), cover(times, self.window_ms, self.t_ms - self.window_ms))


PARTS: Mapping[Count, Callable[[View], list[Interval]]] = MappingProxyType(
    {
        Count.MEMBERS: View.members,
        Count.EVER: View.ever,
        Count.JOINS: View.joins,
        Count.LEAVES: View.leaves,
        Count.ACTIVE: View.active,
        Count.PAYERS: View.payers,
        Count.JOINED: View.joined,
        Count.SPOKE: View.spoke,
        Count.ORDERED: View.ordered,
    }
)
"""A person's part in each count of persons: when it adds one, right for every t >= `t_ms`."""
