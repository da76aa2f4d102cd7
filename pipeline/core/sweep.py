"""A difference array under a moving pointer: many counters, each a sum of intervals of t.

An interval adds one at the first step after its start and takes one away at the first step after
its end. Steps up to the pointer are already summed; later ones wait in a bucket each. So moving
on costs what changes, never a look at all members, and a late interval corrects the sums.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.core.intervals import FOREVER, Interval

Counters = npt.NDArray[np.int64]

SQUEEZE_FROM = 64
"""Changes a bucket may hold before it sums up those of one counter."""


class Sweep:
    """Counters by number ("slot"), evaluated at `t_ms`, which is a multiple of `step_ms`."""

    def __init__(self, step_ms: int) -> None:
        self.t_ms = 0
        self._step_ms = step_ms
        self._at = 0
        self._sums = array("q")
        self._waiting: dict[int, _Bucket] = {}

    def grow(self, slots: int) -> None:
        """Add counters at zero up to a number of `slots`."""
        self._sums.frombytes(bytes(8 * (slots - len(self._sums))))

    def add(self, slot: int, interval: Interval, times: int = 1) -> None:
        """Count `times` (negative: take back) at every t in `interval`."""
        start = interval[0] // self._step_ms + 1
        end = interval[1] // self._step_ms + 1
        if start == end:
            return
        self._change(slot, start, times)
        if interval[1] < FOREVER:
            self._change(slot, end, -times)

    def add_each(self, slots: Counters, starts: Counters, ends: Counters | None = None) -> None:
        """Count one at every t in each interval from a start to its end, or for ever."""
        first = starts // self._step_ms + 1
        if ends is not None:
            last = ends // self._step_ms + 1
            some = first != last
            slots, first = slots[some], first[some]
            self._change_each(slots, last[some], -1)
        self._change_each(slots, first, 1)

    def replace(self, slot: int, old: Sequence[Interval], new: Sequence[Interval]) -> None:
        """Count `new` in place of `old`."""
        if old != new:
            for interval in old:
                self.add(slot, interval, -1)
            for interval in new:
                self.add(slot, interval)

    def advance(self, t_ms: int) -> None:
        """Move the pointer to the last step at or before `t_ms`; it never goes back."""
        at = t_ms // self._step_ms
        if at <= self._at:
            return
        self._at = at
        self.t_ms = at * self._step_ms
        sums = np.frombuffer(self._sums, np.int64)
        for step in [step for step in self._waiting if step <= at]:
            slots, changes = self._waiting.pop(step).arrays()
            np.add.at(sums, slots, changes)

    def values(self, width: int) -> Counters:
        """A copy of all counters at `t_ms`, in rows of `width`."""
        return np.array(self._sums, np.int64).reshape(-1, width)

    def _change_each(self, slots: Counters, steps: Counters, change: int) -> None:
        past = steps <= self._at
        np.add.at(np.frombuffer(self._sums, np.int64), slots[past], change)
        slots, steps = slots[~past], steps[~past]
        order = np.argsort(steps, kind="stable")
        found, begins = np.unique(steps[order], return_index=True)
        parts = np.split(slots[order], begins[1:])
        for step, its in zip(found.tolist(), parts, strict=False):
            self._bucket(step).add_each(its.astype(np.uint32), change)

    def _change(self, slot: int, step: int, change: int) -> None:
        if step <= self._at:
            self._sums[slot] += change
            return
        self._bucket(step).add(slot, change)

    def _bucket(self, step: int) -> _Bucket:
        bucket = self._waiting.get(step)
        if bucket is None:
            bucket = self._waiting[step] = _Bucket()
        return bucket


class _Bucket:
    """Changes at one step: 8 bytes each, where a dict would take ten times as much."""

    __slots__ = ("_changes", "_full", "_slots")

    def __init__(self) -> None:
        self._slots = array("I")
        self._changes = array("i")
        self._full = SQUEEZE_FROM

    def add(self, slot: int, change: int) -> None:
        self._slots.append(slot)
        self._changes.append(change)
        if len(self._slots) >= self._full:
            self._squeeze()

    def add_each(self, slots: npt.NDArray[np.uint32], change: int) -> None:
        self._slots.frombytes(slots.tobytes())
        self._changes.frombytes(np.full(len(slots), change, np.int32).tobytes())
        if len(self._slots) >= self._full:
            self._squeeze()

    def arrays(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
        """Counters and their changes; a counter may come more than once."""
        return np.array(self._slots, np.uint32), np.array(self._changes, np.int32)

    def _squeeze(self) -> None:
        slots, changes = self.arrays()
        touched, places = np.unique(slots, return_inverse=True)
        sums = np.zeros(len(touched), np.int32)
        np.add.at(sums, places, changes)
        kept = sums != 0
        self._slots = array("I", touched[kept].tobytes())
        self._changes = array("i", sums[kept].tobytes())
        self._full = max(SQUEEZE_FROM, 2 * len(self._slots))
