"""Ties beside the groups by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, values

MONDAY = window_at(Period.DAY, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))


def tie(kind: str, action: str, when: str, user: str, **fields: Any) -> Event:
    return event("contact", when, "", user, link_type=kind, action=action, **fields)


def follow(when: str, user: str, channel: str = "") -> Event:
    return tie("official_account", "add", when, user, channel_id=channel)


def unfollow(when: str, user: str) -> Event:
    return tie("official_account", "remove", when, user)


def friend(when: str, user: str, staff: str, action: str = "add") -> Event:
    role = "staff" if action == "add" else "member"
    return tie("wecom_friend", action, when, user, staff_id=staff, actor_role=role)


# Followers: ann before and after; bob gone at Monday's first moment, cat follows twice and goes
# once, dan goes without ever having followed, eve follows at Tuesday's first moment.
# Friends of s1: ann (kept), bob (cut, and made again the same day); of s2: ann, cut on Monday.
# gus is in group g and has no tie, ann is in it, hal was.
HISTORY = Community(
    [
        follow("2025-03-01 12:00", "ann", "moments"),
        follow("2025-03-01 12:00", "bob", "moments"),
        unfollow("2025-03-03 00:00", "bob"),
        follow("2025-03-03 10:00", "cat", "kol1"),
        follow("2025-03-03 11:00", "cat", "moments"),
        unfollow("2025-03-03 23:59", "cat"),
        unfollow("2025-03-03 12:00", "dan"),
        follow("2025-03-04 00:00", "eve"),
        friend("2025-03-01 12:00", "ann", "s1"),
        friend("2025-03-01 12:00", "ann", "s2"),
        friend("2025-03-01 12:00", "bob", "s1"),
        friend("2025-03-03 12:00", "bob", "s1", "remove"),
        friend("2025-03-03 13:00", "bob", "s1"),
        friend("2025-03-03 13:00", "ann", "s2", "remove"),
        friend("2025-03-03 14:00", "fay", "s2"),
        friend("2025-03-03 14:00", "fay", "s1"),
        tie("site_account", "add", "2025-03-03 00:00", "ivy", channel_id="kol1"),
        tie("site_account", "add", "2025-03-03 08:00", "ivy"),
        tie("site_account", "add", "2025-03-02 23:59", "jon"),
        tie("site_account", "remove", "2025-03-03 12:00", "jon"),
        event("join", "2025-03-01 12:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-01 12:00", "g", "gus", join_method="qr"),
        event("join", "2025-03-01 12:00", "g", "hal", join_method="qr"),
        event("leave", "2025-03-03 12:00", "g", "hal", leave_kind="self"),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content", "created_ms": 0, "dissolved_ms": 0}
        ]
    },
)
IDS = ("A12", "A22", "A23", "A24", "A25", "A26")


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, MONDAY)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("platform_registration_count", "O", {"": 1}),
        ("platform_registration_count", "C", {"kol1": 1, "unknown": 1, "moments": 0}),
        ("follower_count", "C", {"moments": 1, "kol1": 0, "unknown": 0}),
        ("follower_count", "O", {"": 1}),
        ("follower_gain_count", "O", {"": 1}),
        ("follower_gain_count", "C", {"kol1": 1, "moments": 0, "unknown": 0}),
        ("unfollow_count", "O", {"": 2}),
        ("unfollow_rate", "O", {"": 2 / 3}),
        ("unfollow_rate", "C", {"moments": 1 / 2, "kol1": 1}),
        ("new_contact_count", "O", {"": 2}),
        ("new_contact_count", "S", {"s1": 2, "s2": 1}),
        ("deleted_contact_count", "O", {"": 2}),
        ("deleted_contact_count", "S", {"s1": 1, "s2": 1}),
        ("contact_delete_rate", "S", {"s1": 1 / 4, "s2": 1 / 2}),
        # Open at the end: ann, bob and fay are friends, ivy has an account; of them ann is in g.
        ("customer_group_coverage_rate", "O", {"": 1 / 4}),
        ("customer_group_coverage_rate", "T", {"content": 1 / 4}),
        ("private_traffic_pool_size", "O", {"": 5}),
        ("private_traffic_pool_size", "T", {"content": 2}),
    ],
)
def test_a_monday(found: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_before_anything_there_are_counts_of_nothing_and_no_rates(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-01"), ZoneInfo("Asia/Shanghai"))
    found = counted(shared_store, HISTORY, IDS, day)
    assert values(found, "follower_count", "O") == {"": 0}
    assert values(found, "deleted_contact_count", "O") == {"": 0}
    assert values(found, "unfollow_rate", "O") in ({}, {"": None})
    assert values(found, "customer_group_coverage_rate", "O") in ({}, {"": None})
