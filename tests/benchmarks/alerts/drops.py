"""Injected drops: when, how deep, and whether the rule saw them in time.

A drop silences a share of a group's members for three days. In time is: fired before the second
closed window after it began is over by more than a quarter of an hour (of a fast signal two hours,
of a slow one two days).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from pipeline.alerting.backtest import PACES, Fired
from pipeline.catalog.drop import Drop
from pipeline.core.signals import HOUR_MS, WEEK_MS
from tests.benchmarks.alerts.communities import HOURS_OF_WEEK, START_MS, Cell, Floats, names

DEPTHS = (0.2, 0.4, 0.6, 0.8)
LASTS_H = 72
APART_H = 4 * HOURS_OF_WEEK + LASTS_H
"""So far apart no drop is in the baseline of the next."""
SLOT_H = APART_H + HOURS_OF_WEEK
"""Each group has one drop in so many hours, at a moment by chance."""
SLACK_MS = 15 * 60_000


def injected(cell: Cell, hours: int, *, lead_weeks: int, seed: int) -> tuple[Floats, pl.DataFrame]:
    """The share silenced by group and hour; and the drops: group_id, start_ms, depth."""
    random = np.random.default_rng((seed, cell.size, round(cell.rate * 1e6)))
    struck = np.zeros((cell.groups, hours))
    rows = []
    for group, name in enumerate(names(cell)):
        for slot in range(lead_weeks * HOURS_OF_WEEK, hours - SLOT_H + 1, SLOT_H):
            first = slot + int(random.integers(HOURS_OF_WEEK))
            depth = DEPTHS[random.integers(len(DEPTHS))]
            struck[group, first : first + LASTS_H] = depth
            rows.append((name, START_MS + first * HOUR_MS, depth))
    return struck, pl.DataFrame(rows, schema=["group_id", "start_ms", "depth"], orient="row")


def promised(drops: pl.DataFrame, found: pl.DataFrame, drop: Drop) -> pl.DataFrame:
    """`drops` with `expected`: the numerator promised at their second closed window.

    Null where there is no baseline. `found`: `readings` of the same groups.
    """
    expected = found.select(
        "group_id", at_ms="t_ms", expected=pl.col("baseline") * pl.col("denominator")
    )
    at_ms = pl.col("start_ms") + 2 * PACES[drop.signal].window_ms
    return drops.with_columns(at_ms=at_ms).join(expected, on=["group_id", "at_ms"], how="left")


def seen(drops: pl.DataFrame, alerts: Sequence[Fired], drop: Drop) -> pl.DataFrame:
    """`promised` drops with `in_time`, and `delay_h` of those in time.

    An alert that began before the drop is none of it.
    """
    fires = pl.DataFrame(
        [(one.group_id, one.began_ms, one.fired_ms) for one in alerts],
        schema={"group_id": pl.String, "began_ms": pl.Int64, "fired_ms": pl.Int64},
        orient="row",
    )
    waited = pl.col("fired_ms") - pl.col("start_ms")
    in_time = (waited <= 2 * PACES[drop.signal].window_ms + SLACK_MS).fill_null(False)
    return (
        drops.sort("start_ms")
        .join_asof(
            fires.sort("began_ms"),
            left_on="start_ms",
            right_on="began_ms",
            by="group_id",
            strategy="forward",
            tolerance=WEEK_MS,
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(in_time=in_time, delay_h=pl.when(in_time).then(waited / HOUR_MS))
        .drop("at_ms", "began_ms", "fired_ms")
    )
