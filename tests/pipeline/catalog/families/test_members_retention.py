"""Staying, silence and waking of members by hand: each value counted on paper."""

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
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
GROUPS = {
    "dim_group": [
        {"group_id": group, "community_type": kind, "created_ms": 0, "dissolved_ms": 0}
        for group, kind in (("g", "content"), ("h", "service"))
    ]
}


def join(when: str, group: str, user: str, method: str = "qr") -> Event:
    return event("join", when, group, user, join_method=method)


def chat(when: str, group: str, user: str, **fields: Any) -> Event:
    return event("chat", when, group, user, **{"msg_type": "text", **fields})


def order(when: str, group: str, user: str, number: str) -> Event:
    return event("order", when, group, user, order_id=number, status="paid")


# A cohort of Monday the third: ann, bob, cat and dan join g, ann joins h as well; eve is of a
# roster. The next day ann chats in h at its last moment, bob gets a like (from cat) and a system
# notice, dan checks in one moment after it. On the tenth bob and a member of staff chat, on the
# eleventh at midnight cat does. bob leaves on the fourth, cat on the fifth and comes back on the
# tenth.
COHORT = Community(
    [
        join("2025-03-03 00:00", "g", "ann"),
        join("2025-03-03 10:00", "h", "ann"),
        join("2025-03-03 10:00", "g", "bob"),
        join("2025-03-03 10:00", "g", "cat"),
        join("2025-03-03 23:59", "g", "dan"),
        join("2025-03-03 12:00", "g", "eve", "import"),
        join("2025-03-04 00:00", "g", "fay"),
        chat("2025-03-04 23:59", "h", "ann"),
        chat("2025-03-04 12:00", "g", "bob", msg_type="system"),
        event("reaction", "2025-03-04 12:00", "g", "cat", action="like", target_id="m1"),
        event("checkin", "2025-03-05 00:00", "g", "dan", task_id="k1"),
        chat("2025-03-10 12:00", "g", "bob"),
        chat("2025-03-10 12:00", "g", "dan", actor_role="staff"),
        chat("2025-03-11 00:00", "g", "cat"),
        event("leave", "2025-03-04 20:00", "g", "bob", leave_kind="self"),
        event("leave", "2025-03-05 00:00", "g", "cat", leave_kind="self"),
        join("2025-03-10 20:00", "g", "cat"),
    ],
    GROUPS,
)


