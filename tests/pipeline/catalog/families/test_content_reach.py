"""Readers, clicks and what they lead to by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import DAY, Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
NOON = at("2025-03-03 12:00")


def view(action: str, when: str | int, user: str, thing: str = "p1", **fields: Any) -> Event:
    return event(
        *("view", when, "g", user),
        **{"action": action, "object_kind": "content", "object_id": thing} | fields,
    )


def delivered(user: str, thing: str, group: str = "h") -> Event:
    return event(
        *("delivery", NOON, group, user),
        action="delivered",
        push_kind="group_broadcast",
        content_id=thing,
        actor_role="system",
    )


# Reads of p1 on Monday: ann twice, bob, the stranger v1 twice, staff once; of p2 ann.
# Impressions of p1: ann, bob, cat; ann clicks, dan does without one. In h nothing was shown, but
# p3 delivered to ann and bob; ann clicks on it and cat, to whom it was not.
# ann joins h at the moment she reads, bob pays 7 days later, cat signs up a ms too late.
HISTORY = Community(
    [
        view("read", "2025-03-02 23:59", "zoe"),
        view("read", "2025-03-03 00:00", "ann", channel_id="moments"),
        view("read", NOON, "ann"),
        view("read", NOON, "ann", "p2"),
        view("read", NOON, "bob"),
        view("read", NOON, "", visitor_id="v1"),
        view("read", NOON, "", visitor_id="v1"),
        view("read", NOON, "sam", actor_role="staff"),
        *(view("impression", NOON, user) for user in ("ann", "ann", "bob", "cat")),
        view("click", NOON, "ann", channel_id="moments"),
        view("click", NOON, "dan"),
        view("click", NOON + 1, "cat"),
        view("click", "2025-03-04 00:00", "bob"),
        event("view", NOON, "h", "ann", action="click", object_id="p3", object_kind="link"),
        event("view", NOON, "h", "cat", action="click", object_id="p3", object_kind="link"),
        delivered("ann", "p3"),
        delivered("bob", "p3"),
        delivered("ann", "p1", "g"),
        event("join", NOON, "h", "ann", join_method="qr"),
        event("leave", NOON + DAY, "h", "ann", leave_kind="self"),
        event("order", NOON + 7 * DAY, "", "bob", order_id="o1", status="paid"),
        event("activity", NOON + 7 * DAY + 2, "g", "cat", action="signup"),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content"},
            {"group_id": "h", "community_type": "conversion"},
        ],
        "dim_content": [
            {"content_id": "p1", "is_brand": 1},
            {"content_id": "p2", "is_brand": 0},
        ],
    },
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("content_view_count", "G", {"g": 7, "h": 0}),
    ("content_view_count", "C", {"moments": 1, "unknown": 6}),
    ("content_view_count", "P", {"p1": 6, "p2": 1}),
    ("content_reader_count", "G", {"g": 3, "h": 0}),
    ("content_reader_count", "P", {"p1": 3, "p2": 1}),
    ("link_click_count", "G", {"g": 3, "h": 2}),
    ("link_click_count", "T", {"content": 3, "conversion": 2}),
    ("click_rate", "G", {"g": 2 / 3, "h": 1 / 2}),
    ("click_rate", "P", {"p1": 2 / 3, "p3": 1 / 2}),
    ("click_rate", "T", {"content": 2 / 3, "conversion": 1 / 2}),
    ("brand_exposure_count", "O", {"": 10}),
    ("brand_exposure_count", "C", {"moments": 1, "unknown": 9}),
    ("brand_reach_count", "O", {"": 4}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, {"D05", "D06", "D14"}, MONDAY)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_monday(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    told = {scope: value for scope, value in values(found, name, grain).items() if value != 0}
    assert told == pytest.approx({scope: value for scope, value in expected.items() if value != 0})


def test_what_reading_leads_to(shared_store: Store) -> None:
    found = counted(shared_store, HISTORY, {"D10"}, WEEK)
    rate = "content_conversion_rate"
    assert values(found, rate, "P") == pytest.approx({"p1": 2 / 5, "p2": 1, "p3": 1 / 2})
    assert values(found, rate, "G") == pytest.approx({"g": 2 / 5, "h": 1 / 2})


def test_a_day_without_views(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-03"), SHANGHAI)
    found = counted(shared_store, HISTORY, {"D06", "D14"}, day)
    assert values(found, "brand_exposure_count", "O") == {"": 0}
    assert values(found, "click_rate", "G") == {}
