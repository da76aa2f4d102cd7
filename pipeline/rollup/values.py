"""Rows of `metric_value` from a grid of signals."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from pipeline.core.signals import COLUMN, FAST, MILESTONES, SLOW, Count, Pace

WINDOW: Mapping[Pace, str] = MappingProxyType({FAST: "1h", SLOW: "24h"})
"""What the window of each pace is called in the table."""

_COUNTS: Mapping[str, Count] = MappingProxyType(
    {
        "member_count": Count.MEMBERS,
        "join_count": Count.JOINS,
        "leave_count": Count.LEAVES,
        "message_count": Count.MESSAGES,
        "active_member_count": Count.ACTIVE,
        "paying_user_count": Count.PAYERS,
    }
)
"""Metrics that are counts, by their names in the catalogue."""


def values(grid: pl.DataFrame, pace: Pace, computed_ms: int) -> pl.DataFrame:
    """Every core count and milestone of `pace`, for each group and t of `grid`.

    A window of `pace` ends at t: a stock (members, in-group rate) is that of its end. A ratio
    without a denominator has no value.
    """
    counts = {
        name: (COLUMN[pace, count], None)
        for name, count in _COUNTS.items()
        if (pace, count) in COLUMN
    }
    ratios = {
        milestone.metric: (
            COLUMN[pace, milestone.numerator],
            COLUMN[pace, milestone.denominator],
        )
        for milestone in MILESTONES
        if pace in milestone.paces
    }
    rows = pl.concat(
        grid.select(
            "group_id",
            "t_ms",
            metric=pl.lit(name),
            numerator=pl.col(numerator).cast(pl.Float64),
            denominator=pl.lit(1.0)
            if denominator is None
            else pl.col(denominator).cast(pl.Float64),
        )
        for name, (numerator, denominator) in {**counts, **ratios}.items()
    )
    start = pl.from_epoch(pl.col("t_ms") - pace.window_ms, time_unit="ms")
    return rows.select(
        "metric",
        pl.lit("G").alias("grain"),
        pl.col("group_id").alias("scope_id"),
        pl.lit(WINDOW[pace]).alias("window"),
        start.dt.replace_time_zone("UTC").alias("window_start"),
        pl.col("t_ms").alias("window_end_ms"),
        "numerator",
        "denominator",
        pl.when(pl.col("denominator") > 0)
        .then(pl.col("numerator") / pl.col("denominator"))
        .alias("value"),
        pl.lit("").alias("note"),
        pl.lit(computed_ms, pl.Int64).alias("computed_ms"),
    )
