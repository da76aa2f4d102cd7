"""The persons of a live view: each event of a person changes that person's part in the counts."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

from pipeline.core.intervals import FOREVER, gain, intersect
from pipeline.core.membership import (
    LEAVE,
    MS_SHIFT,
    Move,
    Spell,
    changes_nothing,
    recent,
    spells,
    time_of,
)
from pipeline.core.person import (
    Parts,
    Person,
    Times,
    funnel_parts,
    inside,
    members_with,
    merged,
    since,
    stay_parts,
)
from pipeline.core.quality import Anomaly, outside
from pipeline.core.signals import DAY_MS, FAST, HOUR_MS, SLOW, Count, fast_end
from pipeline.core.sweep import Sweep

WIDTH = len(Count)
"""Slots of a group in the sweeps: that of a count is its group's row * WIDTH + the count."""


class People:
    """Persons by key, and two sweeps that sum up their parts.

    All that is older than 24 hours at the slow pointer is forgotten, moves excepted.
    """

    def __init__(self, grace_ms: int) -> None:
        self.slow = Sweep(SLOW.step_ms)
        self.fast = Sweep(FAST.step_ms)
        self.since_ms = -DAY_MS
        self.anomalies: Counter[str] = Counter({kind.value: 0 for kind in Anomaly})
        self._grace_ms = grace_ms
        # A person with nothing but one move, as most are, is kept as that bare number.
        self._people: dict[int, Person | Move] = {}
        # Hour number -> keys of persons whose last chat or order may be out of every window then.
        self._expiring: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return len(self._people)

    def advance(self, slow_end_ms: int) -> None:
        """Move the counts on to `slow_end_ms`, and forget what is in no window any more."""
        self.slow.advance(slow_end_ms)
        self.fast.advance(fast_end(slow_end_ms))
        self.since_ms = self.slow.t_ms - DAY_MS
        for due in [hour for hour in self._expiring if hour < self.since_ms // HOUR_MS]:
            for key in self._expiring.pop(due):
                self._expire(key)

    def move(self, row: int, key: int, fresh: list[Move]) -> None:
        """Joins and leaves, in order, of a person of group number `row`."""
        if len(fresh) == 1 and key not in self._people and self._settled(row, fresh[0]):
            self._people[key] = fresh[0]
            return
        person = self._person(key)
        slow, fast = self._parts(person) if person.moves else ({}, {})
        self._note_odd(person.moves, fresh)
        person.moves = tuple(sorted((*person.moves, *fresh)))
        new_slow, new_fast = self._parts(person)
        _replace(self.slow, row, slow, new_slow)
        _replace(self.fast, row, fast, new_fast)
        self._keep(key, person)

    def chat(self, row: int, key: int, fresh: list[int]) -> None:
        """Chats, in order and none before `since_ms`, of a person of group number `row`."""
        person = self._speaker(key, fresh[-1])
        memberships = self._memberships(person)
        funnel = self._funnel(person, memberships)
        slot = row * WIDTH + Count.ACTIVE
        person.chats = self._counted(slot, memberships, person.chats, fresh)
        if funnel:
            _replace(self.slow, row, funnel, self._funnel(person, memberships))
        self.anomalies[Anomaly.CHAT_WITHOUT_MEMBERSHIP.value] += outside(fresh, memberships)

    def order(self, row: int, key: int, fresh: list[int]) -> None:
        """Paid orders, in order and none before `since_ms`, of a person of group number `row`."""
        person = self._speaker(key, fresh[-1])
        memberships = self._memberships(person)
        funnel = self._funnel(person, memberships)
        slot = row * WIDTH + Count.PAYERS
        person.orders = self._counted(slot, memberships, person.orders, fresh)
        if funnel:
            _replace(self.slow, row, funnel, self._funnel(person, memberships))
        self.anomalies[Anomaly.ORDER_WITHOUT_MEMBERSHIP.value] += outside(fresh, memberships)

    def _settled(self, row: int, move: Move) -> bool:
        """Count the first join of a person if it is older than every window: the short way for
        most of a community's history."""
        joined_ms = time_of(move)
        if move & LEAVE or joined_ms >= self.since_ms:
            return False
        self.slow.add(row * WIDTH + Count.MEMBERS, (joined_ms, FOREVER))
        self.slow.add(row * WIDTH + Count.EVER, (joined_ms, FOREVER))
        self.fast.add(row * WIDTH + Count.MEMBERS, (joined_ms, FOREVER))
        return True

    def _memberships(self, person: Person) -> list[Spell]:
        return spells(recent(person.moves, self.since_ms), self._grace_ms)

    def _funnel(self, person: Person, memberships: Sequence[Spell]) -> Parts:
        return funnel_parts(person, memberships, self.slow.t_ms)

    def _parts(self, person: Person) -> tuple[Parts, Parts]:
        """The person's part in every slow and every fast count."""
        memberships = self._memberships(person)
        slow = {
            **stay_parts(person, memberships, self.slow.t_ms),
            **self._funnel(person, memberships),
        }
        fast = {Count.MEMBERS: slow[Count.MEMBERS]}
        for count, times in ((Count.ACTIVE, person.chats), (Count.PAYERS, person.orders)):
            if times:
                slow[count] = members_with(memberships, times, SLOW.window_ms, self.slow.t_ms)
                fast[count] = members_with(memberships, times, FAST.window_ms, self.fast.t_ms)
        return slow, fast

    def _counted(
        self, slot: int, memberships: Sequence[Spell], times: Times, fresh: list[int]
    ) -> Times:
        """Count a member by `fresh` times too, besides the known `times`; return them all.

        More times never take anything away, so only what they gain is added.
        """
        if memberships:
            member = inside(memberships)
            for sweep, window_ms in ((self.slow, SLOW.window_ms), (self.fast, FAST.window_ms)):
                gained = gain(times, fresh, window_ms, sweep.t_ms - window_ms)
                for interval in intersect(member, gained):
                    sweep.add(slot, interval)
        return merged(since(times, self.since_ms), fresh)

    def _note_odd(self, known: tuple[Move, ...], fresh: list[Move]) -> None:
        seen_from = self.since_ms << MS_SHIFT
        if fresh[-1] < seen_from:
            return
        history = list(known)
        for move in fresh:
            place = bisect_right(history, move)
            history.insert(place, move)
            if move >= seen_from and changes_nothing(history, place):
                odd = Anomaly.LEAVE_ABSENT if move & LEAVE else Anomaly.JOIN_PRESENT
                self.anomalies[odd.value] += 1

    def _person(self, key: int) -> Person:
        known = self._people.get(key)
        if isinstance(known, Person):
            return known
        return Person(() if known is None else (known,))

    def _speaker(self, key: int, time_ms: int) -> Person:
        """The person, whose chat or order at `time_ms` will expire."""
        person = self._people[key] = self._person(key)
        if not (person.chats or person.orders):
            self._expire_after(time_ms, key)
        return person

    def _expire(self, key: int) -> None:
        person = self._person(key)
        person.forget(self.since_ms)
        if person.chats or person.orders:
            self._expire_after(person.last_ms(), key)
        else:
            self._keep(key, person)

    def _expire_after(self, time_ms: int, key: int) -> None:
        hour = time_ms // HOUR_MS
        if hour not in self._expiring:
            self._expiring[hour] = array("Q")
        self._expiring[hour].append(key)

    def _keep(self, key: int, person: Person) -> None:
        if person.chats or person.orders or len(person.moves) > 1:
            self._people[key] = person
        elif person.moves:
            self._people[key] = person.moves[0]
        else:
            del self._people[key]


def _replace(sweep: Sweep, row: int, old: Parts, new: Parts) -> None:
    for count in old.keys() | new.keys():
        sweep.replace(row * WIDTH + count, old.get(count, ()), new.get(count, ()))
