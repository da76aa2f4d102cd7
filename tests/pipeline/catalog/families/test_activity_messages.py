"""Messages and active members by hand: each value counted on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
TUESDAY = window_at(Period.DAY, at("2025-03-04"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)

# cat speaks and leaves; dan never speaks; zoe speaks in h without being a member; of ann's own
# messages two are Monday's, one Sunday's, two Tuesday's.
CHATTER = Community(
    [
        event("join", "2025-03-01 12:00", "g", "ann", join_method="qr", channel_id="moments"),
        event("join", "2025-03-01 12:00", "h", "ann", join_method="qr"),
        event("join", "2025-03-03 12:00", "g", "bob", join_method="qr"),
        event("join", "2025-03-01 12:00", "g", "cat", join_method="qr"),
        event("leave", "2025-03-03 10:00", "g", "cat", leave_kind="self"),
        event("join", "2025-03-01 12:00", "g", "dan", join_method="qr"),
        event("chat", "2025-03-02 23:59", "g", "ann", msg_type="text"),
        event(
            *("chat", "2025-03-03 00:00", "g", "ann"),
            **{"msg_type": "text", "quality": "valid", "sentiment": "positive"},
        ),
        event(
            *("chat", "2025-03-03 09:10", "g", "ann"),
            **{"msg_type": "text", "quality": "noise", "sentiment": "negative"},
            **{"message_id": "q", "is_question": True},
        ),
        event(
            *("chat", "2025-03-03 09:30", "g", "cat"),
            **{"msg_type": "image", "quality": "sensitive", "sentiment": "neutral"},
            **{"message_id": "c", "reply_to_message_id": "q"},
        ),
        event(
            *("chat", "2025-03-03 09:40", "g", "s1"),
            **{"msg_type": "text", "quality": "valid", "actor_role": "staff"},
        ),
        event("chat", "2025-03-03 09:50", "g", "b1", msg_type="text", actor_role="bot"),
        event("chat", "2025-03-03 09:50", "g", "ann", msg_type="system"),
        event(
            *("chat", "2025-03-03 23:59", "g", "bob"),
            **{"msg_type": "text", "quality": "professional", "reply_to_message_id": "q"},
        ),
        event("chat", "2025-03-03 20:00", "h", "ann", msg_type="text", sentiment="positive"),
        event("chat", "2025-03-03 12:00", "h", "zoe", msg_type="text"),
        event("chat", "2025-03-04 00:00", "g", "ann", msg_type="text"),
        event("chat", "2025-03-04 05:00", "g", "ann", msg_type="text", reply_to_message_id="q"),
        event("reaction", "2025-03-04 09:00", "g", "dan", action="like"),
        event(
            *("session", "2025-03-04 09:00", "g", "ann"),
            **{"action": "resolved", "message_id": "c", "staff_id": "s1"},
        ),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content"},
            {"group_id": "h", "community_type": "content"},
        ]
    },
)
OF_MONDAY = {
    "message_count",
    "member_message_count",
    "message_time_distribution",
    "peak_message_hour",
    "messages_per_member",
    "messages_per_active_member",
    "active_member_count",
    "dau",
    "dau_interaction",
    "daily_active_rate",
    "effective_message_ratio",
    "message_label_coverage",
    "sensitive_message_count",
    "negative_sentiment_ratio",
    "qa_professional_rate",
}
OF_WEEK = {
    "message_week_distribution",
    "active_member_count",
    "wau",
    "wau_interaction",
    "daily_active_rate",
    "qa_professional_rate",
}


@pytest.fixture(scope="module")
def monday(compute: Compute) -> pl.DataFrame:
    return compute(CHATTER, OF_MONDAY, MONDAY)


@pytest.fixture(scope="module")
def week(compute: Compute) -> pl.DataFrame:
    return compute(CHATTER, OF_WEEK, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("message_count", "G", {"g": 5, "h": 2}),
        ("message_count", "T", {"content": 7}),
        ("message_count", "O", {"": 7}),
        ("message_count", "S", {"s1": 1}),
        ("member_message_count", "G", {"g": 4, "h": 2}),
        (
            *("message_time_distribution", "G"),
            {"g/0": 1 / 5, "g/9": 3 / 5, "g/23": 1 / 5, "h/12": 1 / 2, "h/20": 1 / 2},
        ),
        ("peak_message_hour", "G", {"g": 9, "h": 12}),
        ("messages_per_member", "G", {"g": 4 / 4, "h": 2}),
        ("messages_per_member", "O", {"": 6 / 4}),
        ("messages_per_active_member", "G", {"g": 4 / 3, "h": 2}),
        ("active_member_count", "G", {"g": 3, "h": 1}),
        ("active_member_count", "O", {"": 3}),
        ("dau", "C", {"moments": 1, "unknown": 3}),
        ("dau_interaction", "G", {"g": 3, "h": 1}),
        ("daily_active_rate", "G", {"g": 3 / 4, "h": 1}),
        ("daily_active_rate", "O", {"": 3 / 4}),
        ("effective_message_ratio", "G", {"g": 2 / 3, "h": None}),
        ("message_label_coverage", "G", {"g": 3 / 5, "h": 0}),
        ("sensitive_message_count", "G", {"g": 1, "h": 0}),
        ("negative_sentiment_ratio", "G", {"g": 1 / 3, "h": 0}),
        ("qa_professional_rate", "G", {"g": 1 / 2}),
    ],
)
def test_a_monday(
    monday: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(monday, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "message_week_distribution",
            {
                **{"g/1-0": 1 / 7, "g/1-9": 3 / 7, "g/1-23": 1 / 7, "g/2-0": 1 / 7, "g/2-5": 1 / 7},
                **{"h/1-12": 1 / 2, "h/1-20": 1 / 2},
            },
        ),
        ("active_member_count", {"g": 1, "h": 0}),  # cat was there on one day, and spoke once
        ("wau", {"g": 3, "h": 1}),
        ("wau_interaction", {"g": 4, "h": 1}),
        ("daily_active_rate", {"g": 1 / 4, "h": 0}),
        ("qa_professional_rate", {"g": 2 / 3}),
    ],
)
def test_a_week(week: pl.DataFrame, name: str, expected: dict[str, float]) -> None:
    assert values(week, name, "G") == pytest.approx(expected)


def test_of_equal_hours_the_earliest_is_the_peak(compute: Compute) -> None:
    found = compute(CHATTER, {"peak_message_hour", "message_count"}, TUESDAY)
    assert values(found, "peak_message_hour", "G") == {"g": 0}
    assert values(found, "message_count", "G") == {"g": 2, "h": 0}


def test_stickiness_is_the_mean_of_all_days_over_the_month(compute: Compute) -> None:
    found = compute(CHATTER, {"stickiness", "mau", "mau_interaction"}, MARCH)
    assert values(found, "stickiness", "G") == pytest.approx(
        {"g": (1 + 3 + 1) / 31 / 3, "h": 1 / 31}
    )
    assert values(found, "mau", "G") == {"g": 3, "h": 1}
    assert values(found, "mau_interaction", "G") == {"g": 4, "h": 1}
