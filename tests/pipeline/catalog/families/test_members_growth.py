"""Growth, leaving and staying of members by hand: each value counted on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)

# Group g, a Monday to Sunday. ann, bob and cat are there before; bob is kicked by s1; cat leaves
# and comes back on another day; dan and eve are new, dan at the week's very first moment, and eve
# leaves again; fay comes by a roster, gus is staff; hal comes at the next week's first moment.
# Group h: ann is new there, and ivy, its only member before, leaves as it is dissolved.
HISTORY = Community(
    [
        event("join", "2025-02-24 12:00", "g", "ann", join_method="qr"),
        event("join", "2025-02-25 12:00", "g", "bob", join_method="qr", channel_id="moments"),
        event("join", "2025-02-26 12:00", "g", "cat", join_method="qr", channel_id="moments"),
        event("chat", "2025-03-01 12:00", "g", "bob", msg_type="text", message_id="m1"),
        event("chat", "2025-03-01 13:00", "g", "ann", msg_type="text", message_id="m2"),
        event("chat", "2025-03-04 13:00", "g", "ann", msg_type="text", message_id="m3"),
        event("join", "2025-03-03 00:00", "g", "dan", join_method="qr", campaign_id="spring"),
        event("join", "2025-03-05 08:00", "g", "eve", join_method="qr", campaign_id="spring"),
        event("join", "2025-03-05 08:00", "g", "fay", join_method="import"),
        event("join", "2025-03-05 08:00", "g", "gus", join_method="qr", actor_role="staff"),
        event("join", "2025-03-10 00:00", "g", "hal", join_method="qr"),
        event(
            *("leave", "2025-03-04 12:00", "g", "bob"),
            leave_kind="kicked",
            operator_id="s1",
            reason_code="chaotic_topics",
        ),
        event("leave", "2025-03-04 12:00", "g", "cat", leave_kind="self", reason_code="no_value"),
        event("join", "2025-03-06 12:00", "g", "cat", join_method="qr"),
        event("leave", "2025-03-05 20:00", "g", "eve", leave_kind="self"),
        event("join", "2025-02-01 12:00", "h", "ivy", join_method="qr"),
        event("leave", "2025-03-07 12:00", "h", "ivy", leave_kind="dissolved"),
        event("join", "2025-03-07 11:00", "h", "ann", join_method="qr"),
        event("leave", "2025-03-07 12:00", "h", "ann", leave_kind="dissolved"),
        event("order", "2025-03-01 12:00", "g", "bob", order_id="o1", status="paid"),
        event("order", "2024-11-01 12:00", "h", "ivy", order_id="o2", status="paid"),
    ],
    {
        "dim_group": [
            {
                "group_id": group,
                "community_type": kind,
                "created_ms": at(since),
                "dissolved_ms": end,
            }
            for group, kind, since, end in (
                ("g", "content", "2025-02-24", 0),
                ("h", "service", "2025-02-01", 0),
                ("i", "service", "2025-03-09 23:59", 0),
                ("j", "service", "2025-03-10", 0),
                ("k", "content", "2025-02-01", at("2025-03-10")),
                ("l", "content", "2025-02-01", at("2025-03-09 23:59")),
            )
        ]
    },
)
IDS = ("A04", "A05", "A06", "A07", "A08", "A09", "A10", "A13", "A14", "A15")


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("net_member_growth", "G", {"g": 3 - 3, "h": 1 - 2}),
        ("net_member_growth", "C", {"moments": -2, "unknown": 4 - 3}),
        ("group_count", "T", {"content": 2, "service": 1}),
        ("group_count", "O", {"": 3}),
        ("new_member_count", "G", {"g": 2, "h": 1}),
        ("new_member_count", "O", {"": 2}),
        ("new_member_count", "C", {"moments": 0, "unknown": 3}),
        ("new_member_count", "K", {"spring": 2}),
        ("new_member_rate", "G", {"g": 2 / 3, "h": 1}),
        ("new_member_rate", "O", {"": 2 / 4}),
        ("net_growth_rate", "G", {"g": 0, "h": -1}),
        ("leave_rate", "G", {"g": 3 / 7, "h": 1}),
        ("leave_rate", "K", {"spring": 1 / 2}),
        ("churn_rate", "G", {"g": 1 / 3, "h": 1}),
        ("churn_rate", "O", {"": 2 / 4}),
        ("kick_count", "G", {"g": 1, "h": 0}),
        ("kick_count", "S", {"s1": 1}),
        ("leave_reason_share", "G", {"g/chaotic_topics": 1 / 2, "g/no_value": 1 / 2}),
        ("leave_reason_unknown_share", "G", {"g": 1 / 3, "h": 1}),
        ("leaver_segment_share", "G", {"g/new": 1 / 3, "g/potential": 2 / 3}),
        ("leaver_segment_share", "T", {"content/new": 1 / 3, "content/potential": 2 / 3}),
    ],
)
def test_a_week(found: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    told = values(found, name, grain)
    assert {scope: told.get(scope) for scope in expected} == pytest.approx(expected)
    if grain == "G" and "/" not in next(iter(expected)):
        assert set(told) <= {*expected, "i", "j", "k", "l"}


def test_who_left_by_tenure_channel_and_silence(found: pl.DataFrame) -> None:
    assert values(found, "leaver_profile", "G") == pytest.approx(
        {
            "g/tenure=0": 1 / 3,
            "g/tenure=1-6": 1 / 3,
            "g/tenure=7-29": 1 / 3,
            "g/channel=moments": 2 / 3,
            "g/channel=unknown": 1 / 3,
            "g/quiet=1-6": 1 / 3,
            "g/quiet=90+": 2 / 3,
            "h/tenure=0": 1 / 2,
            "h/tenure=30-89": 1 / 2,
            "h/channel=unknown": 1,
            "h/quiet=90+": 1,
        }
    )


def test_net_growth_is_the_difference_of_memberships(shared_store: Store) -> None:
    without_roster = Community(
        [one for one in HISTORY.events if one.get("join_method") != "import"], HISTORY.dims
    )
    before = window_at(Period.WEEK, at("2025-02-24"), SHANGHAI)
    ends = [
        values(counted(shared_store, without_roster, ["A01"], window), "membership_count", "O")[""]
        for window in (before, WEEK)
    ]
    grown = values(counted(shared_store, without_roster, ["A04"], WEEK), "net_member_growth", "O")
    assert grown[""] == float(ends[1] or 0) - float(ends[0] or 0)


def test_the_median_lifetime_counts_those_still_there(shared_store: Store) -> None:
    # 4 memberships: ended after 2, 4 and 10 days, one censored at 3 days. Alive: 3/4 at 2,
    # 3/4 * 1/2 at 4. In a month with one of two gone it is exactly one half. Rosters are left out.
    month = window_at(Period.MONTH, at("2025-03-01"), SHANGHAI)
    community = Community(
        [
            event("join", "2025-03-01 00:00", "g", "a", join_method="qr"),
            event("leave", "2025-03-03 00:00", "g", "a", leave_kind="self"),
            event("join", "2025-03-01 00:00", "g", "b", join_method="qr"),
            event("leave", "2025-03-05 00:00", "g", "b", leave_kind="self"),
            event("join", "2025-03-01 00:00", "g", "c", join_method="qr"),
            event("leave", "2025-03-11 00:00", "g", "c", leave_kind="self"),
            event("join", "2025-03-29 00:00", "g", "d", join_method="qr"),
            event("join", "2025-03-01 00:00", "h", "a", join_method="qr"),
            event("leave", "2025-03-08 12:00", "h", "a", leave_kind="self"),
            event("join", "2025-03-01 00:00", "h", "b", join_method="qr"),
            event("join", "2025-03-01 00:00", "i", "a", join_method="import"),
            event("join", "2025-03-01 00:00", "j", "a", join_method="qr"),
        ]
    )
    found = counted(shared_store, community, ["A30"], month)
    assert values(found, "member_lifetime_days", "G") == {"g": 4, "h": 7.5, "j": None}
