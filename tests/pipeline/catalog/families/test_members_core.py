"""Members by hand: each value counted on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.core.calendar import CalendarWindow, Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)

# ann was there before; bob comes by a channel and leaves; cat's leave is undone within the grace;
# dan joins at the very start, eve at the very end (it is Tuesday's); fay is of a roster, gus staff.
HISTORY = Community(
    [
        event("join", "2025-03-01 12:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-03 10:00", "g", "bob", join_method="qr", channel_id="moments"),
        event("leave", "2025-03-03 11:00", "g", "bob", leave_kind="self"),
        event("join", "2025-03-02 12:00", "g", "cat", join_method="qr"),
        event("leave", "2025-03-03 12:00", "g", "cat", leave_kind="self"),
        event("join", "2025-03-03 12:04", "g", "cat", join_method="qr"),
        event("join", "2025-03-03 00:00", "g", "dan", join_method="qr"),
        event("join", "2025-03-04 00:00", "g", "eve", join_method="qr"),
        event("join", "2025-03-03 15:00", "g", "fay", join_method="import"),
        event("join", "2025-03-03 15:00", "g", "gus", join_method="qr", actor_role="staff"),
        event("join", "2025-03-03 16:00", "h", "ann", join_method="qr"),
    ]
)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("member_count", "G", {"g": 4, "h": 1}),
        ("member_count", "O", {"": 4}),
        ("membership_count", "O", {"": 5}),
        ("join_count", "G", {"g": 2, "h": 1}),
        ("join_count", "C", {"moments": 1, "unknown": 2}),
        ("leave_count", "G", {"g": 1, "h": 0}),
        ("in_group_rate", "G", {"g": 4 / 5, "h": 1}),
        ("in_group_rate", "O", {"": 4 / 5}),
    ],
)
def test_a_monday(compute: Compute, name: str, grain: str, expected: dict[str, float]) -> None:
    found = compute(HISTORY, {name}, MONDAY)
    assert values(found, name, grain) == pytest.approx(expected)


def test_before_anybody_came_there_is_no_rate_and_no_member(compute: Compute) -> None:
    day: CalendarWindow = window_at(Period.DAY, at("2025-02-01"), SHANGHAI)
    found = compute(HISTORY, {"member_count", "in_group_rate"}, day)
    assert values(found, "member_count", "O") == {"": 0}
    assert values(found, "in_group_rate", "O") in ({}, {"": None})
