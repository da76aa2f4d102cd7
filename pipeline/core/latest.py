"""The latest time of each of some keys, told for little where there is little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.core.hashes import hashed
from pipeline.core.pairs import Numbers, Pairs
from schemas.compiled import compiled, reading

Times = npt.NDArray[np.int64]
Rows = npt.NDArray[np.intp]

FEW_ROWS = 1_000
"""So many are sooner looked at one by one."""


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
    numbers, is_new = Pairs().admit(hashes, np.zeros(len(hashes), np.uint32))
    rows = np.flatnonzero(is_new)
    _raise(rows, numbers, reading(frame[time].to_numpy()))
    return frame[rows]


@compiled
def _raise(rows: Rows, numbers: Numbers, times: Times) -> None:
    """Put in place of each number's first row the one that has its latest time."""
    for row in range(len(numbers)):
        if times[row] > times[rows[numbers[row]]]:
            rows[numbers[row]] = row
