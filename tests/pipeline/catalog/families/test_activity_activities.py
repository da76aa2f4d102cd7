"""Activities by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)
EVER = window_at(Period.EVER, at("2025-03-10"), SHANGHAI)

_JOINED = {"join_method": "qr"}
_TALK = {"msg_type": "text"}
_LIVE = {"activity_id": "live"}
_QUIZ = {"activity_id": "quiz"}


def _activity(name: str, group: str, planned: str, start: str, **fields: str) -> dict[str, object]:
    begun = at(start) if start else 0
    return {
        **{"activity_id": name, "kind": name, "mode": "online", "group_id": group},
        **{"planned_ms": at(planned), "start_ms": begun, "end_ms": begun + 3_600_000},
        **fields,
    }


# The live begins 10 minutes late, the quiz an hour; the survey never; the fair is of no group, and
# the first minute of the next week is the next week's. cat only signs up; zoe is no member, s1
# staff. On Wednesdays and Thursdays without activity there is less talk.
PLANS = Community(
    [
        *(
            event("join", "2025-02-20 12:00", "g", user, **_JOINED)
            for user in ("ann", "bob", "cat", "dan")
        ),
        event("join", "2025-02-20 12:00", "h", "eve", **_JOINED),
        *(
            event("activity", "2025-03-04 12:00", "g", user, action="signup", **_LIVE)
            for user in ("ann", "bob", "cat")
        ),
        event("activity", "2025-03-05 20:05", "g", "ann", action="attend", **_LIVE),
        event("activity", "2025-03-05 20:10", "g", "bob", action="attend", **_LIVE),
        event("activity", "2025-03-05 20:55", "g", "ann", action="complete", **_LIVE),
        event(
            "activity", "2025-03-05 20:20", "g", "s1", action="attend", actor_role="staff", **_LIVE
        ),
        event("activity", "2025-03-06 21:30", "g", "bob", action="attend", **_QUIZ),
        event("activity", "2025-03-06 21:40", "g", "zoe", action="attend", **_QUIZ),
        event("chat", "2025-03-05 20:15", "g", "bob", **_TALK),
        event("chat", "2025-03-05 20:20", "g", "dan", **_TALK),
        event("chat", "2025-03-05 20:30", "g", "ann", **_TALK),
        event("chat", "2025-03-05 21:10", "g", "ann", **_TALK),
        event("chat", "2025-03-12 10:00", "g", "ann", **_TALK),
        event("chat", "2025-03-12 10:00", "g", "bob", **_TALK),
        event("chat", "2025-03-13 10:00", "g", "ann", **_TALK),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content", "owner_staff_id": "s1"},
            {"group_id": "h", "community_type": "content", "owner_staff_id": "s2"},
        ],
        "dim_activity": [
            _activity("live", "g", "2025-03-05 20:00", "2025-03-05 20:10"),
            _activity("quiz", "g", "2025-03-06 20:00", "2025-03-06 21:00", mode="offline"),
            _activity("survey", "h", "2025-03-07 20:00", ""),
            _activity("fair", "", "2025-03-09 23:59", "2025-03-09 23:59"),
            _activity("late", "g", "2025-03-10 00:00", "2025-03-10 00:00"),
        ],
    },
)
COUNTS = {"activity_count", "activity_count_by_mode", "activity_frequency"}


@pytest.fixture(scope="module")
def week(compute: Compute) -> pl.DataFrame:
    names = {*COUNTS, "activity_schedule_adherence", "activity_participation_rate"}
    return compute(PLANS, names, WEEK)


@pytest.fixture(scope="module")
def march(compute: Compute) -> pl.DataFrame:
    return compute(PLANS, {*COUNTS, "activity_uplift"}, MARCH)


@pytest.fixture(scope="module")
def ever(compute: Compute) -> pl.DataFrame:
    return compute(PLANS, {"activity_engagement", "activity_completion_rate"}, EVER)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("activity_count", "G", {"g": 2, "h": 0}),
        ("activity_count", "T", {"content": 2}),
        ("activity_count", "O", {"": 3}),
        ("activity_count_by_mode", "G", {"g/online": 1, "g/offline": 1}),
        ("activity_frequency", "G", {"g": 2, "h": 0}),
        ("activity_schedule_adherence", "G", {"g": 1 / 2, "h": 0}),
        ("activity_schedule_adherence", "S", {"s1": 1 / 2, "s2": 0}),
        ("activity_schedule_adherence", "T", {"content": 1 / 3}),
        (
            *("activity_participation_rate", "G"),
            {
                **{"g": 2 / 4, "g/live": 2 / 4, "g/quiz": 1 / 4},
                **{"h": 0, "h/live": 0, "h/quiz": 0},
            },
        ),
        ("activity_participation_rate", "K", {"live": 2 / 4, "quiz": 1 / 4}),
        ("activity_participation_rate", "O", {"": 2 / 5, "/live": 2 / 5, "/quiz": 1 / 5}),
    ],
)
def test_a_week(week: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("activity_count", "G", {"g": 3, "h": 0}),
        ("activity_frequency", "G", {"g": 3 * 7 / 31, "h": 0}),
        # Wednesday 3/4 and Thursday 0, against (2/4 + 0 + 0) / 3 and (1/4 + 0 + 0) / 3
        ("activity_uplift", "G", {"g": (3 / 4) / (1 / 6 + 1 / 12) - 1}),
        ("activity_uplift", "T", {"content": (3 / 5) / (2 / 15 + 1 / 15) - 1}),
    ],
)
def test_a_month(march: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(march, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        # In the live ann completes and chats once, bob comes and chats; in the quiz two come
        ("activity_engagement", "K", {"live": 4 / 2, "quiz": 2 / 2}),
        ("activity_engagement", "G", {"g": 6 / 4}),
        ("activity_completion_rate", "K", {"live": 1 / 3}),
        ("activity_completion_rate", "G", {"g": 1 / 3}),
    ],
)
def test_each_activity(
    ever: pl.DataFrame, name: str, grain: str, expected: dict[str, float]
) -> None:
    assert values(ever, name, grain) == pytest.approx(expected)


def test_a_month_without_activity_explains_nothing(compute: Compute) -> None:
    april = window_at(Period.MONTH, at("2025-04-03"), SHANGHAI)
    found = compute(PLANS, {"activity_uplift", "activity_count"}, april)
    assert values(found, "activity_uplift", "G") in ({}, {"g": None, "h": None})
    assert values(found, "activity_count", "G") == {"g": 0, "h": 0}
