"""Distinct pairs of numbers as columns: a hash table that is asked for a whole batch at once.

A pair takes some 30 bytes; in a set of Python objects it takes five times as much, and each is
looked up by itself.
"""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]
Owners = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)

ABSENT: Final = np.int32(2**31 - 1)
"""The number of no pair: greater than that of any."""

_FEWEST_SLOTS = 64
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: neighbours fall far apart
_STEP_BITS = np.uint64(32)


class Pairs:
    """Pairs (hash, owner), numbered from 0 on in the order in which they came.

    `admit` and `find` take parallel arrays. Double hashing in open slots; a slot holds a number.
    """

    def __init__(self) -> None:
        self._count = 0
        self._slots: Numbers = np.full(_FEWEST_SLOTS, ABSENT, np.int32)
        self._hashes: Hashes = np.empty(_FEWEST_SLOTS, np.uint64)
        self._owners: Owners = np.empty(_FEWEST_SLOTS, np.uint32)

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
        found = np.full(len(hashes), ABSENT, np.int32)
        places = np.arange(len(hashes))
        slots, steps = self._probes(hashes, owners)
        while places.size:
            numbers = self._slots[slots]
            taken = numbers != ABSENT
            if not taken.all():
                places, slots, numbers = places[taken], slots[taken], numbers[taken]
                steps = steps[taken]
            other = (self._hashes[numbers] != hashes[places]) | (
                self._owners[numbers] != owners[places]
            )
            found[places] = np.where(other, ABSENT, numbers)
            places, steps = places[other], steps[other]
            slots = (slots[other] + steps) & self._last_slot
        return found

    def admit(self, hashes: Hashes, owners: Owners) -> tuple[Numbers, Mask]:
        """The number of each pair, those that were not here taken in; and whether it is new.

        Of equal new ones the first is new, the others are not.
        """
        base, count = self._count, len(hashes)
        self._reserve(base + count)
        # They lie at the end for now, so that they can be compared with each other as well.
        self._hashes[base : base + count] = hashes
        self._owners[base : base + count] = owners
        found = np.empty(count, np.int32)
        found_at = np.empty(count, np.int64)
        places = np.arange(count)
        slots, steps = self._probes(hashes, owners)
        while places.size:
            numbers = self._slots[slots]
            free = numbers == ABSENT
            if free.any():
                wanted = slots[free]
                np.minimum.at(self._slots, wanted, (base + places[free]).astype(np.int32))
                numbers[free] = self._slots[wanted]
            other = (self._hashes[numbers] != hashes[places]) | (
                self._owners[numbers] != owners[places]
            )
            found[places] = numbers
            found_at[places] = slots
            places, steps = places[other], steps[other]
            slots = (slots[other] + steps) & self._last_slot
        is_new = found == np.arange(base, base + count, dtype=np.int32)
        fresh = np.flatnonzero(is_new)
        self._count = base + len(fresh)
        if len(fresh) < count:  # close the ranks
            renumbered = np.cumsum(is_new, dtype=np.int32) + np.int32(base - 1)
            late = found >= base
            found[late] = renumbered[found[late] - base]
            self._slots[found_at[fresh]] = found[fresh]
            self._hashes[base : self._count] = hashes[fresh]
            self._owners[base : self._count] = owners[fresh]
        return found, is_new

    def keep(self, kept: Mask, owners: Owners) -> None:
        """Keep those of `kept`, numbered anew in the same order, with `owners` in place of theirs.

        `owners` is as long as what is kept; pairs stay distinct.
        """
        self._hashes = self.hashes[kept]
        self._owners = owners
        self._count = len(owners)
        self._make_slots(self._count)

    @property
    def _last_slot(self) -> int:
        return len(self._slots) - 1

    def _probes(
        self, hashes: Hashes, owners: Owners
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where each pair is looked for first, and by how many slots further each time."""
        mixed = (hashes ^ (owners * _SPREAD)) * _SPREAD
        mixed ^= mixed >> _STEP_BITS
        slots = (mixed & np.uint64(self._last_slot)).view(np.int64)
        steps = ((mixed >> _STEP_BITS) | np.uint64(1)).view(np.int64)
        return slots, steps

    def _reserve(self, count: int) -> None:
        """Have room for `count` pairs, and two slots for each of them."""
        if count > len(self._hashes):
            room = max(count, self._count + self._count // 2, _FEWEST_SLOTS)
            self._hashes = grown(self._hashes, self._count, room)
            self._owners = grown(self._owners, self._count, room)
        if 2 * count > len(self._slots):
            self._make_slots(count)

    def _make_slots(self, count: int) -> None:
        slots_needed = max(2 * count, _FEWEST_SLOTS)
        self._slots = np.full(1 << (slots_needed - 1).bit_length(), ABSENT, np.int32)
        numbers = np.arange(self._count, dtype=np.int32)
        slots, steps = self._probes(self.hashes, self.owners)
        while numbers.size:
            free = self._slots[slots] == ABSENT
            np.minimum.at(self._slots, slots[free], numbers[free])
            left = self._slots[slots] != numbers
            numbers, steps = numbers[left], steps[left]
            slots = (slots[left] + steps) & self._last_slot


def grown(column: npt.NDArray[T], count: int, room: int) -> npt.NDArray[T]:
    """The first `count` of `column` in an array that has `room` for more, which are zero."""
    wider: npt.NDArray[T] = np.zeros(room, column.dtype)
    wider[:count] = column[:count]
    return wider
