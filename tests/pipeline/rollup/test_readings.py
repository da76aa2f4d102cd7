"""Stored milestones on a real embedded store: what is read, and what it is compared with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from pipeline.catalog.catalogue import STORED_MILESTONES
from pipeline.catalog.series import EVERY_GROUP
from pipeline.catalog.terms import Terms
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.ranking import RankedGroups
from pipeline.rollup.readings import Readings
from sinks.store import Store
from tests.reference.community import (
    DAY,
    GRACE_MS,
    HOUR,
    ZONE,
    Community,
    Event,
    at,
    event,
    forget,
    store_community,
)
from tests.reference.stored import migrated_store

NOW = at("2025-03-31 10:00")  # a Monday


class Ranked(RankedGroups):
    """Always the same groups."""

    def __init__(self, *groups: str) -> None:
        self.groups = groups

    def at(self, now_ms: int, known: Any = None) -> list[str]:
        return list(self.groups)


def members(count: int, group: str = "g") -> list[Event]:
    return [
        event("join", "2025-02-01 10:00", group, f"m{n}", join_method="qr") for n in range(count)
    ]


def leaves(when: int, *numbers: int, group: str = "g") -> list[Event]:
    return [event("leave", when, group, f"m{n}", leave_kind="left") for n in numbers]


LEAVING = [
    *members(60),
    *(one for week in (1, 2, 3, 4) for one in leaves(NOW - 7 * week * DAY - 2 * HOUR, week)),
    *leaves(NOW - 3 * HOUR, *range(20, 32)),
]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def store(opened: Store) -> Store:
    forget(opened)
    for table in ("milestone_reading", "milestone_now", "metric_value", "kpi_target"):
        opened.execute(f"TRUNCATE TABLE {table}")
    return opened


def readings(store: Store, *groups: str) -> Readings:
    catalogue = CatalogueRollup(
        store, STORED_MILESTONES, terms=Terms(), zone=ZONE, grace_ms=GRACE_MS
    )
    return Readings(store, catalogue, STORED_MILESTONES, Ranked(*groups))


def now(store: Store, measure: str, group: str = "g") -> dict[str, Any]:
    found = store.query("SELECT * FROM v_milestone_now").filter(measure=measure, group_id=group)
    (row,) = found.to_dicts()
    return row


def test_a_trailing_day_is_compared_with_the_same_weekday_of_weeks_that_nobody_read(
    store: Store,
) -> None:
    store_community(store, Community(LEAVING))
    assert readings(store, "g").run(NOW, wall_ms=1) > 0
    row = now(store, "leave_rate")
    assert (row["signal"], row["against"]) == ("slow", "4w_mean")
    assert (row["numerator"], row["denominator"]) == (12, 56)
    assert row["baseline"] == pytest.approx(4 / (60 + 59 + 58 + 57))
    assert (row["windows"], row["t_ms"], row["window_end_ms"]) == (4, NOW, NOW)


def test_all_groups_together_are_read_beside(store: Store) -> None:
    store_community(store, Community([*LEAVING, *members(4, "h")]))
    readings(store, "g").run(NOW, wall_ms=1)
    assert now(store, "leave_rate", EVERY_GROUP)["denominator"] == 60
    shown = set(store.query("SELECT group_id FROM v_milestone_now")["group_id"])
    assert shown == {"g", EVERY_GROUP}


def test_an_hour_is_read_once_and_the_next_one_again(store: Store) -> None:
    store_community(store, Community(LEAVING))
    reader = readings(store, "g")
    assert reader.run(NOW, wall_ms=1) > 0
    assert reader.run(NOW + HOUR - 1, wall_ms=2) == 0
    assert reader.run(NOW + HOUR, wall_ms=3) > 0
    assert now(store, "leave_rate")["t_ms"] == NOW + HOUR


def test_what_ripens_is_compared_with_what_was_known_when_that_was_as_young(store: Store) -> None:
    sent = [
        event("invite", NOW - day * DAY - 2 * HOUR, "g", "m1", action="sent", invite_id=f"i{day}")
        for day in range(9)
    ]
    hours = {day: -1 if day > 4 else 1 for day in range(1, 9)}
    followed = [
        event("join", NOW - day * DAY + after * HOUR, "g", f"n{day}", invite_id=f"i{day}")
        for day, after in hours.items()
    ]
    store_community(store, Community([*LEAVING, *sent, *followed]))
    readings(store, "g").run(NOW, wall_ms=1)
    row = now(store, "join_rate")
    assert (row["numerator"], row["denominator"], row["windows"]) == (0, 1, 7)
    assert row["baseline"] == pytest.approx(3 / 7)


def closed(end: int, numerator: float, of: float, note: str = "") -> dict[str, Any]:
    return {
        "metric": "retention_rate_d7",
        "grain": "G",
        "scope_id": "g",
        "slice": "",
        "window": "D",
        "window_start": end - DAY,
        "window_end_ms": end,
        "numerator": float(numerator),
        "denominator": float(of),
        "value": numerator / of,
        "note": note,
        "computed_ms": 1,
    }


def test_the_last_final_day_is_compared_with_those_before(store: Store) -> None:
    store_community(store, Community(LEAVING))
    midnight = at("2025-03-31")
    rows = [
        closed(midnight - day * DAY, 100 - day, 100, note)
        for day, note in [(0, "immature"), (7, ""), (8, ""), (9, ""), (10, ""), (11, ""), (12, "")]
    ]
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame(rows).with_columns(start))
    readings(store, "g").run(NOW, wall_ms=1)
    row = now(store, "retention_rate_d7")
    assert (row["signal"], row["against"]) == ("day", "4_before")
    assert (row["numerator"], row["window_end_ms"]) == (93, midnight - 7 * DAY)
    assert (row["baseline"], row["windows"]) == ((92 + 91 + 90 + 89) / 400, 4)


def test_a_final_day_of_long_ago_is_not_shown(store: Store) -> None:
    store_community(store, Community(LEAVING))
    old = closed(at("2025-03-31") - 12 * DAY, 9, 10)
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame([old]).with_columns(start))
    readings(store, "g").run(NOW, wall_ms=1)
    shown = set(store.query("SELECT measure FROM v_milestone_now")["measure"])
    assert "leave_rate" in shown
    assert "retention_rate_d7" not in shown


def test_a_day_without_an_activity_is_not_compared_with_days_that_had_one(store: Store) -> None:
    attended = event("activity", "2025-03-20 10:00", "g", "m1", action="attend", activity_id="a")
    store_community(store, Community([*LEAVING, attended]))
    days = [
        closed(at("2025-03-31") - day * DAY, n, 50) | {"metric": "activity_participation_rate"}
        for day, n in ((0, 0), (3, 20), (5, 20))
    ]
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame(days).with_columns(start))
    readings(store, "g").run(NOW, wall_ms=1)
    shown = set(store.query("SELECT measure FROM v_milestone_now")["measure"])
    assert "activity_participation_rate" not in shown
    today = closed(at("2025-03-31"), 4, 50) | {
        "metric": "activity_participation_rate",
        "computed_ms": 2,
    }
    store.insert("metric_value", pl.DataFrame([today]).with_columns(start))
    readings(store, "g").run(NOW + HOUR, wall_ms=2)
    row = now(store, "activity_participation_rate")
    assert (row["numerator"], row["baseline"], row["windows"]) == (4, 0.4, 2)


def test_a_target_that_is_agreed_is_what_a_day_is_compared_with(store: Store) -> None:
    asked = event("session", "2025-03-01 10:00", "g", "m1", action="open", session_kind="inquiry")
    paid = event("order", "2025-03-01 11:00", "g", "m1", status="paid", order_id="o1")
    target = {
        "target_id": "t1",
        "metric": "inquiry_to_paid_rate",
        "grain": "G",
        "scope_id": "g",
        "start_ms": at("2025-03-01"),
        "end_ms": at("2025-04-01"),
        "target": Decimal("0.5"),
        "status": "agreed",
        "version": 1,
    }
    store_community(store, Community([*LEAVING, asked, paid], dims={"kpi_target": [target]}))
    day = closed(at("2025-03-31") - 7 * DAY, 3, 10) | {"metric": "inquiry_to_paid_rate"}
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame([day]).with_columns(start))
    readings(store, "g").run(NOW, wall_ms=1)
    found = store.query("SELECT * FROM v_milestone_now").filter(against="plan", group_id="g")
    (row,) = found.to_dicts()
    assert (row["measure"], row["numerator"], row["baseline"]) == ("inquiry_to_paid_rate", 3, 0.5)


def test_a_campaign_is_compared_with_its_plan_at_the_node_passed_last(store: Store) -> None:
    paid = event("order", "2025-03-01 11:00", "g", "m1", status="paid", order_id="o1")
    target = {
        "target_id": "t1",
        "metric": "campaign_conversion_rate",
        "grain": "K",
        "scope_id": "spring",
        "start_ms": at("2025-03-01"),
        "end_ms": at("2025-04-01"),
        "target": Decimal("0.5"),
        "status": "agreed",
        "version": 1,
    }
    nodes = [
        {"item_id": when, "campaign_id": "spring", "kind": kind, "planned_ms": at(when)}
        | {"forecast_progress": progress}
        for when, kind, progress in (
            ("2025-03-10", "node", Decimal("0.2")),
            ("2025-03-20", "node", Decimal("0.5")),
            ("2025-03-29", "task", Decimal("0.9")),
            ("2025-03-31 08:00", "node", Decimal("0.8")),
        )
    ]
    campaign = {"campaign_id": "spring", "start_ms": at("2025-03-01"), "group_ids": ["g"]}
    dims = {"kpi_target": [target], "ops_calendar": nodes, "dim_campaign": [campaign]}
    store_community(store, Community([*LEAVING, paid], dims=dims))
    day = closed(at("2025-03-31"), 3, 60) | {
        "metric": "campaign_conversion_rate",
        "grain": "K",
        "scope_id": "spring",
    }
    start = pl.from_epoch("window_start", time_unit="ms").dt.replace_time_zone("UTC")
    store.insert("metric_value", pl.DataFrame([day]).with_columns(start))
    readings(store, "g").run(NOW, wall_ms=1)
    row = now(store, "campaign_conversion_rate:spring", EVERY_GROUP)
    assert (row["signal"], row["against"], row["numerator"]) == ("day", "plan", 3)
    assert row["baseline"] == pytest.approx(0.25), "the node of this morning came after that day"


def test_facts_of_no_milestone_make_no_comparison_and_no_fault(store: Store) -> None:
    store_community(store, Community([event("staff_action", "2025-03-01 10:00", "g", "s1")]))
    assert readings(store, "g").run(NOW, wall_ms=1) == 0


def test_without_facts_nothing_is_read(store: Store) -> None:
    assert readings(store).run(NOW, wall_ms=1) == 0
