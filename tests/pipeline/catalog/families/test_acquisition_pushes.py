"""Pushes and what comes back by hand: each value counted on paper."""

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
EVER = window_at(Period.EVER, at("2025-03-10"), SHANGHAI)
IDS = {"B17", "B18", "B19"}


def push(action: str, when: str, user: str, push_id: str, kind: str, **fields: Any) -> Event:
    return event(
        *("delivery", when, "g", user),
        action=action,
        push_id=push_id,
        push_kind=kind,
        staff_id="sam",
        actor_role="system",
        **fields,
    )


def chat(when: str | int, user: str, **fields: Any) -> Event:
    return event("chat", when, "g", user, **{"msg_type": "text"} | fields)


def answer(user: str, option: str, question: str = "q1", **fields: Any) -> Event:
    return event(
        *("feedback", "2025-03-05 12:00", "g", user),
        feedback_kind="survey",
        survey_id="sv",
        question_id=question,
        answer=option,
        **fields,
    )


# Broadcast d1 goes to ann, bob and cat: cat's fails, bob's arrives on Tuesday; d2 reaches ann only.
# Private d3 reaches ann, who reads it, and bob, who reads it on Tuesday.
# Welcomes: ann chats exactly 24 hours later, bob a ms after that, cat opens a conversation at once;
# dan's welcome fails; eve chats before hers, and only the system after it.
HISTORY = Community(
    [
        *(push("sent", "2025-03-03 00:00", u, "d1", "group_broadcast") for u in ("ann", "bob")),
        push("sent", "2025-03-03 00:00", "cat", "d1", "group_broadcast"),
        push("sent", "2025-03-03 01:00", "ann", "d2", "group_broadcast"),
        push("delivered", "2025-03-03 01:00", "ann", "d1", "group_broadcast"),
        push("delivered", "2025-03-03 01:00", "ann", "d2", "group_broadcast"),
        push("delivered", "2025-03-04 00:00", "bob", "d1", "group_broadcast"),
        push("failed", "2025-03-03 01:00", "cat", "d1", "group_broadcast"),
        push("delivered", "2025-03-03 02:00", "ann", "d0", "email"),
        push("delivered", "2025-03-03 03:00", "ann", "d3", "private"),
        push("delivered", "2025-03-03 03:00", "bob", "d3", "private"),
        push("read", "2025-03-03 04:00", "ann", "d3", "private"),
        push("read", "2025-03-04 00:00", "bob", "d3", "private"),
        push("read", "2025-03-03 04:00", "cat", "d9", "private"),
        *(
            push("delivered", "2025-03-03 12:00", user, "w", "welcome")
            for user in ("ann", "bob", "cat", "eve")
        ),
        push("failed", "2025-03-03 12:00", "dan", "w", "welcome"),
        chat("2025-03-04 12:00", "ann"),
        chat(at("2025-03-04 12:00") + 1, "bob"),
        event("session", "2025-03-03 12:00", "", "cat", action="opened", session_id="s1"),
        chat("2025-03-03 11:59", "eve"),
        chat("2025-03-03 12:01", "eve", msg_type="system"),
        chat("2025-03-03 12:01", "dan"),
        *(
            push("sent", "2025-03-04 12:00", user, "q", "survey", content_id="sv")
            for user in ("ann", "bob", "cat")
        ),
        answer("ann", "yes"),
        answer("ann", "often", "q2"),
        answer("bob", "no"),
        answer("bob", "yes"),
        answer("dan", "yes"),
        answer("sam", "no", actor_role="staff"),
    ],
    {"dim_group": [{"group_id": "g", "community_type": "content"}]},
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("reach_rate", "G", {"g": 2 / 4}),
    ("reach_rate", "S", {"sam": 2 / 4}),
    ("reach_rate", "O", {"": 2 / 4}),
    ("push_read_rate", "G", {"g": 1 / 2}),
    ("welcome_reply_rate", "G", {"g": 2 / 4}),
    ("welcome_reply_rate", "S", {"sam": 2 / 4}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, MONDAY)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_monday(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize("grain", ["G", "T"])
def test_a_survey(shared_store: Store, grain: str) -> None:
    found = counted(shared_store, HISTORY, {"B24"}, EVER)
    scope = {"G": "g", "T": "content"}[grain]
    assert values(found, "survey_response_rate", grain) == pytest.approx({f"{scope}/sv": 2 / 3})
    assert values(found, "survey_option_share", grain) == pytest.approx(
        {f"{scope}/sv/q1/yes": 1, f"{scope}/sv/q1/no": 1 / 3, f"{scope}/sv/q2/often": 1}
    )


def test_a_day_without_pushes_has_no_rates(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-03"), SHANGHAI)
    found = counted(shared_store, HISTORY, IDS, day)
    for name in ("reach_rate", "push_read_rate", "welcome_reply_rate"):
        assert values(found, name, "G") == {}
