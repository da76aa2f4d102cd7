"""Interactions by hand: how many, how evenly, how deep."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)

_BEFORE = "2025-03-01 12:00"
_PAID = {"status": "paid", "currency": "CNY"}

# In g ann does most, bob some, cat one thing, dan and eve nothing; h is of its type, k of another;
# in z nobody speaks. A signup, a reply in a session and a view are no interactions.
WORLD = Community(
    [
        event("join", _BEFORE, "g", "ann", join_method="qr", campaign_id="spring"),
        event("join", _BEFORE, "g", "bob", join_method="qr", campaign_id="spring"),
        *(event("join", _BEFORE, "g", user, join_method="qr") for user in ("cat", "dan", "eve")),
        event("join", _BEFORE, "h", "fay", join_method="qr"),
        event("join", _BEFORE, "k", "gus", join_method="qr"),
        event("join", _BEFORE, "z", "dan", join_method="qr"),
        event("chat", "2025-03-03 10:00", "g", "ann", msg_type="text"),
        event("chat", "2025-03-03 11:00", "g", "ann", msg_type="image"),
        event("chat", "2025-03-04 10:00", "g", "ann", msg_type="text"),
        event("reaction", "2025-03-05 10:00", "g", "ann", action="like"),
        event("checkin", "2025-03-06 10:00", "g", "ann", task_id="t"),
        event("chat", "2025-03-03 12:00", "g", "bob", msg_type="text"),
        event("activity", "2025-03-03 13:00", "g", "bob", activity_id="a", action="signup"),
        event("activity", "2025-03-04 20:00", "g", "bob", activity_id="a", action="attend"),
        event("session", "2025-03-05 10:00", "g", "bob", action="opened", session_kind="inquiry"),
        event("session", "2025-03-05 11:00", "g", "bob", action="replied", session_kind="inquiry"),
        event("view", "2025-03-05 10:00", "g", "cat", action="read"),
        event("publish", "2025-03-09 23:59", "g", "cat", content_kind="post"),
        event("publish", "2025-03-10 00:00", "g", "cat", content_kind="post"),
        event("reaction", "2025-03-05 10:00", "g", "s1", action="like", actor_role="staff"),
        event("chat", "2025-03-05 10:00", "h", "fay", msg_type="text"),
        event("chat", "2025-03-05 10:00", "k", "gus", msg_type="text"),
        event(
            "order", "2025-03-05 10:00", "g", "cat", order_id="1", amount_paid=Decimal(30), **_PAID
        ),
        event(
            "order", "2025-03-05 10:00", "g", "bob", order_id="2", amount_paid=Decimal(10), **_PAID
        ),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content"},
            {"group_id": "h", "community_type": "content"},
            {"group_id": "k", "community_type": "service"},
        ]
    },
)
NAMES = {
    "interaction_count",
    "interaction_days",
    "interaction_content_mix",
    "interaction_kinds",
    "activity_index",
    "participation_breadth",
    "message_gini",
    "top20_share",
    "deep_participation_rate",
}


@pytest.fixture(scope="module")
def week(compute: Compute) -> pl.DataFrame:
    return compute(WORLD, NAMES, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("interaction_count", "U", {"ann": 5, "bob": 3, "cat": 1, "fay": 1, "gus": 1}),
        ("interaction_count", "G", {"g": 9, "h": 1, "k": 1, "z": 0}),
        ("interaction_count", "T", {"content": 10, "service": 1}),
        ("interaction_days", "U", {"ann": 4, "bob": 3, "cat": 1, "fay": 1, "gus": 1}),
        ("interaction_days", "G", {"g": 5, "h": 1, "k": 1, "z": 0}),
        ("interaction_kinds", "G", {"g": 6, "h": 1, "k": 1, "z": 0}),
        ("interaction_kinds", "U", {"ann": 3, "bob": 3, "cat": 1, "fay": 1, "gus": 1}),
        (
            *("interaction_content_mix", "G"),
            {
                **{"g/chat/text": 3, "g/chat/image": 1, "g/reaction/like": 1, "g/checkin": 1},
                **{"g/activity/attend": 1, "g/session/inquiry": 1, "g/publish/post": 1},
                **{"h/chat/text": 1, "k/chat/text": 1},
            },
        ),
        ("activity_index", "G", {"g": 1, "h": 0, "k": 0}),
        ("activity_index", "T", {"content": 1, "service": 0}),
        # Of 5 persons ann has the most but for kinds, of which bob has as many.
        (
            *("activity_index", "U"),
            {"ann": 0.4 + 0.3 + 0.3 * 3 / 4, "bob": 3 / 4, "cat": 0, "fay": 0, "gus": 0},
        ),
        ("participation_breadth", "G", {"g": 3 / 5, "h": 1, "k": 1, "z": 0}),
        ("participation_breadth", "O", {"": 5 / 7}),
        ("message_gini", "G", {"g": (2 * 1 + 4 * 3) / (5 * 4), "h": 0, "k": 0, "z": None}),
        ("message_gini", "O", {"": (2 + 4 + 6 * 3) / (7 * 6)}),
        ("top20_share", "O", {"/messages": (3 + 1) / 6, "/revenue": 1}),
        ("deep_participation_rate", "G", {"g": 1 / 5, "h": 0, "k": 0, "z": 0}),
        ("deep_participation_rate", "K", {"spring": 1 / 2}),
    ],
)
def test_a_week(
    week: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


def test_the_first_fifth_of_a_group(week: pl.DataFrame) -> None:
    found = values(week, "top20_share", "G")
    assert found["g/messages"] == pytest.approx(3 / 4)
    assert found["g/revenue"] == pytest.approx(30 / 40)
    assert found["z/messages"] is None


def test_deep_is_counted_over_all_time_as_well(compute: Compute) -> None:
    ever = window_at(Period.EVER, at("2025-03-10"), SHANGHAI)
    found = compute(WORLD, {"deep_participation_rate"}, ever)
    assert values(found, "deep_participation_rate", "G")["g"] == pytest.approx(1 / 5)
