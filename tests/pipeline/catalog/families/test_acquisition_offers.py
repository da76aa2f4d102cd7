"""Offers to newcomers by hand: each value counted on paper."""

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
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
NOON = at("2025-03-03 12:00")


def issue(user: str, coupon: str = "hello", when: int = NOON) -> Event:
    return event(
        *("staff_action", when, "g", "sam"),
        action_kind="coupon_issue",
        coupon_id=coupon,
        target_user_id=user,
        actor_role="staff",
    )


def order(when: int, user: str, coupon: str) -> Event:
    number = f"{user} {coupon} {when}"
    return event("order", when, "", user, order_id=number, status="paid", coupon_id=coupon)


def signup(when: str, user: str, activity: str = "course", **fields: Any) -> Event:
    return event(
        "activity", when, "g", user, **{"action": "signup", "activity_id": activity} | fields
    )


def poster(when: str, user: str, visitor: str = "", kind: str = "poster") -> Event:
    return event("view", when, "", user, action="read", object_kind=kind, visitor_id=visitor)


# The coupon hello: ann pays with it exactly 7 days later, bob a ms after that, cat with another
# one, dan before it is issued; eve is issued a coupon that is none for newcomers.
# The course starts on Monday at 12: ann is in its group, bob joins at that very moment, which is
# too late; cat has left; dan signs up too late; eve signs up for another.
HISTORY = Community(
    [
        *(issue(user) for user in ("ann", "bob", "cat", "dan")),
        issue("eve", "loyal"),
        order(NOON + 7 * DAY, "ann", "hello"),
        order(NOON + 7 * DAY + 1, "bob", "hello"),
        order(NOON + DAY, "cat", "loyal"),
        order(NOON - DAY, "dan", "hello"),
        order(NOON + DAY, "eve", "loyal"),
        *(signup("2025-03-03 00:00", user) for user in ("ann", "bob", "cat")),
        signup("2025-03-03 09:00", "ann", "talk", campaign_id="spring"),
        signup("2025-03-03 12:00", "dan"),
        signup("2025-03-03 11:00", "sam", actor_role="staff"),
        signup("2025-03-03 11:00", "fay", action="attend"),
        signup("2025-03-04 00:00", "eve", "talk"),
        event("join", "2025-03-01 12:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-03 12:00", "g", "bob", join_method="qr"),
        event("join", "2025-03-01 12:00", "g", "cat", join_method="qr"),
        event("leave", "2025-03-02 12:00", "g", "cat", leave_kind="self"),
        poster("2025-03-03 00:00", "ann"),
        poster("2025-03-03 01:00", "ann", "v9"),
        poster("2025-03-03 01:00", "", "v1"),
        poster("2025-03-03 02:00", "", "v1"),
        *(poster("2025-03-03 02:00", "", f"v{n}") for n in (2, 3, 4)),
        poster("2025-03-03 02:00", "", ""),
        poster("2025-03-03 02:00", "bob", kind="page"),
    ],
    {
        "dim_coupon": [
            {"coupon_id": "hello", "kind": "newcomer"},
            {"coupon_id": "loyal", "kind": "loyalty"},
        ],
        "dim_activity": [
            {"activity_id": "course", "group_id": "g", "campaign_id": "camp", "start_ms": NOON},
            {"activity_id": "talk", "group_id": "g", "campaign_id": "", "start_ms": NOON + DAY},
        ],
    },
)


def test_a_week(shared_store: Store) -> None:
    found = counted(shared_store, HISTORY, {"B20"}, WEEK)
    rate = "newcomer_offer_redemption_rate"
    assert values(found, rate, "G") == pytest.approx({"g": 1 / 4})
    assert values(found, rate, "C") == pytest.approx({"unknown": 1 / 4})


EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("signup_count", "O", {"": 4}),
    ("signup_count", "K", {"spring": 1, "camp": 0}),
    ("signup_rate", "O", {"": 4 / 5}),
    ("signup_rate", "K", {"spring": None}),
    ("signup_to_join_rate", "G", {"g": 1 / 3}),
    ("signup_to_join_rate", "K", {"camp": 1 / 3}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, {"B21", "B22"}, MONDAY)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_monday(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_a_day_without_anything(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-03"), SHANGHAI)
    found = counted(shared_store, HISTORY, {"B21", "B22"}, day)
    assert values(found, "signup_count", "O") == {"": 0}
    assert values(found, "signup_rate", "O") == {}
    assert values(found, "signup_to_join_rate", "G") == {}
