"""PURE: what a stored milestone is compared with, from its own earlier readings.

A reading is a measure of a group at one signal, over one window: numerator and denominator. Several
readings are taken together as the sum of their numerators over the sum of their denominators, so a
day with many persons weighs more than one with few; no distinct count is added up as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import polars as pl

from pipeline.core.signals import DAY_MS

KEY = ("measure", "signal", "group_id")

READING: Mapping[str, type[pl.DataType]] = MappingProxyType(
    {
        "measure": pl.String,
        "signal": pl.String,
        "group_id": pl.String,
        "window_end_ms": pl.Int64,
        "numerator": pl.Float64,
        "denominator": pl.Float64,
    }
)


@dataclass(frozen=True)
class Past:
    """Which earlier readings are taken together, and how many of them there must be.

    `days`: those that many days before; empty = the last `most` of them, whenever they were.
    `busy`: only those that counted anything.
    """

    least: int
    days: tuple[int, ...] = ()
    most: int = 0
    busy: bool = False


PASTS: Mapping[str, Past] = MappingProxyType(
    {
        "7d_mean": Past(least=4, days=tuple(range(1, 8))),
        "4w_mean": Past(least=3, days=(7, 14, 21, 28)),
        "4_before": Past(least=3, most=4),
        "before": Past(least=1, most=1),
        "earlier": Past(least=2, most=4, busy=True),
    }
)
"""By the code of `vocabulary.Against`."""

SHIFTS_MS: tuple[int, ...] = tuple(
    sorted({day * DAY_MS for past in PASTS.values() for day in past.days})
)
"""How much earlier the trailing windows end that a trailing window is compared with."""


def expected(now: pl.DataFrame, past: pl.DataFrame, against: str) -> pl.DataFrame:
    """Columns `KEY`, baseline and windows (how many readings it rests on), where there is one.

    `now`: one reading for each `KEY`; `past`: earlier ones, both as `READING`.
    """
    rule = PASTS[against]
    ended = pl.col("window_end_ms") - pl.col("ended_ms")
    earlier = (
        now.select(*KEY, "window_end_ms")
        .join(past.rename({"window_end_ms": "ended_ms"}), on=KEY)
        .filter(ended > 0, pl.col("denominator") > 0)
    )
    if rule.busy:
        earlier = earlier.filter(pl.col("numerator") > 0)
    if rule.days:
        # A day of 23 or 25 hours is still a day.
        age = ((ended + DAY_MS // 2) // DAY_MS).cast(pl.Int64)
        earlier = earlier.filter(age.is_in(list(rule.days)))
    else:
        newest = pl.col("ended_ms").rank("ordinal", descending=True).over(KEY)
        earlier = earlier.filter(newest <= rule.most)
    return (
        earlier.group_by(KEY)
        .agg(
            baseline=pl.col("numerator").sum() / pl.col("denominator").sum(),
            windows=pl.len().cast(pl.UInt16),
        )
        .filter(pl.col("windows") >= rule.least)
    )
