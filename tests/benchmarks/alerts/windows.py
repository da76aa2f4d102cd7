"""Injected drops of stored milestones: which windows are struck, and what was seen in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl

from pipeline.alerting.backtest import Fired
from pipeline.catalog.vocabulary import Signal
from pipeline.core.calendar import Period, closed_windows
from pipeline.core.signals import DAY_MS, HOUR_MS, WEEK_MS
from tests.benchmarks.alerts.communities import START_MS, Floats, World, names
from tests.benchmarks.alerts.drops import DEPTHS, SLACK_MS

UTC = ZoneInfo("UTC")


@dataclass(frozen=True)
class Pace:
    """How long a window of a signal is, how long a drop lasts, and how far apart drops are."""

    window_ms: int
    lasts_h: int
    apart_h: int
    begins_h: int
    """Drops begin at a multiple of so many hours."""


PACES: Mapping[Signal, Pace] = {
    Signal.FAST: Pace(HOUR_MS, 24, 6 * 168, 1),
    Signal.SLOW: Pace(DAY_MS, 72, 6 * 168, 1),
    Signal.DAY: Pace(DAY_MS, 7 * 24, 7 * 168, 24),
    Signal.MONTH: Pace(31 * DAY_MS, 31 * 24, 0, 0),
}
FIRST: Mapping[Signal, tuple[int, int]] = {
    Signal.FAST: (HOUR_MS, 2),
    Signal.SLOW: (2 * DAY_MS, 1),
    Signal.DAY: (DAY_MS, 2),
    Signal.MONTH: (28 * DAY_MS, 1),
}
"""How long after the beginning the first reading ends that is looked at, and how many are."""
LEAD_MS = 5 * WEEK_MS
"""Before the first evaluation: four weeks to compare with, and one to settle."""
STRUCK_MONTHS = (3, 7)
"""Months of the year's closed ones that are struck."""


def injected(world: World, signal: Signal, *, seed: int) -> tuple[Floats, pl.DataFrame]:
    """How deep each group is struck by hour; and the drops: group_id, start_ms, depth."""
    random = np.random.default_rng((seed, world.cell.size, *signal.encode()))
    struck = np.zeros((world.cell.groups, world.hours))
    rows = []
    for group, name in enumerate(names(world.cell)):
        for first, last in _spans(signal, world.hours, random):
            depth = DEPTHS[random.integers(len(DEPTHS))]
            struck[group, first:last] = depth
            rows.append((name, START_MS + first * HOUR_MS, depth))
    return struck, pl.DataFrame(rows, schema=["group_id", "start_ms", "depth"], orient="row")


def _spans(signal: Signal, hours: int, random: np.random.Generator) -> list[tuple[int, int]]:
    pace = PACES[signal]
    if signal is Signal.MONTH:
        months = list(closed_windows(Period.MONTH, START_MS, START_MS + hours * HOUR_MS, UTC))
        whole = [months[number] for number in STRUCK_MONTHS if number < len(months)]
        return [
            ((one.start_ms - START_MS) // HOUR_MS, (one.end_ms - START_MS) // HOUR_MS)
            for one in whole
        ]
    spans = []
    for slot in range(LEAD_MS // HOUR_MS, hours - pace.apart_h + 1, pace.apart_h):
        first = (slot + int(random.integers(168))) // pace.begins_h * pace.begins_h
        spans.append((first, first + pace.lasts_h))
    return spans


def due(drops: pl.DataFrame, found: pl.DataFrame, signal: Signal) -> pl.DataFrame:
    """`drops` with `expected` (the numerator promised where they are seen first; null = no baseline
    there) and `due_ms`, by when they must have been seen.

    `found`: compared readings of the same groups. In time is by the second reading of a window that
    lies wholly after the beginning (hours without a push, days without an activity have none); of a
    trailing day, by two days; of a month, by its own.
    """
    first_ms, windows = FIRST[signal]
    after = pl.col("window_end_ms") - pl.col("start_ms")
    place = pl.col("window_end_ms").rank("ordinal").over("group_id", "start_ms")
    expected = pl.col("baseline") * pl.col("denominator")
    told = (
        drops.join(
            found.select("group_id", "t_ms", "window_end_ms", expected=expected), on="group_id"
        )
        .filter(after >= first_ms, after <= first_ms + 2 * WEEK_MS)
        .filter(place <= windows)
        .sort("window_end_ms")
        .group_by("group_id", "start_ms")
        .agg(pl.col("expected").first(), due_ms=pl.col("t_ms").last())
    )
    return drops.join(told, on=["group_id", "start_ms"], how="left").sort("start_ms")


def seen(
    struck: pl.DataFrame, alerts: Sequence[Fired], signal: Signal, *, matures_ms: int = 0
) -> pl.DataFrame:
    """What is `due` with `in_time` and, of those in time, `delay_h` in windows.

    What began before the drop is none of it.
    """
    fires = pl.DataFrame(
        [(one.group_id, one.began_ms, one.fired_ms) for one in alerts],
        schema={"group_id": pl.String, "began_ms": pl.Int64, "fired_ms": pl.Int64},
        orient="row",
    )
    slack_ms = SLACK_MS if signal in (Signal.FAST, Signal.SLOW) else HOUR_MS
    waited = pl.col("fired_ms") - pl.col("start_ms") - matures_ms
    in_time = (pl.col("fired_ms") <= pl.col("due_ms") + slack_ms).fill_null(False)
    return (
        struck.join_asof(
            fires.sort("began_ms"),
            left_on="start_ms",
            right_on="began_ms",
            by="group_id",
            strategy="forward",
            allow_exact_matches=False,
            check_sortedness=False,
        )
        .with_columns(in_time=in_time, delay_h=pl.when(in_time).then(waited / _WINDOW_MS[signal]))
        .drop("due_ms", "began_ms", "fired_ms")
    )


_WINDOW_MS = {signal: pace.window_ms for signal, pace in PACES.items()}
