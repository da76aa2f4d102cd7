"""Stored milestones in a back-test, on a real embedded store: each moment as it was known then."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.catalog.catalogue import ALL_MILESTONES, STORED_MILESTONES
from pipeline.clock import SharedClock
from pipeline.errors import UsageError
from pipeline.operations.backtest import backtest
from pipeline.operations.operation import Context
from pipeline.operations.rolling import catalogue_of
from pipeline.progress import unwatched
from pipeline.rollup.readings import Readings
from pipeline.settings import Settings
from sinks.embedded import EmbeddedStore
from tests.pipeline.rollup.test_readings import Ranked
from tests.reference.community import DAY, HOUR, Community, at, event, forget, store_community
from tests.reference.stored import migrated_store

START = at("2025-01-06")
SLOW_FROM = START + 12 * DAY
"""From then on staff are late: of 30 conversations an hour, 9 are answered in time."""
SINCE, UNTIL = SLOW_FROM + 10 * HOUR, SLOW_FROM + 14 * HOUR


def conversations(hour_ms: int, in_time: int, count: int = 30) -> list[dict[str, Any]]:
    opened = [
        event("session", hour_ms + number, "g", f"u{number}", action="opened",
              session_id=f"s{hour_ms}-{number}", session_kind="service")
        for number in range(count)
    ]  # fmt: skip
    replied = [
        event("session", hour_ms + 60_000 + number, "g", "staff", action="replied",
              actor_role="staff", session_id=f"s{hour_ms}-{number}", session_kind="service")
        for number in range(in_time)
    ]  # fmt: skip
    return opened + replied


EVENTS = [
    *(event("join", START - DAY, "g", f"u{number}", join_method="qr") for number in range(30)),
    *(
        one
        for day in range(13)
        for hour in (10, 11, 12)
        for moment in [START + day * DAY + hour * HOUR]
        for one in conversations(moment, 9 if moment >= SLOW_FROM else 27)
    ),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedStore, Settings]]:
    folder = tmp_path_factory.mktemp("store")
    with migrated_store(folder) as store:
        yield store, Settings(store=f"chdb:{folder}")


@pytest.fixture
def context(opened: tuple[EmbeddedStore, Settings]) -> Context:
    store, settings = opened
    forget(store)
    return Context(settings, store, SharedClock(Path("/nonexistent")), unwatched)


def run(context: Context, *metrics: str, **asked: Any) -> dict[str, Any]:
    arguments = {"since_ms": SINCE, "until_ms": UNTIL, "groups": [], "explained": 0}
    return backtest(context, {**arguments, "thresholds": {}, "metrics": metrics, **asked})


def test_a_rate_that_falls_is_an_alert_of_the_group_and_of_all_together(context: Context) -> None:
    store_community(context.store, Community(EVENTS))
    report = run(context, "G03")
    assert {(one["group_id"], one["drop"]) for one in report["alerts"]} == {
        ("g", "fast.7d_mean"),
        ("_all", "fast.7d_mean"),
    }
    one = next(one for one in report["alerts"] if one["group_id"] == "g")
    # The first late hour closes at 11:00, the second agrees at 12:00.
    assert one["began_ms"] == SLOW_FROM + 11 * HOUR
    assert one["measure"] == "timely_response_rate"
    assert one["baseline"] == pytest.approx(0.9)
    assert one["numerator"] < one["denominator"] / 2
    (told,) = report["samples"]
    assert (told["evaluations"], told["enough"]) == (2 * 3, 2 * 3)
    assert (report["groups"], report["without_source"]) == (1, [])


def test_each_moment_is_what_the_rollup_would_have_read_then(context: Context) -> None:
    """Replayed readings are those that a rollup stores hour by hour, and are taken from there."""
    store, settings = context.store, context.settings
    store_community(store, Community(EVENTS))
    before = run(context, "G03")
    catalogue = catalogue_of(settings, store)
    reader = Readings(store, catalogue, STORED_MILESTONES, Ranked("g"))
    reader.run(SLOW_FROM + 11 * HOUR, wall_ms=1)
    assert store.query("SELECT count() AS n FROM v_milestone_reading")["n"][0] > 0
    assert run(context, "G03") == before


def day(end_ms: int, numerator: float, denominator: float) -> dict[str, Any]:
    return {
        "metric": "inquiry_to_paid_rate",
        "grain": "G",
        "scope_id": "g",
        "slice": "",
        "window": "D",
        "window_start": end_ms - DAY,
        "window_end_ms": end_ms,
        "numerator": numerator,
        "denominator": denominator,
        "value": numerator / denominator,
        "note": "",
        "computed_ms": 1,
    }


def test_a_closed_day_is_judged_once_when_it_is_final(context: Context) -> None:
    store = context.store
    asked = event("session", START + HOUR, "g", "u1", action="opened", session_kind="inquiry")
    paid = event("order", START + 2 * HOUR, "g", "u1", status="paid", order_id="o1")
    target = {
        "target_id": "t1",
        "metric": "inquiry_to_paid_rate",
        "grain": "G",
        "scope_id": "g",
        "start_ms": START,
        "end_ms": START + 60 * DAY,
        "target": Decimal("0.5"),
        "status": "agreed",
        "version": 1,
    }
    store_community(store, Community([asked, paid], dims={"kpi_target": [target]}))
    days = [
        day(START + number * DAY, 20.0 if number == 5 else 100.0, 200.0) for number in range(1, 8)
    ]
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame(days).with_columns(start))
    report = run(context, "F21", since_ms=START + 8 * DAY, until_ms=START + 15 * DAY)
    told = next(one for one in report["samples"] if one["drop"] == "day.plan")
    assert (told["evaluations"], told["enough"]) == (7, 7)
    (alert,) = [one for one in report["alerts"] if one["drop"] == "day.plan"]
    assert alert["began_ms"] == START + (5 + 7) * DAY
    assert (alert["numerator"], alert["baseline"]) == (20, 0.5)


def test_a_campaign_below_its_plan_is_an_alert_of_all_groups_together(context: Context) -> None:
    store = context.store
    members = [
        event("join", START - DAY, "g", f"u{number}", join_method="qr") for number in range(400)
    ]
    paid = [
        event("order", START + HOUR, "g", f"u{number}", status="paid", order_id=f"o{number}")
        for number in range(30)
    ]
    target = {
        "target_id": "t1",
        "metric": "campaign_conversion_rate",
        "grain": "K",
        "scope_id": "spring",
        "start_ms": START - DAY,
        "end_ms": START + 60 * DAY,
        "target": Decimal("0.4"),
        "status": "agreed",
        "version": 1,
    }
    nodes = [
        {
            "item_id": f"n{days}",
            "campaign_id": "spring",
            "kind": "node",
            "planned_ms": START + days * DAY + 10 * HOUR,
            "forecast_progress": Decimal(progress),
        }
        for days, progress in ((0, "0.2"), (2, "0.5"))
    ]
    campaign = {"campaign_id": "spring", "group_ids": ["g"], "start_ms": START}
    dims = {"kpi_target": [target], "ops_calendar": nodes, "dim_campaign": [campaign]}
    store_community(store, Community([*members, *paid], dims=dims))
    report = run(
        context, "campaign_conversion_rate", since_ms=START + DAY, until_ms=START + 6 * DAY
    )
    (told,) = report["samples"]
    assert (told["metric"], told["drop"], told["compared"]) == ("F11", "day.plan", 5)
    (alert,) = report["alerts"]
    # 30 of 400 keep the first node's 8 percent, and not the 20 of the node on the third day.
    assert alert["began_ms"] == START + 3 * DAY
    assert (alert["measure"], alert["group_id"]) == ("campaign_conversion_rate:spring", "_all")
    assert (alert["numerator"], alert["denominator"]) == (30, 400)
    assert alert["baseline"] == pytest.approx(0.2)


def test_what_has_no_source_is_told_and_not_judged(context: Context) -> None:
    store_community(context.store, Community(EVENTS))
    report = run(context, "G03", "B17", "join_rate")
    assert report["without_source"] == ["B02", "B17"]
    assert {one["metric"] for one in report["samples"]} == {"G03"}


def test_a_metric_that_is_no_milestone_is_named_with_those_there_are(context: Context) -> None:
    with pytest.raises(UsageError, match="There is no milestone C99, typo") as raised:
        run(context, "C99", "G03", "typo")
    assert all(one.name in (raised.value.remedy or "") for one in ALL_MILESTONES)


def test_an_empty_store_has_no_history(context: Context) -> None:
    with pytest.raises(UsageError, match="no facts"):
        run(context)
