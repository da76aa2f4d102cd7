"""PURE: what the drop rules would have said of a history: each alert, and how often they could.

A history is readings (measure, group_id, t_ms, numerator, denominator, baseline; null = none) on a
grid of t. The rule is that of Prometheus (`Drop.fires`), over columns: a run of true evaluations
that lasts for `hold_s` fires at the moment it has, and runs no further apart than `keep_s` are one
alert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Change, Signal, Turn
from pipeline.core.signals import COLUMN, DAY_MS, FAST, HOUR_MS, MILESTONES, SLOW, Count

PACES = {Signal.FAST: FAST, Signal.SLOW: SLOW}

STEP_MS: Mapping[Signal, int] = {
    Signal.FAST: FAST.step_ms,
    Signal.SLOW: SLOW.step_ms,
    Signal.DAY: DAY_MS + HOUR_MS,
    Signal.MONTH: 31 * DAY_MS + HOUR_MS,
}
"""How long a value stands at most until the next; summer time makes a day longer."""


@dataclass(frozen=True)
class Fired:
    """One alert of one group: the numbers are those of the moment it fired.

    `measure`: the metric's name, and after a colon the part it is of.
    """

    metric: str
    measure: str
    drop: str
    severity: str
    group_id: str
    began_ms: int
    fired_ms: int
    ended_ms: int
    numerator: float
    denominator: float
    baseline: float


@dataclass(frozen=True)
class Sample:
    """Evaluations of one drop: of groups with members, those with a baseline, and those of them
    with enough to tell."""

    metric: str
    drop: str
    evaluations: int
    compared: int
    enough: int

    @property
    def share(self) -> float | None:
        """Share that had a baseline, the least sample and the least expected count."""
        return self.enough / self.evaluations if self.evaluations else None


def readings(
    grid: pl.DataFrame, baselines: pl.DataFrame, metric: Metric, drop: Drop
) -> pl.DataFrame:
    """The readings of one drop of a live milestone.

    `grid`: group_id, t_ms and the columns of `signals.COLUMN`. `baselines`: `core.baseline.SCHEMA`.
    """
    pace = PACES[drop.signal]
    stone = next(one for one in MILESTONES if one.metric == metric.name)
    known = baselines.filter(metric=stone.stem, signal=pace.name, against=str(drop.against)).select(
        "group_id", pl.col("window_end_ms").alias("t_ms"), pl.col("ratio").alias("baseline")
    )
    return (
        grid.filter(pl.col(COLUMN[SLOW, Count.MEMBERS]) > 0, pl.col("t_ms") % pace.step_ms == 0)
        .select(
            pl.lit(metric.name).alias("measure"),
            "group_id",
            "t_ms",
            numerator=pl.col(COLUMN[pace, stone.numerator]).cast(pl.Float64),
            denominator=pl.col(COLUMN[pace, stone.denominator]).cast(pl.Float64),
        )
        .join(known, on=["group_id", "t_ms"], how="left")
    )


def judged(found: pl.DataFrame, drop: Drop) -> pl.DataFrame:
    """Readings with `enough` (there is something to tell by) and `fell` (it says: for the worse).

    The same as `Drop.fires` of each row.
    """
    baseline, ratio = pl.col("baseline"), pl.col("numerator") / pl.col("denominator")
    counted, expected = pl.col("numerator"), baseline * pl.col("denominator")
    if drop.turn is Turn.DROP:
        usual, change = baseline > 0, baseline - ratio
        less, more = counted, expected
    else:
        usual, change = baseline.is_not_null(), ratio - baseline
        less, more = expected, counted
    if drop.change is Change.RELATIVE:
        # What was 0 has risen without bound, what is 0 still has not.
        change = pl.when(change == 0).then(0.0).otherwise(change / baseline)
    enough = (
        usual & (pl.col("denominator") >= drop.min_sample) & (more >= drop.min_expected)
    ).fill_null(False)
    deep = change > drop.threshold
    if drop.noise:
        deep &= more - less > drop.noise * more.sqrt()
    return found.with_columns(enough=enough).with_columns(
        fell=pl.col("enough") & deep.fill_null(False)
    )


def sample(found: pl.DataFrame, metric: Metric, drop: Drop) -> Sample:
    """How many evaluations there were, and how many of them could tell."""
    return Sample(
        metric=metric.id,
        drop=drop.key,
        evaluations=found.height,
        compared=found.height - found["baseline"].null_count(),
        enough=int(found["enough"].sum()),
    )


def fired(found: pl.DataFrame, metric: Metric, drop: Drop, step_ms: int) -> list[Fired]:
    """The alerts among judged evaluations that lie `step_ms` apart, or as `STEP_MS` has it."""
    step = max(step_ms, STEP_MS[drop.signal])
    alerts: list[Fired] = []
    for (measure, group_id), mine in (
        found.filter("fell")
        .sort("t_ms")
        .partition_by("measure", "group_id", as_dict=True, maintain_order=True)
        .items()
    ):
        first = len(alerts)
        for run in _runs(mine["t_ms"].to_list(), step):
            fired_ms = run[0] + drop.hold_s * 1000
            if run[1] + step < fired_ms:
                continue
            ended_ms = run[1] + step + drop.keep_s * 1000
            if len(alerts) > first and run[0] <= alerts[-1].ended_ms:
                alerts[-1] = replace(alerts[-1], ended_ms=ended_ms)
                continue
            at = mine.filter(pl.col("t_ms") <= fired_ms).row(-1, named=True)
            alerts.append(
                Fired(
                    metric=metric.id,
                    measure=str(measure),
                    drop=drop.key,
                    severity=str(drop.severity),
                    group_id=str(group_id),
                    began_ms=run[0],
                    fired_ms=fired_ms,
                    ended_ms=ended_ms,
                    numerator=at["numerator"],
                    denominator=at["denominator"],
                    baseline=at["baseline"],
                )
            )
    return alerts


def _runs(times: Sequence[int], step: int) -> list[tuple[int, int]]:
    """First and last of the stretches of times that lie one step apart."""
    runs: list[tuple[int, int]] = []
    for t in times:
        if runs and t - runs[-1][1] <= step:
            runs[-1] = (runs[-1][0], t)
        else:
            runs.append((t, t))
    return runs
