"""The latest time of each of some keys, told for little where there is little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.core.hashes import hashed
from pipeline.core.pairs import Hashes
from schemas.compiled import compiled, reading

Times = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int32]

FEW_ROWS = 1_000
"""So many are sooner looked at one by one."""

_NONE = np.int32(-1)


def latest(frame: pl.DataFrame, keys: tuple[str, ...], time: str) -> Iterator[Any]:
    """Rows of `keys` and `time`, the latest `time` of each key among them; of few rows all.

    `keys` are texts or integers, `time` is milliseconds; neither has a null.
    """
    columns = frame[[*keys, time]]
    if columns.height > FEW_ROWS:
        columns = latest_rows(columns, keys, time)
    return zip(*(column.to_list() for column in columns), strict=True)


def latest_rows(frame: pl.DataFrame, keys: tuple[str, ...], time: str) -> pl.DataFrame:
    """The row of each key that has its latest `time`, the first of them if there are more."""
    (hashes,) = hashed(frame, keys)
    return frame[_latest(hashes, reading(frame[time].to_numpy()))]


@compiled
def _latest(hashes: Hashes, times: Times) -> Rows:
    """The row with the latest time of each hash, the first of them that have it."""
    size = 1
    while size < 2 * len(hashes):
        size *= 2
    slots, mask = np.full(size, _NONE, np.int32), np.uint64(size - 1)
    found, count = np.empty(len(hashes), np.int32), 0
    for row in range(len(hashes)):
        slot = hashes[row] & mask
        while slots[slot] != _NONE and hashes[found[slots[slot]]] != hashes[row]:
            slot = (slot + np.uint64(1)) & mask
        if slots[slot] == _NONE:
            slots[slot] = count
            found[count] = row
            count += 1
        elif times[row] > times[found[slots[slot]]]:
            found[slots[slot]] = row
    return found[:count]
