"""The persons of a live view: each event of a person changes that person's part in the counts."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence

import numpy as np

from pipeline.core.intervals import gain, intersect
from pipeline.core.membership import (
    LEAVE,
    MS_SHIFT,
    ROSTER,
    Move,
    Spell,
    changes_nothing,
    recent,
    spells,
    time_of,
)
from pipeline.core.pairs import Hashes, Numbers
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
from pipeline.core.person_columns import NONE, Ints, PersonColumns, TimeColumn
from pipeline.core.quality import Anomaly, outside
from pipeline.core.signals import DAY_MS, FAST, HOUR_MS, SLOW, Count, fast_end
from pipeline.core.sweep import Sweep

WIDTH = len(Count)
"""Slots of a group in the sweeps: that of a count is its group's row * WIDTH + the count."""


class People:
    """Persons by number, and two sweeps that sum up their parts.

    All that is older than 24 hours at the slow pointer is forgotten, moves excepted.
    """

    def __init__(self, grace_ms: int) -> None:
        self.slow = Sweep(SLOW.step_ms)
        self.fast = Sweep(FAST.step_ms)
        self.since_ms = -DAY_MS
        self.anomalies: Counter[str] = Counter({kind.value: 0 for kind in Anomaly})
        self._grace_ms = grace_ms
        self._people = PersonColumns()
        # Hour -> numbers of persons whose last chat or order may be out of every window then.
        self._expiring: dict[int, array[int]] = {}

    def __len__(self) -> int:
        return len(self._people)

    def advance(self, slow_end_ms: int) -> None:
        """Move the counts on to `slow_end_ms`, and forget what is in no window any more."""
        self.slow.advance(slow_end_ms)
        self.fast.advance(fast_end(slow_end_ms))
        self.since_ms = self.slow.t_ms - DAY_MS
        due = [hour for hour in self._expiring if hour < self.since_ms // HOUR_MS]
        for hour in due:
            for number in self._expiring.pop(hour):
                self._expire(number)
        if due and (renumbered := self._people.pack()) is not None:
            for hour, numbers in self._expiring.items():
                self._expiring[hour] = array("i", renumbered[numbers].astype(np.int32).tobytes())

    def numbers(self, keys: Hashes) -> Numbers:
        """The numbers of persons by key, until the next `advance`."""
        return self._people.numbers(keys)

    def move(self, rows: Ints, numbers: Numbers, moves: Sequence[list[Move]]) -> None:
        """Joins and leaves of persons of groups, by number; each person comes once, in order."""
        unknown = self._people.unknown(numbers).tolist()
        is_first = [
            is_unknown and len(its) == 1 and not its[0] & LEAVE
            for its, is_unknown in zip(moves, unknown, strict=True)
        ]
        known = np.flatnonzero(~np.array(is_first, np.bool_))
        for place in known.tolist():
            self._move(int(rows[place]), int(numbers[place]), moves[place])
        joins = [its[0] for its, each in zip(moves, is_first, strict=True) if each]
        self._join(np.delete(rows, known), np.delete(numbers, known), joins)

    def _join(self, rows: Ints, numbers: Numbers, joins: Sequence[Move]) -> None:
        """Count the first joins of persons who have done nothing yet, as most of all moves are."""
        self._people.put_first_moves(numbers, joins)
        joined_ms = np.array([time_of(join) for join in joins], np.int64)
        is_roster = np.array([join & ROSTER for join in joins], np.bool_)
        slots = rows * WIDTH
        self.slow.add_each(slots + Count.MEMBERS, joined_ms)
        self.slow.add_each(slots + Count.EVER, joined_ms)
        self.fast.add_each(slots + Count.MEMBERS, joined_ms)
        lately = ~is_roster & (joined_ms >= self.since_ms)
        slots, joined_ms = slots[lately], joined_ms[lately]
        self.slow.add_each(slots + Count.JOINS, joined_ms, joined_ms + DAY_MS)
        self.slow.add_each(slots + Count.JOINED, joined_ms, joined_ms + DAY_MS)

    def _move(self, row: int, number: int, fresh: list[Move]) -> None:
        person = self._people.of(number)
        slow, fast = self._parts(person) if person.moves else ({}, {})
        self._note_odd(person.moves, fresh)
        person.moves = tuple(sorted((*person.moves, *fresh)))
        new_slow, new_fast = self._parts(person)
        _replace(self.slow, row, slow, new_slow)
        _replace(self.fast, row, fast, new_fast)
        self._people.put(number, person)

    def act(self, count: Count, rows: Ints, numbers: Numbers, times: Sequence[list[int]]) -> None:
        """Chats (`Count.ACTIVE`) or paid orders (`Count.PAYERS`) of persons of groups, by number.

        Each person comes once, with times in order, none of them before `since_ms`.
        """
        column = self._column(count)
        firsts = np.array([its[0] for its in times], np.int64)
        lasts = np.array([its[-1] for its in times], np.int64)
        known = column.last(numbers)
        shortest = min(pace.window_ms for pace in (SLOW, FAST))
        is_simple = (
            self._people.settled(numbers, self._settled_before(count, known))
            & (known <= firsts)
            & (lasts - firsts <= shortest)
            & ((firsts == lasts) | (firsts >= self.fast.t_ms - shortest))
        )
        for place in np.flatnonzero(~is_simple).tolist():
            self._act(count, int(rows[place]), int(numbers[place]), times[place])
        simple = np.flatnonzero(is_simple)
        self._count_simple(
            rows[simple] * WIDTH + count, firsts[simple], lasts[simple], known[simple]
        )
        silent = self._people.silent(numbers)
        self._expire_each(lasts[is_simple & silent], numbers[is_simple & silent])
        is_first = is_simple & silent & (firsts == lasts)
        column.put_first(numbers[is_first], firsts[is_first])
        for place in np.flatnonzero(is_simple & ~is_first).tolist():
            number = int(numbers[place])
            column.put(number, merged(since(column.of(number), self.since_ms), times[place]))

    def _settled_before(self, count: Count, known: Ints) -> Ints | int:
        """Who joined before this, and never moved again, is no further in the funnel by a `count`.

        The first chat after a join takes on, and the first order after that chat; none after them.
        """
        return np.maximum(known, self.since_ms) if count is Count.ACTIVE else self.since_ms

    def _count_simple(self, slots: Ints, firsts: Ints, lasts: Ints, known: Ints) -> None:
        """Count members who were in all along, and whose times go on from `known`.

        Between `firsts` and `lasts` there is no gap as long as a window.
        """
        for sweep, window_ms in self._windows():
            reach = np.where(known == NONE, NONE, known + window_ms)
            ends = lasts + window_ms
            gains = (lasts >= sweep.t_ms - window_ms) & (ends > reach)
            sweep.add_each(slots[gains], np.maximum(firsts, reach)[gains], ends[gains])

    def _act(self, count: Count, row: int, number: int, fresh: list[int]) -> None:
        person = self._people.of(number)
        if not (person.chats or person.orders):
            self._expire_after(fresh[-1], number)
        memberships = self._memberships(person)
        funnel = self._funnel(person, memberships)
        slot = row * WIDTH + count
        odd = outside(fresh, memberships)
        if count is Count.ACTIVE:
            person.chats = self._counted(slot, memberships, person.chats, fresh)
            self.anomalies[Anomaly.CHAT_WITHOUT_MEMBERSHIP.value] += odd
        else:
            person.orders = self._counted(slot, memberships, person.orders, fresh)
            self.anomalies[Anomaly.ORDER_WITHOUT_MEMBERSHIP.value] += odd
        if funnel:
            _replace(self.slow, row, funnel, self._funnel(person, memberships))
        self._people.put(number, person)

    def _column(self, count: Count) -> TimeColumn:
        return self._people.chats if count is Count.ACTIVE else self._people.orders

    def _windows(self) -> tuple[tuple[Sweep, int], ...]:
        return (self.slow, SLOW.window_ms), (self.fast, FAST.window_ms)

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
            for sweep, window_ms in self._windows():
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

    def _expire(self, number: int) -> None:
        person = self._people.of(number)
        person.forget(self.since_ms)
        self._people.put(number, person)
        if person.chats or person.orders:
            self._expire_after(person.last_ms(), number)

    def _expire_each(self, times_ms: Ints, numbers: Numbers) -> None:
        hours = times_ms // HOUR_MS
        for hour in np.unique(hours).tolist():
            its = self._expiring.setdefault(hour, array("i"))
            its.frombytes(numbers[hours == hour].tobytes())

    def _expire_after(self, time_ms: int, number: int) -> None:
        hour = time_ms // HOUR_MS
        if hour not in self._expiring:
            self._expiring[hour] = array("i")
        self._expiring[hour].append(number)


def _replace(sweep: Sweep, row: int, old: Parts, new: Parts) -> None:
    for count in old.keys() | new.keys():
        sweep.replace(row * WIDTH + count, old.get(count, ()), new.get(count, ()))
