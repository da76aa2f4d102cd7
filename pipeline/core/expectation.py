"""PURE: what a stored milestone is compared with, from its own earlier readings.

A reading is a measure of a group at one signal, over one window: numerator and denominator. Several
readings are taken together as the sum of their numerators over the sum of their denominators, so a
day with many persons weighs more than one with few; no distinct count is added up as one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    """Columns `KEY`, window_end_ms, baseline and windows (how many readings it rests on), where
    there is one.

    `now`: readings to be compared, each with those of its `KEY` that ended before it; `past`: these
    earlier ones. Both as `READING`.
    """
    rule = PASTS[against]
    known = past.filter(pl.col("denominator") > 0)
    if rule.busy:
        known = known.filter(pl.col("numerator") > 0)
    asked = now.select(_ASKED)
    earlier = (
        _days_before(asked, known, rule.days)
        if rule.days
        else _last_before(asked, known, rule.most)
    )
    return (
        earlier.group_by(_ASKED)
        .agg(
            baseline=pl.col("numerator").sum() / pl.col("denominator").sum(),
            windows=pl.len().cast(pl.UInt16),
        )
        .filter(pl.col("windows") >= rule.least)
    )


_ASKED = (*KEY, "window_end_ms")


def _days_before(asked: pl.DataFrame, past: pl.DataFrame, days: Sequence[int]) -> pl.DataFrame:
    """Of each that is asked the readings these days before.

    A day of 23 or 25 hours is still a day.
    """
    due_ms = pl.col("window_end_ms") - pl.col("day") * DAY_MS
    return (
        asked.join(pl.DataFrame({"day": days}), how="cross")
        .with_columns(due_ms=due_ms)
        .sort("due_ms")
        .join_asof(
            past.rename({"window_end_ms": "ended_ms"}).sort("ended_ms"),
            left_on="due_ms",
            right_on="ended_ms",
            by=KEY,
            strategy="nearest",
            tolerance=DAY_MS // 2 - 1,
            check_sortedness=False,
        )
        .filter(pl.col("ended_ms").is_not_null())
    )


def _last_before(asked: pl.DataFrame, past: pl.DataFrame, most: int) -> pl.DataFrame:
    """Of each that is asked the last `most` readings before it, whenever they were."""
    newest = pl.col("ended_ms").rank("ordinal", descending=True).over(_ASKED)
    return (
        asked.join(past.rename({"window_end_ms": "ended_ms"}), on=KEY)
        .filter(pl.col("ended_ms") < pl.col("window_end_ms"))
        .filter(newest <= most)
        .drop("ended_ms")
    )
