"""Which readings of closed and of trailing windows are put beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
import pytest

from pipeline.catalog.catalogue import STORED_MILESTONES
from pipeline.catalog.vocabulary import Signal
from pipeline.core.expectation import READING
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.rollup.comparison import by_clock_hour, closed, compared, read, trailing

NOW_MS = 1_764_028_800_000
KNOWN = {metric.id: metric for metric in STORED_MILESTONES}


def frame(measure: str, signal: Signal, ages_ms: Mapping[int, float]) -> pl.DataFrame:
    """Readings of n in 100, that long before now."""
    return pl.DataFrame(
        [(measure, str(signal), "g", NOW_MS - age, n, 100.0) for age, n in ages_ms.items()],
        schema=dict(READING),
        orient="row",
    )


def test_values_of_groups_and_of_all_are_readings_and_parts_have_a_name_of_their_own() -> None:
    found = pl.DataFrame(
        {
            "metric": ["operations_chain"] * 4,
            "grain": ["G", "O", "C", "G"],
            "scope_id": ["g", "", "qr", "h"],
            "slice": ["convert", "", "", ""],
            "window_end_ms": [NOW_MS] * 4,
            "numerator": [1.0] * 4,
            "denominator": [2.0, 3.0, 4.0, 0.0],
        }
    )
    assert read(found, Signal.SLOW).select("measure", "group_id").rows() == [
        ("operations_chain:convert", "g"),
        ("operations_chain", "_all"),
    ]
    assert read(found, Signal.SLOW, ["h"])["group_id"].to_list() == ["_all"]


@pytest.mark.parametrize(("age_days", "shown"), [(6, False), (7, True), (9, True), (10, False)])
def test_a_closed_day_is_shown_once_it_is_final_and_not_for_long(
    age_days: int, shown: bool
) -> None:
    metric = KNOWN["A19"]
    final = frame(metric.name, Signal.DAY, {age_days * DAY_MS: 9.0})
    *_, now, _ = closed(metric, Signal.DAY, final, NOW_MS)
    assert now.height == shown


def test_a_closed_day_is_compared_with_those_before_within_reach() -> None:
    metric = KNOWN["A19"]
    ages = {day * DAY_MS: float(day) for day in (7, 8, 9, 69, 71)}
    told = closed(metric, Signal.DAY, frame(metric.name, Signal.DAY, ages), NOW_MS)
    (row,) = compared([told]).to_dicts()
    assert (row["numerator"], row["windows"]) == (7, 3)
    assert row["baseline"] == pytest.approx((8 + 9 + 69) / 300)


def test_trailing_windows_are_compared_with_those_of_their_own_clock_time() -> None:
    metric = KNOWN["B17"]
    ages = {day * DAY_MS + late: 50.0 + late / HOUR_MS for day in range(6) for late in (0, HOUR_MS)}
    every = frame(metric.name, Signal.FAST, ages)
    hours = list(by_clock_hour(every))
    assert sorted(its.height for its in hours) == [6, 6]
    found = pl.concat([compared(trailing([metric], its, its)) for its in hours])
    latest = found.filter(pl.col("window_end_ms") == NOW_MS).to_dicts()
    assert [(one["baseline"], one["windows"]) for one in latest] == [(0.5, 5)]
