"""From page view and membership to an order, by hand."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.families.business.conversion import CONVERSION
from pipeline.core.calendar import CalendarWindow, Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, computed, event, store_community, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
EVER = window_at(Period.EVER, at("2025-03-20"), SHANGHAI)


def order(when: str, group: str, user: str, order_id: str, **fields: Any) -> Event:
    return event("order", when, group, user, order_id=order_id, **{"status": "paid", **fields})


def seen(when: str, group: str, user: str, **fields: Any) -> Event:
    return event(
        "view", when, group, user, **{"action": "page_view", "object_id": "home", **fields}
    )


# cat pays and leaves before the launch at noon, dan joins at that very moment, eve came by the
# campaign to another group and pays an hour after it; fay is no member; gil buys after its end.
LAUNCH = Community(
    [
        event("join", "2025-03-01", "g", "ann"),
        event("join", "2025-03-01", "g", "bob"),
        event("join", "2025-03-01", "g", "cat"),
        event("leave", "2025-03-03 11:00", "g", "cat"),
        event("join", "2025-03-03 12:00", "g", "dan"),
        event("join", "2025-03-02", "h", "eve", campaign_id="spring"),
        order("2025-03-03 12:10", "g", "ann", "oa", status="created"),
        order("2025-03-03 12:30", "g", "ann", "oa", campaign_id="spring"),
        order("2025-03-03 15:00", "g", "bob", "ob", status="created"),
        order("2025-03-03 09:50", "g", "cat", "oc", status="created"),
        order("2025-03-03 10:00", "g", "cat", "oc"),
        order("2025-03-03 11:00", "h", "eve", "oe1"),
        order("2025-03-03 13:00", "h", "eve", "oe2"),
        order("2025-03-03 10:00", "g", "fay", "of"),
        order("2025-03-03 10:00", "g", "sam", "os", status="created", actor_role="staff"),
        order("2025-03-13 10:00", "g", "sam", "os", actor_role="staff"),
        order("2025-03-05 00:00", "", "gil", "og", campaign_id="spring"),
        order("2025-03-09 00:00", "", "hal", "oh", campaign_id="autumn"),
        seen("2025-03-03 09:00", "g", "ann", campaign_id="spring"),
        seen("2025-03-03 10:00", "g", "ann"),
        seen("2025-03-03 11:00", "g", "", visitor_id="v1", campaign_id="spring"),
        seen("2025-03-03 11:00", "g", "", visitor_id="v1", object_id="offer"),
        seen("2025-03-03 12:00", "g", "bot", actor_role="bot"),
        seen("2025-03-03 13:00", "", "cat"),
        seen("2025-03-04 00:00", "g", "eve"),
        seen("2025-03-03 10:00", "g", "bob", action="click"),
        seen("2025-03-03 10:00", "", "gil", action="read", campaign_id="spring"),
        seen("2025-03-03 10:00", "", "hal", action="impression", campaign_id="autumn"),
        event("activity", "2025-03-04", "", "hal", action="signup", campaign_id="autumn"),
    ],
    {
        "dim_campaign": [
            {
                "campaign_id": "spring",
                "paid_launch_ms": at("2025-03-03 12:00"),
                "end_ms": at("2025-03-05"),
                "group_ids": ["g"],
            },
            {"campaign_id": "autumn", "paid_launch_ms": 0, "end_ms": 0, "group_ids": []},
        ]
    },
)


def of_window(store: Store, window: CalendarWindow) -> pl.DataFrame:
    metrics = [one for one in CONVERSION if window.period in one.periods]
    return computed(store, LAUNCH, metrics, window)


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    store_community(shared_store, LAUNCH)
    return of_window(shared_store, MONDAY)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("pv", "G", {"g": 5, "h": 0}),
        ("pv", "K", {"spring": 2}),
        ("pv", "P", {"home": 5, "offer": 1}),
        ("pv", "O", {"": 6}),
        ("uv", "G", {"g": 2, "h": 0}),
        ("uv", "O", {"": 3}),
        ("conversion_rate", "G", {"g": 2 / 4, "h": 1}),
        ("conversion_rate", "K", {"spring": 1}),
        ("conversion_rate", "O", {"": 3 / 5}),
        ("campaign_conversion_rate", "K", {"spring": 3 / 5}),
        ("launch_conversion_rate_1h", "K", {"spring": 1 / 3}),
        ("launch_conversion_rate_1h", "G", {"g": 1 / 2, "h": 0}),
        ("visit_to_order_rate", "G", {"g": 3 / 2}),
        ("payment_rate", "G", {"g": 2 / 4}),
        ("payment_rate", "O", {"": 2 / 4}),
    ],
)
def test_a_monday(found: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_ever(shared_store: Store, found: pl.DataFrame) -> None:
    ever = of_window(shared_store, EVER)
    assert values(ever, "final_conversion_rate", "K") == {"spring": 1 / 2, "autumn": 1}
    assert values(ever, "conversion_rate", "O") == {"": 3 / 5}


def test_a_day_without_anything_has_no_rates(shared_store: Store, found: pl.DataFrame) -> None:
    day = of_window(shared_store, window_at(Period.DAY, at("2025-02-01"), SHANGHAI))
    assert values(day, "pv", "O") == {"": 0}
    assert values(day, "launch_conversion_rate_1h", "K") == {}
    assert values(day, "campaign_conversion_rate", "K") == {}
    for name in ("conversion_rate", "visit_to_order_rate", "payment_rate"):
        assert values(day, name, "O").get("") is None


# Of spring's five members ann pays at half past twelve, and eve at eleven.
@pytest.mark.parametrize(
    ("end_ms", "expected"),
    [
        (0, {"spring": 2 / 5}),
        (at("2025-03-03 12:30"), {"spring": 1 / 5}),
        (at("2025-03-03 12:30") + 1, {"spring": 2 / 5}),
        (MONDAY.start_ms, {}),
    ],
)
def test_a_campaign_counts_from_its_beginning_to_its_end(
    shared_store: Store, end_ms: int, expected: dict[str, float]
) -> None:
    spring = {"campaign_id": "spring", "group_ids": ["g"], "end_ms": end_ms}
    dims = {"dim_campaign": [{**spring, "start_ms": at("2025-03-03 11:00")}]}
    found = counted(shared_store, Community(LAUNCH.events, dims), ("F11",), MONDAY)
    assert values(found, "campaign_conversion_rate", "K") == pytest.approx(expected)
