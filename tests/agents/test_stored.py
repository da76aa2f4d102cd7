"""What a worker reads of the rollup's tables, on a real embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from agents.stored import read_stored
from sinks.store import Store
from tests.reference.stored import migrated_store

NOW_MS = 1_764_000_000_000
HOUR_MS = 3_600_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as opened:
        yield opened


def compared(measure: str, t_ms: int, baseline: float | None = 0.5) -> dict[str, Any]:
    return {
        "measure": measure,
        "signal": "slow",
        "group_id": "g",
        "against": "4w_mean",
        "numerator": 3.0,
        "denominator": 10.0,
        "baseline": baseline,
        "windows": 4,
        "window_end_ms": t_ms,
        "t_ms": t_ms,
        "computed_ms": t_ms + 1,
    }


def live(metric: str, group: str, value: float) -> dict[str, Any]:
    return {
        "metric": metric,
        "grain": "G",
        "scope_id": group,
        "slice": "",
        "window": "24h",
        "window_end_ms": NOW_MS,
        "numerator": value,
        "denominator": 1.0,
        "value": value,
        "note": "",
    }


def daily(metric: str, group: str, value: float, end_ms: int) -> dict[str, Any]:
    return {
        **live(metric, group, value),
        "window": "D",
        "window_start": end_ms - 86_400_000,
        "window_end_ms": end_ms,
        "computed_ms": 1,
    }


def test_an_empty_store_has_nothing_to_show(store: Store) -> None:
    found = read_stored(store, NOW_MS)
    assert (found.milestones, found.types, found.indicators, found.read_s) == ((), {}, {}, None)


def test_the_last_hour_types_and_the_indicators_of_each_type(store: Store) -> None:
    rows = [
        compared("leave_rate", NOW_MS),
        compared("join_rate", NOW_MS, None),
        compared("complaint_rate", NOW_MS - HOUR_MS),
    ]
    store.insert("milestone_now", pl.DataFrame(rows, schema_overrides={"windows": pl.UInt16}))
    groups = [
        {"group_id": group, "community_type": kind, "loaded_ms": 1}
        for group, kind in (("g", "service"), ("h", "content"))
    ]
    store.insert("dim_group", pl.DataFrame(groups))
    values = [
        live("complaint_rate", "g", 0.25),
        live("like_rate", "g", 0.5),
        live("like_rate", "h", 0.75),
        live("like_rate", "nowhere", 1.0),
    ]
    store.insert("metric_live", pl.DataFrame(values))
    days = [daily("retention_rate_d7", "g", 0.1 * n, NOW_MS - n * 86_400_000) for n in (8, 9)]
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame(days).with_columns(start))
    found = read_stored(store, NOW_MS)
    assert {(one.measure, one.baseline) for one in found.milestones} == {
        ("leave_rate", 0.5),
        ("join_rate", None),
    }
    assert found.types == {"g": "service", "h": "content"}
    assert found.indicators == {
        ("g", "complaint_rate"): 0.25,
        ("g", "retention_rate_d7"): 0.8,
        ("h", "like_rate"): 0.75,
    }
    assert (found.t_ms, found.read_s) == (NOW_MS, (NOW_MS + 1) / 1000)
