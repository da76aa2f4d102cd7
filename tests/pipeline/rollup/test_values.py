"""Rows of metric_value from a grid."""

from __future__ import annotations

from datetime import UTC, datetime

import polars as pl

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.core.signals import COLUMN, FAST, SLOW, Pace
from pipeline.rollup.values import values
from tests.reference.cases import START
from tests.reference.signals import DAY, HOUR


def rows(pace: Pace, **counts: int) -> dict[str, dict[str, object]]:
    row = {"group_id": "g", "t_ms": START, **dict.fromkeys(COLUMN.values(), 0), **counts}
    found = values(pl.DataFrame([row]), pace, computed_ms=7)
    return {str(row["metric"]): row for row in found.iter_rows(named=True)}


def test_a_ratio_keeps_what_it_is_made_of() -> None:
    row = rows(FAST, member_count=40, active_1h=10)["daily_active_rate"]
    assert (row["numerator"], row["denominator"], row["value"]) == (10.0, 40.0, 0.25)


def test_a_count_is_its_own_numerator() -> None:
    row = rows(SLOW, joins_24h=3)["join_count"]
    assert (row["numerator"], row["denominator"], row["value"]) == (3.0, 1.0, 3.0)


def test_without_a_denominator_there_is_no_value() -> None:
    assert rows(SLOW)["conversion_rate"]["value"] is None
    assert rows(SLOW)["message_count"]["value"] == 0.0


def test_the_window_is_the_one_before_t() -> None:
    for pace, window, length in ((FAST, "1h", HOUR), (SLOW, "24h", DAY)):
        row = rows(pace)["conversion_rate"]
        start = datetime.fromtimestamp((START - length) / 1000, UTC)
        assert (row["window"], row["window_start"], row["window_end_ms"]) == (window, start, START)


def test_the_fast_pace_has_only_what_an_hour_can_tell() -> None:
    assert set(rows(FAST)) == {
        "member_count",
        "active_member_count",
        "paying_user_count",
        "daily_active_rate",
        "conversion_rate",
    }


def test_metrics_are_called_what_the_catalogue_calls_them() -> None:
    assert set(rows(SLOW)) <= {metric.name for metric in CATALOGUE}
