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


class Sweep:
    """Counters by number ("slot"), evaluated at `t_ms`, which is a multiple of `step_ms`."""

    def __init__(self, step_ms: int) -> None:
        self._step_ms = step_ms
        self._at = 0
        self._sums = array("q")
        self._waiting: dict[int, dict[int, int]] = {}

    @property
    def t_ms(self) -> int:
        """Where the pointer stands."""
        return self._at * self._step_ms

    def grow(self, slots: int) -> None:
        """Add counters at zero up to a number of `slots`."""
        self._sums.frombytes(bytes(8 * (slots - len(self._sums))))

    def add(self, slot: int, interval: Interval, times: int = 1) -> None:
        """Count `times` (negative: take back) at every t in `interval`."""
        start, end = interval
        self._change(slot, start // self._step_ms + 1, times)
        if end < FOREVER:
            self._change(slot, end // self._step_ms + 1, -times)

    def replace(self, slot: int, old: Sequence[Interval], new: Sequence[Interval]) -> None:
        """Count `new` in place of `old`."""
        if old == new:
            return
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
        for step in [step for step in self._waiting if step <= at]:
            for slot, change in self._waiting.pop(step).items():
                self._sums[slot] += change

    def values(self, width: int) -> Counters:
        """A copy of all counters at `t_ms`, in rows of `width`."""
        return np.array(self._sums, np.int64).reshape(-1, width)

    def _change(self, slot: int, step: int, change: int) -> None:
        if step <= self._at:
            self._sums[slot] += change
            return
        bucket = self._waiting.setdefault(step, {})
        left = bucket.get(slot, 0) + change
        if left:
            bucket[slot] = left
        else:
            del bucket[slot]
