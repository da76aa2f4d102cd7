"""Large batches are read in parts, side by side: nearly all of it runs without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

PART_ROWS = 20_000
"""Records of a part."""
MOST = 4

T = TypeVar("T")


class Hands:
    """`count` threads that read: as many as there are processors, but no more than MOST."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count or min(len(os.sched_getaffinity(0)), MOST)
        self._threads = ThreadPoolExecutor(self._count, "decode")

    def __call__(self, read: Callable[[int, int], T], rows: int) -> list[T]:
        """See schemas.columns.InParts."""
        count = round(rows / PART_ROWS)
        if count < 2 or self._count < 2:
            return [read(0, rows)]
        size = -(-rows // count)
        parts = [
            self._threads.submit(read, first, min(first + size, rows))
            for first in range(0, rows, size)
        ]
        wait(parts)  # for all, also where one raised: nothing may go on behind the caller's back
        return [part.result() for part in parts]
