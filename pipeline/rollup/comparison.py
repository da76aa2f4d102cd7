"""PURE: readings of stored milestones, and what each is compared with.

The rollup does it for the last closed hour, a back-test for each hour of a history.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.vocabulary import TRAILING_WINDOWS, Against, Grain, Signal
from pipeline.core.expectation import KEY, PASTS, READING, expected
from pipeline.core.signals import DAY_MS, HOUR_MS

LOOK_BACK_MS: Mapping[Signal, int] = {Signal.DAY: 70 * DAY_MS, Signal.MONTH: 190 * DAY_MS}
"""How far back closed windows are compared."""

LATEST_MS: Mapping[Signal, int] = {Signal.DAY: 2 * DAY_MS, Signal.MONTH: 33 * DAY_MS}
"""How long ago the last closed window may have become final and is still shown."""

Comparison = tuple[Metric, Signal, pl.DataFrame, pl.DataFrame]
"""A milestone and signal, its readings now, and earlier ones."""

SCHEMA = pl.Schema(READING)
NONE = pl.DataFrame(schema=SCHEMA)
NO_PLANS = pl.DataFrame(
    schema={
        "measure": pl.String,
        "group_id": pl.String,
        "since_ms": pl.Int64,
        "target": pl.Float64,
    }
)


def readable(metric: Metric) -> Metric:
    """A milestone at the grains that `read` makes readings of: no other has to be computed."""
    if metric.of_campaigns:
        return metric
    return metric.at(Grain.GROUP, Grain.OVERALL)


def read(
    found: pl.DataFrame, signal: Signal, groups: Collection[str] | None = None
) -> pl.DataFrame:
    """Readings of values of `readable` milestones: of all groups together, and of each (of `groups`
    alone); of campaigns, a measure each.
    """
    campaign = pl.col("grain") == str(Grain.CAMPAIGN)
    overall = campaign | (pl.col("grain") == str(Grain.OVERALL))
    one = pl.col("grain") == str(Grain.GROUP)
    if groups is not None:
        one &= pl.col("scope_id").is_in(list(groups))
    part = pl.when(campaign).then("scope_id").otherwise("slice")
    return found.filter(overall | one, pl.col("denominator") > 0).select(
        pl.when(part == "")
        .then("metric")
        .otherwise(pl.concat_str("metric", pl.lit(":"), part))
        .alias("measure"),
        pl.lit(str(signal)).alias("signal"),
        pl.when(overall).then(pl.lit(EVERY_GROUP)).otherwise("scope_id").alias("group_id"),
        *list(READING)[3:],
    )


def trailing(
    milestones: Sequence[Metric], now: pl.DataFrame, past: pl.DataFrame
) -> Iterator[Comparison]:
    """The readings `now` of trailing windows, of one clock time, each with those `past`."""
    for signal in TRAILING_WINDOWS:
        its = now.filter(signal=str(signal))
        yield from ((one, signal, its.filter(of(one)), past) for one in milestones)


def by_clock_hour(readings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Readings of trailing windows, those together that may be compared with each other."""
    hour = pl.col("window_end_ms") % DAY_MS // HOUR_MS
    return (its for _, its in readings.group_by(hour))


def closed(metric: Metric, signal: Signal, final: pl.DataFrame, t_ms: int) -> Comparison:
    """The last of the `final` readings of closed windows at `t_ms`, with those before it.

    None that ended, or whose window began, out of what `LATEST_MS` and `LOOK_BACK_MS` allow.
    """
    end = pl.col("window_end_ms")
    its = final.filter(
        of(metric),
        end <= t_ms - metric.matures_days * DAY_MS,
        end > t_ms - LOOK_BACK_MS[signal],
    )
    oldest = t_ms - metric.matures_days * DAY_MS - LATEST_MS[signal]
    return metric, signal, its.filter(end == end.max(), end >= oldest), its


def of(metric: Metric) -> pl.Expr:
    """Whether a measure is a milestone, or what it is split into."""
    measure = pl.col("measure")
    return (measure == metric.name) | measure.str.starts_with(f"{metric.name}:")


def compared(comparisons: Iterable[Comparison], plans: pl.DataFrame = NO_PLANS) -> pl.DataFrame:
    """Rows of `milestone_now`, but for its times.

    `plans`: as `NO_PLANS`, each from `since_ms` on.
    """
    rows = [_NOW]
    for metric, signal, now, past in comparisons:
        for drop in metric.drops:
            if drop.signal is not signal:
                continue
            its = now
            if drop.against is Against.PLAN:
                usual = _planned(now, plans)
            else:
                # A day without an activity is none on which nobody came.
                if PASTS[drop.against].busy:
                    its = now.filter(pl.col("numerator") > 0)
                usual = expected(its, past.filter(of(metric)), drop.against)
            rows.append(
                its.join(usual, on=_ASKED, how="left").select(
                    *KEY,
                    pl.lit(str(drop.against)).alias("against"),
                    "numerator",
                    "denominator",
                    pl.col("baseline").cast(pl.Float64),
                    pl.col("windows").fill_null(0).cast(pl.UInt16),
                    "window_end_ms",
                )
            )
    return pl.concat(rows)


def _planned(now: pl.DataFrame, plans: pl.DataFrame) -> pl.DataFrame:
    """The plan of each reading, as it stood at the end of its window."""
    return (
        now.sort("window_end_ms")
        .join_asof(
            plans.sort("since_ms"),
            left_on="window_end_ms",
            right_on="since_ms",
            by=("measure", "group_id"),
            check_sortedness=False,
        )
        .filter(pl.col("target").is_not_null())
        .select(*_ASKED, baseline="target", windows=pl.lit(1, pl.UInt16))
    )


_ASKED = (*KEY, "window_end_ms")
_NOW = pl.DataFrame(
    schema={
        **dict.fromkeys((*KEY, "against"), pl.String),
        **dict.fromkeys(("numerator", "denominator", "baseline"), pl.Float64),
        "windows": pl.UInt16,
        "window_end_ms": pl.Int64,
    }
)
