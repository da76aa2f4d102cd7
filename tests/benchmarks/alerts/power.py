"""Power: what share of injected drops was seen in time, by depth and by how many were expected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from tests.benchmarks.alerts.drops import DEPTHS

EDGES = (30, 50, 65, 80, 100, 150, 300, 1_000, 3_000)
"""Bins of the expected numerator: each from its edge to the next; the last has no end."""

ENOUGH = 0.9
"""The share of drops that is to be seen."""


@dataclass(frozen=True)
class Power:
    """Drops of one depth in one bin: how many there were, how many seen in time, median delay."""

    depth: float
    low: int
    n: int
    in_time: int
    delay_h: float | None

    @property
    def share(self) -> float:
        return self.in_time / self.n


def power(seen: Iterable[pl.DataFrame], edges: Sequence[int] = EDGES) -> list[Power]:
    """Of all drops with a baseline and at least the first edge expected (`drops.seen`)."""
    drops = pl.concat(seen).filter(pl.col("expected") >= edges[0])
    place = pl.sum_horizontal((pl.col("expected") >= edge).cast(pl.Int64) for edge in edges) - 1
    rows = (
        drops.group_by("depth", place=place)
        .agg(pl.len().alias("n"), pl.col("in_time").sum(), pl.col("delay_h").median())
        .sort("depth", "place")
    )
    return [
        Power(depth, edges[at], n, in_time, delay)
        for depth, at, n, in_time, delay in rows.select(
            "depth", "place", "n", "in_time", "delay_h"
        ).iter_rows()
    ]


def reached(found: Sequence[Power], depth: float, *, least: int = 10) -> int | None:
    """The edge from which on each bin of `least` drops or more sees 90 %; None = there is none."""
    edge = None
    for one in sorted(found, key=lambda one: -one.low):
        if one.depth != depth or one.n < least:
            continue
        if one.share < ENOUGH:
            break
        edge = one.low
    return edge


def share_of(found: Sequence[Power], depth: float, low: int) -> tuple[int, int]:
    """Of drops of one depth in bins from `low` on: how many were seen in time, and all."""
    mine = [one for one in found if one.depth == depth and one.low >= low]
    return sum(one.in_time for one in mine), sum(one.n for one in mine)


def bin_name(low: int, edges: Sequence[int] = EDGES) -> str:
    """A bin as it is read: 80 to 100."""
    after = [edge for edge in edges if edge > low]
    return f"{low:,} to {after[0]:,}" if after else f"{low:,} and more"


def table(found: Sequence[Power], *, least: int = 10) -> list[list[str]]:
    """Rows: bin, then for each depth share, number of drops and delay; few drops say nothing."""
    rows = []
    for low in sorted({one.low for one in found}):
        row = [bin_name(low)]
        for depth in DEPTHS:
            mine = [one for one in found if one.low == low and one.depth == depth]
            if not mine or mine[0].n < least:
                row.append("-")
                continue
            delay = "" if mine[0].delay_h is None else f", {mine[0].delay_h:.0f} h"
            row.append(f"**{mine[0].share:.0%}** ({mine[0].n}{delay})")
        rows.append(row)
    return rows
