"""Large batches are decoded in parts, side by side: nearly all of it runs without Python's lock."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait

import numpy as np
import numpy.typing as npt
import polars as pl

from schemas.batch import Decoded, decode_batch
from schemas.decode import Limits
from schemas.event_type import EventType
from schemas.texts import Texts

PART_ROWS = 20_000
"""Records of a part: what is looked at of so many stays in a processor's cache."""
MOST = 4


class Hands:
    """`count` threads that decode: as many as there are processors, but no more than MOST."""

    def __init__(self, count: int | None = None) -> None:
        self._count = count or min(len(os.sched_getaffinity(0)), MOST)
        self._threads = ThreadPoolExecutor(self._count, "decode")

    def decode(
        self,
        event_type: EventType,
        values: Texts,
        latest_ms: npt.NDArray[np.int64],
        limits: Limits,
    ) -> Decoded:
        """What `schemas.batch.decode_batch` says of `values`."""
        count = round(len(values) / PART_ROWS)
        if count < 2 or self._count < 2:
            return decode_batch(event_type, values, latest_ms, limits)
        size = -(-len(values) // count)
        starts = range(0, len(values), size)

        def decoded(part: Texts, start: int) -> Decoded:
            return decode_batch(event_type, part, latest_ms[start : start + size], limits)

        parts = [
            self._threads.submit(decoded, values[start : start + size], start) for start in starts
        ]
        wait(parts)  # for all, also where one raised: nothing may go on behind the caller's back
        return _joined([part.result() for part in parts], starts)


def _joined(parts: Sequence[Decoded], starts: Sequence[int]) -> Decoded:
    """What is said of a whole batch by what is said of its parts, which begin at `starts`."""
    frames: list[pl.DataFrame] = []
    rejected = []
    for part, start in zip(parts, starts, strict=True):
        frames.append(part.frame.with_columns(pl.col("row") + pl.lit(start, dtype=pl.UInt32)))
        rejected += [(row + start, rejection) for row, rejection in part.rejected]
    return Decoded(pl.concat(frames, rechunk=True), rejected)