@pytest.fixture(scope="module")
def cohort(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, COHORT, ("A19", "A20"), MONDAY)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("retention_rate_d1", "G", {"g": 1 / 4, "h": 1}),
        ("retention_rate_d1", "T", {"content": 1 / 4, "service": 1}),
        ("retention_rate_d1", "O", {"": 2 / 4}),
        ("retention_rate_d7", "G", {"g": 1 / 4, "h": 0}),
        ("retention_rate_d30", "O", {"": 0}),
        ("membership_retention_d1", "G", {"g": 3 / 4, "h": 1}),
        ("membership_retention_d7", "G", {"g": 3 / 4, "h": 1}),
        ("membership_retention_d30", "C", {"unknown": 3 / 4}),
    ],
)
def test_a_cohort(cohort: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(cohort, name, grain) == pytest.approx(expected)


def test_a_cohort_has_no_rate_until_the_day_has_ended(shared_store: Store) -> None:
    found = counted(shared_store, COHORT, ("A19",), MONDAY, asof_ms=at("2025-03-10 23:59"))
    assert values(found, "retention_rate_d1", "O") == {"": 2 / 4}
    assert values(found, "retention_rate_d7", "O") == {"": None}


def test_a_week_of_joining_is_looked_for_in_the_weeks_after(shared_store: Store) -> None:
    first = counted(shared_store, COHORT, ("A19",), WEEK)
    assert shares(first, "G", "g") == {"0": (2, 5)}
    assert shares(first, "O", "") == {"0": (3, 6)}
    next_week = window_at(Period.WEEK, at("2025-03-10"), SHANGHAI)
    second = counted(shared_store, COHORT, ("A19",), next_week)
    assert shares(second, "G", "g") == {"0": (1, 1), "1": (2, 5)}, "cat came anew, and was there"
    assert shares(second, "T", "service") == {"1": (0, 1)}
    later = window_at(Period.WEEK, at("2025-05-26"), SHANGHAI)
    assert shares(counted(shared_store, COHORT, ("A19",), later), "G", "h") == {"12": (0, 1)}


def shares(found: pl.DataFrame, grain: str, scope: str) -> dict[str, tuple[float, float]]:
    its = found.filter(metric="weekly_retention_rate", grain=grain, scope_id=scope)
    return {slice_: (n, of) for slice_, n, of in its["slice", "numerator", "denominator"].rows()}


# The week of the third, in groups g and h. Active in the week before: ann in g, bob in g, cat in h
# (at its first moment); dan was before that. In the week: ann in h, cat in h, dan in g, and eve,
# who is new. So of three, two stay overall; silent at its start (no interaction for 7 days) are dan
# in g, ann in h, and gus, who is of a roster, in g; not bob. fay left before it.
ACTIVE = Community(
    [
        join("2025-01-10 12:00", "g", "ann"),
        join("2025-01-10 12:00", "h", "ann"),
        join("2025-01-10 12:00", "g", "bob"),
        join("2025-01-10 12:00", "h", "cat"),
        join("2025-01-10 12:00", "g", "dan"),
        join("2025-01-10 12:00", "g", "gus", "import"),
        join("2025-03-05 12:00", "g", "eve"),
        join("2025-01-10 12:00", "g", "fay"),
        event("leave", "2025-03-02 12:00", "g", "fay", leave_kind="self"),
        chat("2025-02-28 12:00", "g", "ann"),
        event("publish", "2025-02-28 12:00", "g", "bob", content_id="p1", content_kind="post"),
        chat("2025-02-24 00:00", "h", "cat"),
        chat("2025-02-23 23:59", "g", "dan"),
        chat("2025-03-04 12:00", "h", "ann"),
        event("activity", "2025-03-09 23:59", "h", "cat", activity_id="a1", action="attend"),
        event("activity", "2025-03-09 12:00", "g", "bob", activity_id="a1", action="signup"),
        chat("2025-03-06 12:00", "g", "dan"),
        chat("2025-03-06 12:00", "g", "eve"),
        chat("2025-03-10 00:00", "g", "bob"),
        event("view", "2025-02-01 12:00", "g", "gus", action="read", object_id="p1"),
        # Customers: gus, who does nothing since December, is dormant, and ivy, who is in no group
        # and buys again; ann bought of late, dan spoke of late.
        order("2024-12-01 12:00", "g", "gus", "o1"),
        order("2024-12-01 12:00", "", "ivy", "o2"),
        order("2025-03-05 12:00", "", "ivy", "o3"),
        order("2025-01-15 12:00", "g", "ann", "o4"),
        order("2024-12-01 12:00", "g", "dan", "o5"),
        event("contact", "2025-02-01 12:00", "g", "ann", link_type="group_notice", action="mute"),
        event("contact", "2025-02-01 12:00", "g", "bob", link_type="group_notice", action="mute"),
        event("contact", "2025-02-02 12:00", "g", "bob", link_type="group_notice", action="unmute"),
        event("contact", "2025-02-02 12:00", "g", "fay", link_type="group_notice", action="mute"),
    ],
    GROUPS,
)
IDS = ("A16", "A17", "A21", "A27", "A28", "A29")


@pytest.fixture(scope="module")
def active(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, ACTIVE, IDS, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("period_retention_rate", "G", {"g": 0, "h": 1}),
        ("period_retention_rate", "O", {"": 2 / 3}),
        ("silent_member_count", "G", {"g": 3, "h": 0}),
        ("silent_member_count", "O", {"": 2}),
        ("silent_member_ratio", "G", {"g": 3 / 5, "h": 0}),
        ("silent_member_ratio", "O", {"": 2 / 6}),
        ("silent_activation_rate", "G", {"g": 1 / 2, "h": 1}),
        ("silent_activation_rate", "O", {"": 1 / 2}),
        ("zombie_member_ratio", "G", {"g": 0, "h": 0}),
        ("mute_rate", "G", {"g": 1 / 5, "h": 0}),
        ("mute_rate", "T", {"content": 1 / 5, "service": 0}),
        ("awaken_rate", "G", {"g": 0}),
        ("awaken_rate", "O", {"": 1 / 2}),
    ],
)
def test_a_week(active: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(active, name, grain) == pytest.approx(expected)


def test_a_zombie_has_left_no_trace_since_joining(shared_store: Store) -> None:
    # Of those 30 days in g: ann spoke before she left and came back, bob looked, cat spoke; dan is
    # one moment too new. In h ann spoke, so overall she is none.
    community = Community(
        [
            join("2025-01-10 12:00", "g", "ann"),
            chat("2025-01-11 12:00", "g", "ann"),
            event("leave", "2025-01-12 12:00", "g", "ann", leave_kind="self"),
            join("2025-01-13 12:00", "g", "ann"),
            join("2025-01-10 12:00", "g", "bob"),
            event("view", "2025-02-01 12:00", "g", "bob", action="read", object_id="p1"),
            join("2025-02-08 00:00", "g", "cat"),
            chat("2025-03-09 23:59", "g", "cat"),
            join("2025-02-08 00:01", "g", "dan"),
            join("2025-01-10 12:00", "h", "ann"),
            chat("2025-01-10 12:01", "h", "ann"),
        ],
        GROUPS,
    )
    found = counted(shared_store, community, ("A16",), WEEK)
    assert values(found, "zombie_member_ratio", "G") == pytest.approx({"g": 1 / 3, "h": 0})
    assert values(found, "zombie_member_ratio", "O") == {"": 0}


def test_where_no_mute_is_ever_told_there_is_no_rate(shared_store: Store) -> None:
    tie = event("contact", "2025-02-01 12:00", "g", "ann", link_type="phone", action="add")
    community = Community([join("2025-01-10 12:00", "g", "ann"), tie], GROUPS)
    found = counted(shared_store, community, ("A17",), WEEK)
    assert values(found, "mute_rate", "G") in ({}, {"g": None})


def test_buyers_pass_on_to_a_service_group(shared_store: Store) -> None:
    # Within 7 days: ann at the last moment, bob not any more, cat by a group of another type, dan
    # on a roster, eve before she paid; fay pays not for the first time, gus is staff.
    community = Community(
        [
            *(order("2025-03-03 12:00", "g", user, f"o{user}") for user in ("ann", "bob", "cat")),
            *(order("2025-03-03 12:00", "g", user, f"o{user}") for user in ("dan", "eve", "fay")),
            order("2025-01-03 12:00", "g", "fay", "o1"),
            event(
                *("order", "2025-03-03 12:00", "g", "gus"),
                order_id="o2",
                status="paid",
                actor_role="staff",
            ),
            join("2025-03-10 12:00", "h", "ann"),
            join("2025-03-10 12:01", "h", "bob"),
            join("2025-03-04 12:00", "g", "cat"),
            join("2025-03-04 12:00", "h", "dan", "import"),
            join("2025-03-03 12:00", "h", "eve"),
            join("2025-03-04 12:00", "h", "fay"),
        ],
        GROUPS,
    )
    found = counted(shared_store, community, ("A18",), MONDAY)
    assert values(found, "group_transfer_rate", "G") == pytest.approx({"g": 1 / 5})
    early = counted(shared_store, community, ("A18",), MONDAY, asof_ms=at("2025-03-10 23:59"))
    assert values(early, "group_transfer_rate", "G") == {"g": None}
