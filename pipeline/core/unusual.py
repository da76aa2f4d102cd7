"""Spans that are no measure for other days: holidays, planned pauses, planned events.

What is usual at a weekday and clock time is not learned from them. And while a `quiet` one
(a holiday, a pause) is in a window, nothing usual is known of it, so it is compared with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

SCHEMA: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "group_id": pl.String(),
        "start_ms": pl.Int64(),
        "end_ms": pl.Int64(),
        "quiet": pl.Boolean(),
    }
)
"""A span [start_ms, end_ms) of one group ('' = of all); `quiet`: less is expected in it."""

NONE = pl.DataFrame(schema=dict(SCHEMA))
"""Nothing unusual is known."""


def without(rows: pl.DataFrame, end: str, window_ms: int, spans: pl.DataFrame) -> pl.DataFrame:
    """`rows` (group_id, and `end` in ms) whose window [end - window_ms, end) touches no span."""
    if rows.is_empty() or spans.is_empty():
        return rows
    ends = rows.select(pl.col(end).unique()).with_columns(begin=pl.col(end) - window_ms)
    touched = ends.join_where(
        spans.rename({"group_id": "of"}),
        pl.col("start_ms") < pl.col(end),
        pl.col("end_ms") > pl.col("begin"),
    )
    of_all = touched.filter(pl.col("of") == "").select(end)
    of_one = touched.filter(pl.col("of") != "").select(pl.col("of").alias("group_id"), end)
    return rows.join(of_all, on=end, how="anti").join(of_one, on=["group_id", end], how="anti")
