"""Sources of members and leads by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import DAY, Community, Event, at, event, values

WEEK = window_at(Period.WEEK, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
IDS = {"B04", "B05", "B07", "B12", "B23"}
BOB = at("2025-03-03 00:00")
CAT = at("2025-03-09 23:59")
ANN = at("2025-03-05 12:00")


def join(when: str | int, user: str, channel: str = "", group: str = "g", **fields: Any) -> Event:
    return event("join", when, group, user, **{"join_method": "qr", "channel_id": channel} | fields)


def order(when: int, user: str, number: str) -> Event:
    return event("order", when, "", user, order_id=number, status="paid")


def contact(when: str, user: str, lead: int, channel: str = "", staff: str = "") -> Event:
    return event(
        *("contact", when, "", user),
        link_type="wecom_friend",
        action="add",
        is_lead=lead,
        channel_id=channel,
        staff_id=staff,
        actor_role="staff",
    )


# ann was there before by moments and comes back by it: no newcomer of it, but of kol1. bob and cat
# are new; bob pays exactly 30 days later, cat a ms after that. dan is of a roster, eve staff.
# fay was a lead before; hal was a contact before she was a lead.
HISTORY = Community(
    [
        join("2025-02-01 12:00", "ann", "moments"),
        event("leave", "2025-03-03 09:00", "g", "ann", leave_kind="self"),
        join("2025-03-04 12:00", "ann", "moments"),
        join(ANN, "ann", "kol1", "h", join_method="invite", inviter_role="member"),
        join(BOB, "bob", "moments"),
        join(CAT, "cat", "moments"),
        join("2025-03-10 00:00", "zoe", "moments"),
        join("2025-03-05 12:00", "dan", join_method="import"),
        join("2025-03-05 12:00", "eve", "kol1", actor_role="staff"),
        order(ANN, "ann", "o1"),
        order(BOB + 30 * DAY, "bob", "o2"),
        order(CAT + 30 * DAY + 1, "cat", "o3"),
        contact("2025-03-02 12:00", "fay", 1, "kol1"),
        contact("2025-03-04 12:00", "fay", 1, "moments"),
        contact("2025-03-04 12:00", "gil", 1, "kol1", "sam"),
        contact("2025-03-03 12:00", "hal", 0, "kol1"),
        contact("2025-03-09 12:00", "hal", 1, "moments"),
        contact("2025-03-10 00:00", "ian", 1, "moments"),
        event("activity", "2025-03-04", "g", "bob", action="signup", channel_id="kol1"),
        event("activity", "2025-03-04", "g", "bob", action="attend", channel_id="kol1"),
        event("activity", "2025-03-05", "g", "cat", action="signup", channel_id="moments"),
    ],
    {
        "dim_channel": [
            {"channel_id": "kol1", "kind": "kol"},
            {"channel_id": "moments", "kind": "moments"},
        ]
    },
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    (
        "join_count_by_source",
        "C",
        {
            "moments/channel_id:moments": 3,
            "moments/join_method:qr": 3,
            "moments/inviter_role:unknown": 3,
            "kol1/channel_id:kol1": 1,
            "kol1/join_method:invite": 1,
            "kol1/inviter_role:member": 1,
        },
    ),
    (
        "new_member_count_by_source",
        "C",
        {
            "moments/channel_id:moments": 2,
            "moments/join_method:qr": 2,
            "moments/inviter_role:unknown": 2,
            "kol1/channel_id:kol1": 1,
            "kol1/join_method:invite": 1,
            "kol1/inviter_role:member": 1,
        },
    ),
    ("channel_share", "C", {"moments": 3 / 4, "kol1": 1 / 4}),
    ("channel_conversion_rate", "C", {"moments": 1 / 2, "kol1": 1}),
    ("lead_count", "O", {"": 2}),
    ("lead_count", "C", {"moments": 1, "kol1": 1, "unknown": 0}),
    ("lead_count", "S", {"sam": 1}),
    ("lead_source_share", "O", {"/moments": 1 / 2, "/kol1": 1 / 2}),
    ("lead_source_share", "S", {"sam/kol1": 1}),
    ("lead_source_share", "C", {"moments": 1 / 2, "kol1": 1 / 2}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, WEEK)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_week(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    told = {scope: value for scope, value in values(found, name, grain).items() if "/" in scope}
    whole = values(found, name, grain)
    assert (told if "/" in next(iter(expected)) else whole) == pytest.approx(expected)


def test_only_joins_and_signups_by_a_kol_are_of_one(found: pl.DataFrame) -> None:
    assert values(found, "kol_sourced_join_count", "C")["kol1"] == 1
    assert values(found, "kol_sourced_join_count", "C")["moments"] == 0
    assert values(found, "kol_sourced_signup_count", "C")["kol1"] == 1
    assert values(found, "kol_sourced_signup_count", "C")["moments"] == 0


def test_a_conversion_is_no_number_before_its_time(shared_store: Store) -> None:
    found = counted(shared_store, HISTORY, IDS, WEEK, WEEK.end_ms + 29 * DAY)
    assert values(found, "channel_conversion_rate", "C") == {"moments": None, "kol1": None}


def test_a_week_without_anybody(shared_store: Store) -> None:
    week = window_at(Period.WEEK, at("2025-01-06"), ZoneInfo("Asia/Shanghai"))
    found = counted(shared_store, HISTORY, IDS, week)
    assert values(found, "lead_count", "O") == {"": 0}
    assert values(found, "channel_share", "C") == {}
    assert values(found, "channel_conversion_rate", "C") == {}


def test_the_quality_of_a_channel_is_its_parts_side_by_side(shared_store: Store) -> None:
    month = window_at(Period.MONTH, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
    more = [
        event("chat", "2025-03-10 23:59", "g", "bob", msg_type="text"),
        event("chat", "2025-03-18 00:00", "g", "zoe", msg_type="text"),
        event("spend", "2025-03-05", "", "", cost_kind="acquisition", amount=30, channel_id="kol1"),
    ]
    community = Community([*HISTORY.events, *more], HISTORY.dims)
    found = values(counted(shared_store, community, {"B08"}, month), "channel_quality", "C")
    told = {key.split("/")[1]: value for key, value in found.items() if key.startswith("moments/")}
    assert told == pytest.approx(
        {
            "retention_rate_d7": 1 / 4,
            "zombie_member_ratio": None,
            "churn_rate": 0,
            "channel_conversion_rate": 1 / 3,
            "cac": 0,
        }
    )
    assert found["kol1/cac"] == 30
