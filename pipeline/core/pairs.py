"""Distinct pairs of numbers as columns: a hash table that is asked for a whole batch at once.

A pair takes some 20 bytes; in a set of Python objects it takes seven times as much, and each is
looked up by itself.
"""

from __future__ import annotations

from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from schemas.compiled import compiled, prefetch, reading

Hashes = npt.NDArray[np.uint64]
Owners = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Tags = npt.NDArray[np.uint8]
T = TypeVar("T", bound=np.generic)

ABSENT: Final = np.int32(2**31 - 1)
"""The number of no pair: greater than that of any."""

_FEWEST_SLOTS = 64
_FREE, _USED = np.uint8(0), np.uint8(1)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbours fall far apart
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_TAG = np.uint64(56)
_AHEAD = 16


class Pairs:
    """Pairs (hash, owner), numbered from 0 on in the order in which they came.

    `admit` and `find` take parallel arrays. Linear probing: a slot holds a number, and apart from
    it a tag of its pair, so that 64 slots are looked through in one line of the processor's cache.
    """

    def __init__(self) -> None:
        self._count = 0
        self._hashes: Hashes = np.empty(_FEWEST_SLOTS, np.uint64)
        self._owners: Owners = np.empty(_FEWEST_SLOTS, np.uint32)
        self._tags: Tags = np.zeros(_FEWEST_SLOTS, np.uint8)
        self._slots: Numbers = np.empty(_FEWEST_SLOTS, np.int32)

    def __len__(self) -> int:
        return self._count

    @property
    def hashes(self) -> Hashes:
        """The first of each pair, by number; a view."""
        return self._hashes[: self._count]

    @property
    def owners(self) -> Owners:
        """The second of each pair, by number; a view."""
        return self._owners[: self._count]

    def find(self, hashes: Hashes, owners: Owners) -> Numbers:
        """The number of each pair, `ABSENT` where it is not here."""
        found: Numbers = _find(reading(hashes), reading(owners), self._table())
        return found

    def admit(self, hashes: Hashes, owners: Owners) -> tuple[Numbers, Mask]:
        """The number of each pair, those that were not here taken in; and whether it is new.

        Of equal new ones the first is new, the others are not.
        """
        self._reserve(self._count + len(hashes))
        numbers, is_new, self._count = _admit(
            reading(hashes), reading(owners), self._table(), self._count
        )
        return numbers, is_new

    def keep(self, kept: Mask, owners: Owners) -> None:
        """Keep those of `kept`, numbered anew in the same order, with `owners` in place of theirs.

        `owners` is as long as what is kept; pairs stay distinct.
        """
        self._hashes = self.hashes[kept]
        self._owners = owners.copy()
        self._count = len(owners)
        self._make_slots(self._count + self._count // 2)

    def _table(self) -> tuple[Hashes, Owners, Tags, Numbers]:
        return self._hashes, self._owners, self._tags, self._slots

    def _reserve(self, count: int) -> None:
        """Have room for `count` pairs, and five slots for four of them."""
        if count > len(self._hashes):
            room = max(count, self._count + self._count // 4)
            self._hashes = grown(self._hashes, self._count, room)
            self._owners = grown(self._owners, self._count, room)
        if 5 * count > 4 * len(self._slots):
            self._make_slots(count + count // 2)

    def _make_slots(self, count: int) -> None:
        size = max(count + count // 4 + 1, _FEWEST_SLOTS)
        del self._tags, self._slots  # first, so that they and the new ones never lie side by side
        self._tags = np.zeros(size, np.uint8)
        self._slots = np.empty(size, np.int32)
        _enter_all(self.hashes, self.owners, self._table())


def grown(column: npt.NDArray[T], count: int, room: int) -> npt.NDArray[T]:
    """The first `count` of `column` in an array that has `room` for more, which are zero."""
    wider: npt.NDArray[T] = np.zeros(room, column.dtype)
    wider[:count] = column[:count]
    return wider


@intrinsic  # type: ignore[untyped-decorator]  # numba has no types
def _fetch_ahead(_: Any, array: Any, at: Any) -> Any:
    """Have the processor fetch `array[at]` while it goes on: else a look-up is mostly waiting."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(array)(context, builder, arguments[0])
        place = builder.gep(held.data, [arguments[1]])
        prefetch(builder, builder.bitcast(place, cgutils.voidptr_t))
        return context.get_dummy_value()

    return types.void(array, at), codegen


@compiled
def _first_slot(its_hash: Any, owner: Any, slots: int) -> Any:
    """Where a pair is looked for first, and its tag."""
    mixed = (its_hash ^ (np.uint64(owner) * _SPREAD)) * _SPREAD
    mixed ^= mixed >> _HALF
    return np.int64(((mixed & _LOW) * np.uint64(slots)) >> _HALF), np.uint8(mixed >> _TAG) | _USED


@compiled
def _look_ahead(hashes: Hashes, owners: Owners, at: int, table: Any) -> None:
    """Have fetched what the pair some places after `at` will need."""
    if at + _AHEAD < len(owners):
        slot, _ = _first_slot(hashes[at + _AHEAD], owners[at + _AHEAD], len(table[2]))
        _fetch_ahead(table[2], slot)
        _fetch_ahead(table[3], slot)


@compiled
def _place(its_hash: Any, owner: Any, table: Any) -> Any:
    """The slot of a pair and its number; one that is not here gets a free slot, and `ABSENT`.

    Beside them the tag that the slot has, or is to have.
    """
    hashes, owners, tags, numbers = table
    slot, tag = _first_slot(its_hash, owner, len(tags))
    while tags[slot] != _FREE:
        if tags[slot] == tag:
            number = numbers[slot]
            if hashes[number] == its_hash and owners[number] == owner:
                return slot, number, tag
        slot += 1
        if slot == len(tags):
            slot = 0
    return slot, ABSENT, tag


@compiled
def _find(asked: Hashes, asked_owners: Owners, table: Any) -> Any:
    found = np.empty(len(asked), np.int32)
    for at in range(len(asked)):
        _look_ahead(asked, asked_owners, at, table)
        found[at] = _place(asked[at], asked_owners[at], table)[1]
    return found


@compiled
def _admit(fresh: Hashes, fresh_owners: Owners, table: Any, count: int) -> Any:
    hashes, owners, tags, numbers = table
    found, is_new = np.empty(len(fresh), np.int32), np.zeros(len(fresh), np.bool_)
    for at in range(len(fresh)):
        _look_ahead(fresh, fresh_owners, at, table)
        slot, number, tag = _place(fresh[at], fresh_owners[at], table)
        if number == ABSENT:
            number = np.int32(count)
            is_new[at] = True
            tags[slot], numbers[slot] = tag, number
            hashes[count], owners[count] = fresh[at], fresh_owners[at]
            count += 1
        found[at] = number
    return found, is_new, count


@compiled
def _enter_all(hashes: Hashes, owners: Owners, table: Any) -> None:
    """Give each pair of the table a slot: they are distinct, so each finds a free one."""
    _, _, tags, numbers = table
    for number in range(len(hashes)):
        _look_ahead(hashes, owners, number, table)
        slot, _, tag = _place(hashes[number], owners[number], table)
        tags[slot], numbers[slot] = tag, number
