"""The persons of a live view: each event of a person replaces that person's part in the counts."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

from pipeline.core.intervals import Interval
from pipeline.core.membership import LEAVE, MS_SHIFT, Move, Spell, changes_nothing, recent, spells
from pipeline.core.person import PARTS, Person, View, merged
from pipeline.core.quality import Anomaly, outside
from pipeline.core.signals import DAY_MS, FAST, HOUR_MS, SLOW, Count, fast_end
from pipeline.core.sweep import Sweep

WIDTH = len(Count)
"""Slots of a group in the sweeps: that of a count is its group's row * WIDTH + the count."""

Counts = tuple[tuple[Count, ...], tuple[Count, ...]]
"""Slow and fast ones that an event can change."""
Parts = tuple[list[list[Interval]], list[list[Interval]]]
"""A person's part in each of them."""

_BY_MOVE: Counts = (tuple(PARTS), (Count.MEMBERS, Count.ACTIVE, Count.PAYERS))
_BY_CHAT: Counts = ((Count.ACTIVE, Count.SPOKE, Count.ORDERED), (Count.ACTIVE,))
_BY_ORDER: Counts = ((Count.PAYERS, Count.ORDERED), (Count.PAYERS,))


class People:
    """Persons by key, and two sweeps that sum up their parts.

    All that is older than 24 hours at the slow pointer is forgotten, moves excepted.
    """

    def __init__(self, grace_ms: int) -> None:
        self.slow = Sweep(SLOW.step_ms)
        self.fast = Sweep(FAST.step_ms)
        self.anomalies: Counter[str] = Counter({kind.value: 0 for kind in Anomaly})
        self._grace_ms = grace_ms
        # A person with nothing but one move, as most are, is kept as that bare number.
        self._people: dict[int, Person | Move] = {}
        # Hour number -> persons whose last chat or order is out of every window then.
        self._expiring: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._people)

    @property
    def since_ms(self) -> int:
        """Chats and orders before this matter no more."""
        return self.slow.t_ms - DAY_MS

    def advance(self, slow_end_ms: int) -> None:
        """Move the counts on to `slow_end_ms`, and forget what is in no window any more."""
        self.slow.advance(slow_end_ms)
        self.fast.advance(fast_end(slow_end_ms))
        for due in [hour for hour in self._expiring if hour < self.since_ms // HOUR_MS]:
            for key in self._expiring.pop(due):
                self._expire(key)

    def move(self, row: int, key: int, fresh: list[Move]) -> None:
        """Joins and leaves, in order, of a person of group number `row`."""
        person = self._person(key)
        before = self._parts(person, self._memberships(person), _BY_MOVE)
        self._note_odd(person.moves, fresh)
        person.moves = tuple(sorted((*person.moves, *fresh)))
        after = self._parts(person, self._memberships(person), _BY_MOVE)
        self._replace(row, _BY_MOVE, before, after)
        self._keep(key, person)

    def chat(self, row: int, key: int, fresh: list[int]) -> None:
        """Chats, in order and none before `since_ms`, of a person of group number `row`."""
        person = self._speaker(key, fresh[-1])
        memberships = self._memberships(person)
        before = self._parts(person, memberships, _BY_CHAT)
        person.chats = merged(person.chats, fresh, self.since_ms)
        self._replace(row, _BY_CHAT, before, self._parts(person, memberships, _BY_CHAT))
        self.anomalies[Anomaly.CHAT_WITHOUT_MEMBERSHIP] += outside(fresh, memberships)

    def order(self, row: int, key: int, fresh: list[int]) -> None:
        """Paid orders, in order and none before `since_ms`, of a person of group number `row`."""
        person = self._speaker(key, fresh[-1])
        memberships = self._memberships(person)
        before = self._parts(person, memberships, _BY_ORDER)
        person.orders = merged(person.orders, fresh, self.since_ms)
        self._replace(row, _BY_ORDER, before, self._parts(person, memberships, _BY_ORDER))
        self.anomalies[Anomaly.ORDER_WITHOUT_MEMBERSHIP] += outside(fresh, memberships)

    def _memberships(self, person: Person) -> list[Spell]:
        return spells(recent(person.moves, self.since_ms), self._grace_ms)

    def _parts(self, person: Person, memberships: list[Spell], counts: Counts) -> Parts:
        slow = View(person, memberships, SLOW.window_ms, self.slow.t_ms)
        fast = View(person, memberships, FAST.window_ms, self.fast.t_ms)
        return (
            [PARTS[count](slow) for count in counts[0]],
            [PARTS[count](fast) for count in counts[1]],
        )

    def _replace(self, row: int, counts: Counts, before: Parts, after: Parts) -> None:
        for sweep, its_counts, old, new in zip(
            (self.slow, self.fast), counts, before, after, strict=True
        ):
            for count, old_part, new_part in zip(its_counts, old, new, strict=True):
                if old_part != new_part:
                    sweep.replace(row * WIDTH + count, old_part, new_part)

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
            self._expiring.setdefault(time_ms // HOUR_MS, []).append(key)
        return person

    def _expire(self, key: int) -> None:
        person = self._person(key)
        person.forget(self.since_ms)
        if person.chats or person.orders:
            self._expiring.setdefault(person.last_ms() // HOUR_MS, []).append(key)
        else:
            self._keep(key, person)

    def _keep(self, key: int, person: Person) -> None:
        if person.chats or person.orders or len(person.moves) > 1:
            self._people[key] = person
        elif person.moves:
            self._people[key] = person.moves[0]
        else:
            del self._people[key]
