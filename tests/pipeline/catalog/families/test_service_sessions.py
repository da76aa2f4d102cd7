"""Service conversations by hand: each value counted on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.conftest import computing
from tests.reference.community import Community, Event, at, event, values

MONDAY = window_at(Period.DAY, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))


def step(action: str, when: str, session: str, staff: str = "", **fields: object) -> Event:
    """A step of a conversation of one customer; all but the opening are by staff."""
    return event(
        "session",
        when,
        str(fields.pop("group", "g")),
        str(fields.pop("user", "ann")),
        **{
            "action": action,
            "session_id": session,
            "session_kind": "question",
            "staff_id": staff,
            "actor_role": "member" if action == "opened" else "staff",
            **fields,
        },
    )


# Opened on Monday: one (answered in 60 s), two (in 600 s, on Tuesday), three (never), four (by a
# bot, so never), five (in 300 s, exactly in time; ended on Tuesday). Zero is Sunday's, ended on
# Monday; six is Tuesday's first; seven was begun by staff.
HISTORY = Community(
    [
        step("opened", "2025-03-02 23:00", "zero", session_kind="inquiry"),
        step("replied", "2025-03-02 23:10", "zero", "sam"),
        step("closed", "2025-03-03 00:00", "zero", "sam"),
        step("opened", "2025-03-03 00:00", "one"),
        step("replied", "2025-03-03 00:01", "one", "sam", is_complete=1),
        step("replied", "2025-03-03 09:00", "one", "sue", is_complete=0),
        step("resolved", "2025-03-03 10:00", "one", "sue", handle_seconds=120),
        step("closed", "2025-03-04 10:00", "one", "sue"),
        step("opened", "2025-03-03 23:55", "two", session_kind="inquiry"),
        step("replied", "2025-03-04 00:05", "two", "sam"),
        step("opened", "2025-03-03 12:00", "three", "sue", user="bob"),
        step(
            "opened", "2025-03-03 13:00", "four", group="h", session_kind="inquiry", message_id="m"
        ),
        step("replied", "2025-03-03 13:01", "four", "robot", group="h", actor_role="bot"),
        step("transferred", "2025-03-03 13:02", "four", "sue", group="h", to_staff_id="tim"),
        event("chat", "2025-03-03 12:59", "h", "ann", message_id="m", is_question=1),
        step("opened", "2025-03-03 14:00", "five", group="", user="cat"),
        step("replied", "2025-03-03 14:05", "five", "sue", group="", user="cat"),
        step("resolved", "2025-03-04 14:00", "five", "sue", group="", user="cat"),
        step("opened", "2025-03-04 00:00", "six"),
        step("replied", "2025-03-04 00:00", "six", "sam"),
        step("opened", "2025-03-03 15:00", "seven", "sue", actor_role="staff"),
    ],
    {"dim_group": [{"group_id": "g", "community_type": "service", "created_ms": 0}]},
)

EXPECTED = [
    ("sessions_handled", "S", {"sam": 1, "sue": 2, "tim": 0}),
    ("sessions_handled", "G", {"g": 1, "h": 0}),
    ("sessions_handled", "T", {"service": 1}),
    ("sessions_handled", "O", {"": 2}),
    ("first_response_time", "O", {"": 300}),
    ("first_response_time", "G", {"g": 330, "h": None}),
    ("first_response_time", "S", {"sam": 330, "sue": 300}),
    ("first_response_time_p90", "O", {"": 540}),
    ("first_response_time_mean", "O", {"": 320}),
    ("timely_response_rate", "O", {"": 2 / 5}),
    ("timely_response_rate", "S", {"sam": 1 / 2, "sue": 1 / 2}),
    ("work_session_count", "S", {"sam": 2, "sue": 4, "tim": 0}),
    ("work_session_count", "O", {"": 5}),
    ("reply_rate", "O", {"": 3 / 5}),
    ("reply_rate", "G", {"g": 2 / 3, "h": 0}),
    ("complete_reply_rate", "O", {"": 1 / 2}),
    ("complete_reply_rate", "S", {"sam": 1, "sue": 0}),
    ("overdue_session_count", "O", {"": 2}),
    ("overdue_session_count", "G", {"g": 1, "h": 1}),
    ("overdue_session_count", "S", {"sam": 0, "sue": 1, "tim": 1}),
    ("handling_time", "S", {"sam": 3000}),
    ("handling_time_total", "S", {"sam": 3000}),
    ("latest_handling_time", "S", {"sam": 60, "sue": 15 * 3600}),
    ("longest_handling_time", "S", {"sam": 3600}),
    ("question_resolution_rate", "G", {"g": 1 / 2, "h": 0}),
    ("question_resolution_rate", "S", {"sam": 1, "sue": 1 / 2}),
    ("resolution_time", "G", {"g": 36_000, "h": None}),
    ("resolution_time_p90", "T", {"service": 36_000}),
]
NAMES = {name for name, _, _ in EXPECTED}


@pytest.fixture(scope="module")
def monday(shared_store: Store) -> pl.DataFrame:
    return computing(shared_store)(HISTORY, NAMES, MONDAY)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_monday(
    monday: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(monday, name, grain) == pytest.approx(expected)


def test_before_the_deadline_nobody_is_late(shared_store: Store) -> None:
    """As of the window's end, two's reply is not known and its time is not up."""
    found = computing(shared_store)(HISTORY, NAMES, MONDAY, MONDAY.end_ms)
    assert values(found, "timely_response_rate", "O") == {"": 2 / 4}
    assert values(found, "reply_rate", "O") == {"": 2 / 5}
    assert set(found.filter(metric="reply_rate")["note"]) == {"immature"}


def test_without_conversations_there_is_no_rate(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-03"), ZoneInfo("Asia/Shanghai"))
    found = computing(shared_store)(HISTORY, NAMES, day)
    assert values(found, "sessions_handled", "O") == {"": 0}
    assert values(found, "overdue_session_count", "O") == {"": 0}
    assert not found.filter(pl.col("metric").str.ends_with("_rate"))["value"].drop_nulls().len()
