"""The work of staff by hand: each value counted on paper."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.conftest import computing
from tests.reference.community import Community, Event, at, event, values

WEEK = window_at(Period.WEEK, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))


def work(when: str, kind: str, staff: str = "sam", **fields: object) -> Event:
    said = {"action_kind": kind, "staff_id": staff, "actor_role": "staff", **fields}
    return event("staff_action", when, "g", staff, **said)


def tie(when: str, user: str, action: str, staff: str = "sam", link: str = "wecom_friend") -> Event:
    return event("contact", when, "", user, action=action, link_type=link, staff_id=staff)


def step(when: str, session: str, action: str = "replied", role: str = "staff") -> Event:
    said = {"session_id": session, "action": action, "session_kind": "inquiry", "staff_id": "sam"}
    return event("session", when, "g", "ann", **said, actor_role=role)


def item(name: str, due: str, done_ms: int = 0, **fields: object) -> dict[str, object]:
    said = {"group_id": "g", "campaign_id": "", "owner_staff_id": "sam", "kind": "task", **fields}
    return {"item_id": name, "due_ms": at(due), "done_ms": done_ms, **said}


# Sam works on Tuesday (two conversations, one of them twice, and three actions) and on Wednesday
# from midnight on (one conversation). Ann and cat are his customers at the week's end, bob no more,
# dan of sue, eve only by phone.
HISTORY = Community(
    [
        step("2025-03-04 10:00", "one"),
        step("2025-03-04 23:00", "one", "resolved"),
        step("2025-03-04 11:00", "two"),
        step("2025-03-04 12:00", "three", "opened", "member"),
        step("2025-03-05 00:00", "one", "closed"),
        work("2025-03-04 10:00", "follow_up", target_user_id="ann", calendar_item_id="it1"),
        work("2025-03-04 11:00", "follow_up", target_user_id="bob"),
        work("2025-03-04 12:00", "sync_meeting"),
        work("2025-03-04 12:00", "review_done", "sue"),
        work("2025-03-10 00:00", "follow_up", target_user_id="cat"),
        work("2025-03-04 12:00", "follow_up", target_user_id="cat", actor_role="member"),
        work("2025-03-06 12:00", "task_done", "sue", calendar_item_id="it2"),
        work("2025-03-05 10:00", "task_done", "sue", calendar_item_id="it4"),
        tie("2025-03-01 10:00", "ann", "add"),
        tie("2025-03-01 10:00", "bob", "add"),
        tie("2025-03-06 10:00", "bob", "remove"),
        tie("2025-03-09 23:59", "cat", "add"),
        tie("2025-03-01 10:00", "dan", "add", "sue"),
        tie("2025-03-01 10:00", "eve", "add", link="phone"),
        *(
            event("publish", "2025-03-04 10:00", "g", user, content_kind=kind, **fields)
            for user, kind, fields in (
                ("sam", "article", {"staff_id": "sam", "actor_role": "staff"}),
                ("sam", "reply", {"staff_id": "sam", "actor_role": "staff"}),
                ("sam", "topic", {"staff_id": "sam", "actor_role": "staff"}),
                ("sam", "poster", {"staff_id": "sam", "actor_role": "staff"}),
                ("ann", "post", {"staff_id": "sam"}),
            )
        ),
    ],
    {
        "ops_calendar": [
            item("it1", "2025-03-04 10:00"),
            item("it2", "2025-03-06 11:00"),
            item("it3", "2025-03-09 12:00", at("2025-03-08"), campaign_id="k"),
            item("it4", "2025-03-10 00:00"),
            item("it5", "2025-03-03 00:00", at("2025-03-03 00:01"), owner_staff_id="sue"),
        ]
    },
    Terms(overload_per_day=4),
)

EXPECTED = [
    ("staff_workload", "S", {"sam": 3, "sue": 1}),
    ("staff_overload_flag", "S", {"sam": 1, "sue": 0}),
    ("staff_content_count", "S", {"sam": 2, "sue": 0}),
    ("follow_up_count", "S", {"sam": 2, "sue": 0}),
    ("follow_up_count", "U", {"ann": 1, "bob": 1}),
    ("follow_up_coverage", "S", {"sam": 1 / 2, "sue": 0}),
    ("task_completion_rate", "G", {"g": 2 / 4}),
    ("task_completion_rate", "S", {"sam": 2 / 3, "sue": 0}),
    ("task_completion_rate", "K", {"k": 1}),
    ("task_missed", "G", {"g/it2": 1, "g/it5": 1}),
    ("task_missed", "S", {"sam/it2": 1, "sue/it5": 1}),
    ("team_sync_count", "S", {"sam": 1, "sue": 1}),
    ("team_sync_count", "O", {"": 2}),
]


@pytest.fixture(scope="module")
def week(shared_store: Store) -> pl.DataFrame:
    return computing(shared_store)(HISTORY, {name for name, _, _ in EXPECTED}, WEEK)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_week(week: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


def test_nobody_did_anything(shared_store: Store) -> None:
    before = window_at(Period.WEEK, at("2025-02-03"), ZoneInfo("Asia/Shanghai"))
    found = computing(shared_store)(HISTORY, {name for name, _, _ in EXPECTED}, before)
    assert values(found, "team_sync_count", "O") == {"": 0}
    assert values(found, "task_completion_rate", "G") == {}
    assert values(found, "follow_up_coverage", "S") == {}
