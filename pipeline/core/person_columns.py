"""The persons of a live view as columns: some 70 bytes each, where objects took half a kilobyte.

Most have one move and at most one chat and one order in 24 hours. These lie in columns; what
there is more of lies in a dictionary.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.core.membership import LEAVE, MS_SHIFT, Move
from pipeline.core.pairs import Hashes, Mask, Numbers, Pairs
from pipeline.core.person import Person, Times

NONE = -(1 << 62)
MANY = NONE + 1
_HALF = 64
_LOW = (1 << _HALF) - 1
WORTH_PACKING = 10_000
"""So many who have nothing may stay, whoever else there is."""

Ints = npt.NDArray[np.int64]


class PersonColumns:
    """Persons by number, which `numbers` tells for their keys; one that nothing is known of has
    nothing.

    `pack` numbers all anew, so that those with nothing go.
    """

    def __init__(self) -> None:
        self._keys = Pairs()
        self._moves_high = array("q")
        self._moves_low = array("Q")
        self._many_moves: dict[int, tuple[Move, ...]] = {}
        self.chats = TimeColumn()
        self.orders = TimeColumn()

    def __len__(self) -> int:
        return int(self._has_something().sum())

    def numbers(self, keys: Hashes) -> Numbers:
        """The number of each person by key."""
        numbers, is_new = self._keys.admit(keys, np.zeros(len(keys), np.uint32))
        count = int(is_new.sum())
        self._moves_high.extend(array("q", [NONE]) * count)
        self._moves_low.frombytes(bytes(8 * count))
        self.chats.grow(count)
        self.orders.grow(count)
        return numbers

    def unknown(self, numbers: Numbers) -> Mask:
        """Who has nothing."""
        return _is(self._moves_high, numbers, NONE) & self.silent(numbers)

    def silent(self, numbers: Numbers) -> Mask:
        """Who has neither chat nor order."""
        return _is(self.chats.one, numbers, NONE) & _is(self.orders.one, numbers, NONE)

    def settled(self, numbers: Numbers, before_ms: Ints | int) -> Mask:
        """Whose only move is a join before `before_ms`, one for each or one for all."""
        high = np.frombuffer(self._moves_high, np.int64)[numbers]
        low = np.frombuffer(self._moves_low, np.uint64)[numbers]
        joined = (low & np.uint64(LEAVE)) == 0
        found: Mask = (high > MANY) & joined & (high >> (MS_SHIFT - _HALF) < before_ms)
        return found

    def of(self, number: int) -> Person:
        """A person; what is changed in it must be put."""
        return Person(self._moves(number), self.chats.of(number), self.orders.of(number))

    def put(self, number: int, person: Person) -> None:
        """Keep all of a person."""
        self._put_moves(number, person.moves)
        self.chats.put(number, person.chats)
        self.orders.put(number, person.orders)

    def put_first_moves(self, numbers: Numbers, moves: Sequence[Move]) -> None:
        """Keep the one move of each of these, who have none yet."""
        high = np.array([move >> _HALF for move in moves], np.int64)
        low = np.array([move & _LOW for move in moves], np.uint64)
        np.frombuffer(self._moves_high, np.int64)[numbers] = high
        np.frombuffer(self._moves_low, np.uint64)[numbers] = low

    def _put_moves(self, number: int, moves: Sequence[Move]) -> None:
        if self._moves_high[number] == MANY:
            del self._many_moves[number]
        if len(moves) == 1:
            self._moves_high[number] = moves[0] >> _HALF
            self._moves_low[number] = moves[0] & _LOW
        elif moves:
            self._moves_high[number] = MANY
            self._many_moves[number] = tuple(moves)
        else:
            self._moves_high[number] = NONE

    def pack(self) -> Ints | None:
        """Forget those who have nothing, where they are many: new numbers by old ones.

        None where all is as it was; the number of who is forgotten means nothing.
        """
        kept = self._has_something()
        count = int(kept.sum())
        if len(kept) - count < max(WORTH_PACKING, count):
            return None
        renumbered = np.cumsum(kept) - 1
        self._keys.keep(kept, self._keys.owners[kept])
        self._moves_high = _kept(self._moves_high, kept)
        self._moves_low = _kept(self._moves_low, kept)
        self._many_moves = {int(renumbered[at]): its for at, its in self._many_moves.items()}
        self.chats.pack(kept, renumbered)
        self.orders.pack(kept, renumbered)
        return renumbered

    def _moves(self, number: int) -> tuple[Move, ...]:
        high = self._moves_high[number]
        if high == NONE:
            return ()
        if high == MANY:
            return self._many_moves[number]
        return (high << _HALF | self._moves_low[number],)

    def _has_something(self) -> Mask:
        columns = (self._moves_high, self.chats.one, self.orders.one)
        moves, chats, orders = (np.array(column, np.int64) for column in columns)
        found: Mask = (moves != NONE) | (chats != NONE) | (orders != NONE)
        return found


class TimeColumn:
    """Ascending times of each person: `one`, `NONE` or `MANY`, which lie in `many`.

    Persons are numbered from 0 on.
    """

    def __init__(self) -> None:
        self.one = array("q")
        self.many: dict[int, array[int]] = {}

    def grow(self, count: int) -> None:
        """Have so many persons more, with no time."""
        self.one.extend(array("q", [NONE]) * count)

    def last(self, numbers: Numbers) -> Ints:
        """The latest time of each person, `NONE` if there is none."""
        found = np.frombuffer(self.one, np.int64)[numbers]
        for place in np.flatnonzero(found == MANY).tolist():
            found[place] = self.many[int(numbers[place])][-1]
        return found

    def of(self, number: int) -> Times:
        """The times of a person; what is changed in them must be put."""
        one = self.one[number]
        if one == NONE:
            return ()
        return self.many[number] if one == MANY else array("q", (one,))

    def put_first(self, numbers: Numbers, times: Ints) -> None:
        """Keep the one time of each of these, who have none yet."""
        np.frombuffer(self.one, np.int64)[numbers] = times

    def put(self, number: int, times: Times) -> None:
        """Keep the times of a person in place of those before."""
        if len(times) > 1:
            self.one[number] = MANY
            self.many[number] = times  # type: ignore[assignment]  # an empty tuple is not longer
            return
        if self.one[number] == MANY:
            del self.many[number]
        self.one[number] = times[0] if times else NONE

    def pack(self, kept: Mask, renumbered: Ints) -> None:
        """Go without those who are not `kept`, none of whom has a time."""
        self.one = _kept(self.one, kept)
        self.many = {int(renumbered[at]): its for at, its in self.many.items()}


def _is(column: array[int], numbers: Numbers, value: int) -> Mask:
    found: Mask = np.frombuffer(column, np.int64)[numbers] == value
    return found


def _kept(column: array[int], kept: Mask) -> array[int]:
    dtype = np.int64 if column.typecode == "q" else np.uint64
    return array(column.typecode, np.frombuffer(column, dtype)[kept].tobytes())
