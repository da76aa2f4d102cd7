"""PURE: from what the statements of a window answered to its rows of `metric_value`.

The zero rules live here: a count of nothing is 0 for every scope that had anything at all in the
window, a ratio without denominator and a statistic of nothing have no value, and a value before
its time is marked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.statements import Statement, values_of
from pipeline.catalog.value import Count, Measure, Ratio, Script, Shares, Statistic, Value
from pipeline.catalog.vocabulary import Grain, Zero
from pipeline.core.calendar import CalendarWindow

KEY = ("grain", "scope_id", "slice")
SPARSE = (Grain.OBJECT, Grain.USER)
"""Grains of so many scopes that a 0 is left out."""

IMMATURE = "immature"


class Answers:
    """What each measure and script of a window came to: frames of `KEY` and numbers."""

    def __init__(self, answered: Iterable[tuple[Statement, pl.DataFrame]]) -> None:
        self._measures: dict[Measure, pl.DataFrame] = {}
        self._scripts: dict[Script, pl.DataFrame] = {}
        for statement, frame in answered:
            told = frame if "slice" in frame.columns else frame.with_columns(slice=pl.lit(""))
            parts: Sequence[Measure | Script] = statement.of
            for number, part in enumerate(parts):
                if isinstance(part, Script):
                    self._scripts[part] = told.select(
                        *KEY,
                        numerator=pl.col(part.numerator).cast(pl.Float64),
                        denominator=pl.col(part.denominator).cast(pl.Float64),
                    ).filter(pl.col("numerator").is_not_null())
                else:
                    self._measures[part] = told.select(*KEY, number=pl.col(f"m{number}"))
        overall = pl.DataFrame({"grain": [str(Grain.OVERALL)], "scope_id": [""]})
        told_of = [*self._measures.values(), *self._scripts.values()]
        self.scopes = (
            pl.concat([overall, *(frame.select("grain", "scope_id") for frame in told_of)])
            .unique()
            .filter(~pl.col("grain").is_in([str(grain) for grain in SPARSE]))
        )
        """Scopes that had anything at all."""

    def of(self, value: Value) -> pl.DataFrame:
        """Columns `KEY`, numerator, denominator."""
        match value:
            case Count(measure):
                return self._measures[measure].rename({"number": "numerator"}).with_columns(_ONE)
            case Ratio(numerator, denominator):
                return (
                    self._measures[denominator]
                    .rename({"number": "denominator"})
                    .join(
                        self._measures[numerator].rename({"number": "numerator"}),
                        on=KEY,
                        how="full",
                        coalesce=True,
                    )
                )
            case Shares(measure):
                return self._measures[measure].select(
                    *KEY,
                    numerator="number",
                    denominator=pl.col("number").sum().over("grain", "scope_id"),
                )
            case Statistic(measure, n):
                return (
                    self._measures[measure]
                    .rename({"number": "numerator"})
                    .join(self._measures[n].rename({"number": "denominator"}), on=KEY)
                )
            case Script():
                return self._scripts[value]

    def zeros(self, value: Value) -> pl.DataFrame | None:
        """A 0 for every scope, of a count that is not split; else None."""
        unsplit = isinstance(value, Count) and not value.measure.slice
        if not unsplit and not (isinstance(value, Script) and value.zero is Zero.COUNT):
            return None
        return self.scopes.with_columns(
            slice=pl.lit(""), numerator=pl.lit(0.0), denominator=pl.lit(1.0)
        )


_NONE = pl.DataFrame(
    schema={
        **dict.fromkeys(("metric", *KEY), pl.String),
        **dict.fromkeys(("numerator", "denominator", "value"), pl.Float64),
        "note": pl.String,
    }
)
_ONE = pl.lit(1.0).alias("denominator")
_VALUE: Mapping[Zero, pl.Expr] = {
    Zero.COUNT: pl.col("numerator"),
    Zero.RATIO: pl.when(pl.col("denominator") != 0).then(
        pl.col("numerator") / pl.col("denominator")
    ),
    Zero.STATISTIC: pl.when((pl.col("denominator") > 0) & pl.col("numerator").is_not_nan()).then(
        pl.col("numerator")
    ),
}


def rows(
    metrics: Sequence[Metric], window: CalendarWindow, asof_ms: int, answers: Answers
) -> pl.DataFrame:
    """Rows of `metric_value` but for `computed_ms`, of the metrics that have this period."""
    start = pl.from_epoch(pl.lit(window.start_ms), time_unit="ms").dt.replace_time_zone("UTC")
    found = [
        _of_metric(metric, value, grains, answers, asof_ms >= metric.final_ms(window.end_ms))
        for metric in metrics
        for value, grains in values_of(metric)
    ]
    return pl.concat([_NONE, *found]).select(
        "metric",
        "grain",
        "scope_id",
        "slice",
        pl.lit(str(window.period)).alias("window"),
        start.alias("window_start"),
        pl.lit(window.end_ms, pl.Int64).alias("window_end_ms"),
        "numerator",
        "denominator",
        "value",
        "note",
    )


def _of_metric(
    metric: Metric, value: Value, grains: Sequence[Grain], answers: Answers, ripe: bool
) -> pl.DataFrame:
    told = answers.of(value).select(*KEY, "numerator", "denominator")
    zeros = answers.zeros(value)
    if zeros is not None:
        told = pl.concat(
            [told, zeros.join(told, on=["grain", "scope_id"], how="anti").select(told.columns)]
        )
    shown = ripe or metric.early
    numbers = told.filter(pl.col("grain").is_in([str(grain) for grain in grains])).with_columns(
        pl.col("numerator", "denominator").fill_null(0.0)
    )
    return numbers.select(
        pl.lit(metric.name).alias("metric"),
        *KEY,
        pl.col("numerator").fill_nan(0.0),
        "denominator",
        (_VALUE[value.zero] if shown else pl.lit(None, pl.Float64)).alias("value"),
        pl.lit("" if ripe else IMMATURE).alias("note"),
    )
