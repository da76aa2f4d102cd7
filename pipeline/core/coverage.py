"""Which offsets no stored range covers, while ranges come in order of their first offset."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Hole:
    """Offsets [first, stop) that no range covers."""

    first: int
    stop: int


def holes(ranges: pl.DataFrame, reached: int) -> tuple[list[Hole], int]:
    """The holes before the last of `ranges`, and up to where (exclusive) everything is covered.

    `ranges` (first, last: inclusive) ascend by first and may overlap; below `reached` all is
    covered or told already. Feed a long list piece by piece, each with the `reached` of the last.
    """
    if ranges.is_empty():
        return [], reached
    told = ranges.select(
        first=pl.col("first").cast(pl.Int64), stop=pl.col("last").cast(pl.Int64) + 1
    ).with_columns(before=pl.col("stop").cum_max().shift(1, fill_value=reached))
    told = told.with_columns(before=pl.max_horizontal("before", pl.lit(reached)))
    gaps = told.filter(pl.col("first") > pl.col("before"))
    found = [Hole(before, first) for before, first in gaps.select("before", "first").rows()]
    return found, max(reached, int(told["stop"].max() or 0))  # type: ignore[arg-type]
