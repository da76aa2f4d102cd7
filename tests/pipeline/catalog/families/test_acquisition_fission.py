"""Members who bring members, by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
BROUGHT = {"inviter_id": "ann", "inviter_role": "member"}


def join(when: str, user: str, group: str = "g", **fields: Any) -> Event:
    return event("join", when, group, user, **{"join_method": "invite"} | fields)


def forward(when: str, user: str, group: str = "g", dest: str = "moments", **fields: Any) -> Event:
    return event(
        *("reaction", when, group, user), action="forward", dest=dest, target_id="p1", **fields
    )


# ann brings bob, dan by kol1, and dan into h as well, where ann is no member; bob comes back by
# ann, which makes him not new; eve is brought by staff, fay by old, who left before March; gus, by
# ann, is staff.
HISTORY = Community(
    [
        join("2025-02-01 12:00", "ann"),
        join("2025-02-01 12:00", "old"),
        event("leave", "2025-02-20 12:00", "g", "old", leave_kind="self"),
        join("2025-03-03 00:00", "bob", **BROUGHT),
        event("leave", "2025-03-04 12:00", "g", "bob", leave_kind="self"),
        join("2025-03-05 12:00", "bob", **BROUGHT),
        join("2025-03-06 12:00", "dan", **BROUGHT, channel_id="kol1", campaign_id="spring"),
        join("2025-03-07 12:00", "dan", "h", **BROUGHT),
        join("2025-03-06 12:00", "eve", inviter_id="sam", inviter_role="staff"),
        join("2025-03-06 12:00", "fay", inviter_id="old", inviter_role="member"),
        join("2025-03-06 12:00", "gus", **BROUGHT, actor_role="staff"),
        join("2025-03-10 00:00", "hal", inviter_id="bob", inviter_role="member"),
        event("order", "2025-03-09 12:00", "", "ann", order_id="o1", status="paid"),
        forward("2025-03-04 12:00", "ann"),
        forward("2025-03-04 13:00", "ann", campaign_id="spring"),
        forward("2025-03-04 13:00", "sam", actor_role="staff"),
        forward("2025-03-04 13:00", "bob", dest="group"),
        forward("2025-03-10 00:00", "bob"),
        forward("2025-03-14 12:00", "ann", "h"),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content"},
            {"group_id": "h", "community_type": "service"},
        ],
        # a1 spans dan's join by its campaign, a2 the forward in h on its very first moment; a3
        # ends before anything, a4 in April.
        "dim_activity": [
            {
                "activity_id": name,
                "group_id": group,
                "campaign_id": campaign,
                "start_ms": at(start),
                "end_ms": at(end),
            }
            for name, group, campaign, start, end in (
                ("a1", "h", "spring", "2025-03-06 12:00", "2025-03-07 00:00"),
                ("a2", "h", "", "2025-03-14 12:00", "2025-03-15 00:00"),
                ("a3", "h", "spring", "2025-03-01 00:00", "2025-03-02 00:00"),
                ("a4", "g", "spring", "2025-03-01 00:00", "2025-04-01 00:00"),
            )
        ],
    },
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("fission_new_count", "G", {"g": 3, "h": 1}),
    ("fission_new_count", "O", {"": 3}),
    ("fission_new_count", "C", {"kol1": 1, "unknown": 3}),
    ("fission_new_count", "K", {"spring": 1}),
    ("fission_channel_share", "G", {"g/kol1": 1 / 3, "g/unknown": 2 / 3, "h/unknown": 1}),
    ("fission_channel_share", "C", {"kol1": 1 / 4, "unknown": 3 / 4}),
    ("viral_coefficient", "G", {"g": 3 / 5, "h": 1}),
    ("viral_coefficient", "O", {"": 3 / 5}),
    ("referral_rate", "G", {"g": 1 / 5, "h": 0}),
    ("referral_rate", "O", {"": 1 / 5}),
    ("referral_rate", "T", {"content": 1 / 5, "service": 0}),
    ("paid_referral_rate", "G", {"g": 1, "h": None}),
    ("moments_share_count", "G", {"g": 3, "h": 0}),
    ("moments_share_count", "P", {"p1": 3}),
    ("moments_share_count", "K", {"spring": 1}),
    ("moments_sharer_count", "G", {"g": 1, "h": 0}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, {"B13", "B14", "B16", "B25"}, WEEK)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_week(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("grain", "expected"),
    [("O", {"": 2 / 3}), ("T", {"service": 2 / 3}), ("K", {"spring": 1 / 2})],
)
def test_activities_of_a_month(
    shared_store: Store, grain: str, expected: dict[str, float | None]
) -> None:
    found = counted(shared_store, HISTORY, {"B15"}, MARCH)
    assert values(found, "fission_activity_rate", grain) == pytest.approx(expected)


def test_a_week_without_anybody(shared_store: Store) -> None:
    week = window_at(Period.WEEK, at("2025-01-06"), SHANGHAI)
    found = counted(shared_store, HISTORY, {"B13", "B14", "B16"}, week)
    assert values(found, "fission_new_count", "O") == {"": 0}
    assert values(found, "viral_coefficient", "O") == {}
    assert values(found, "referral_rate", "O") == {}
