"""Members with a role by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
NEXT_WEEK = window_at(Period.WEEK, at("2025-03-10"), SHANGHAI)

_JOINED = {"join_method": "qr"}
_STAFF = {"actor_role": "staff"}


def _did(when: str, who: str, kind: str, **fields: str) -> dict[str, object]:
    return event("staff_action", when, "g", who, action_kind=kind, **fields)


# bob was a koc until the very start of the week, cat is of the atmosphere from Wednesday, dan is a
# kol but left; eve is no member of g.
HELPERS = Community(
    [
        *(event("join", "2025-02-20 12:00", "g", it, **_JOINED) for it in ("ann", "bob", "cat")),
        event("join", "2025-02-20 12:00", "g", "dan", **_JOINED),
        event("leave", "2025-03-01 12:00", "g", "dan", leave_kind="self"),
        event("join", "2025-02-20 12:00", "h", "eve", **_JOINED),
        event("publish", "2025-03-04 10:00", "g", "ann", content_kind="topic", topic_id="t1"),
        event(
            "publish", "2025-03-04 10:00", "g", "s1", content_kind="topic", topic_id="t2", **_STAFF
        ),
        *(
            event("chat", "2025-03-04 10:00", "g", it, msg_type="text")
            for it in ("bob", "bob", "cat")
        ),
        event("chat", "2025-03-04 10:00", "g", "s1", msg_type="text", **_STAFF),
        _did("2025-03-04 10:00", "s1", "praise", target_user_id="ann", **_STAFF),
        _did("2025-03-05 10:00", "s1", "follow_up", target_user_id="ann", **_STAFF),
        _did("2025-03-05 10:00", "s1", "follow_up", target_user_id="bob", **_STAFF),
        _did("2025-03-05 10:00", "s1", "task_done", target_user_id="ann", **_STAFF),
        _did("2025-03-05 11:00", "ann", "approve"),
        _did("2025-03-05 11:00", "bob", "mute"),
        _did("2025-03-05 11:00", "s1", "kick", **_STAFF),
        _did("2025-03-04 12:00", "ann", "task_done", calendar_item_id="d1"),
        _did("2025-03-04 12:00", "eve", "task_done", calendar_item_id="d1"),
        _did("2025-03-04 12:00", "bob", "task_done", calendar_item_id="i1"),
    ],
    {
        "dim_group": [{"group_id": "g", "community_type": "content"}],
        "dim_member_role": [
            {"user_id": user, "group_id": "g", "role": role}
            | {"valid_from_ms": since, "valid_to_ms": until}
            for user, role, since, until in (
                ("ann", "kol", 0, 0),
                ("bob", "koc", 0, at("2025-03-03")),
                ("cat", "atmosphere", at("2025-03-05"), 0),
                ("dan", "kol", 0, 0),
            )
        ],
        "dim_team": [
            {"team_id": "a", "group_id": "g", "leader_user_id": "ann"},
            {"team_id": "b", "group_id": "g", "leader_user_id": ""},
            {"team_id": "c", "group_id": "g", "leader_user_id": "dan"},
        ],
        "ops_calendar": [
            {"item_id": item, "group_id": "g", "kind": kind, "planned_ms": at(planned)}
            for item, kind, planned in (
                ("d1", "duty", "2025-03-03"),
                ("d2", "duty", "2025-03-09 23:59"),
                ("d3", "duty", "2025-03-10"),
                ("i1", "task", "2025-03-04"),
            )
        ],
    },
)
NAMES = {
    "kol_count",
    "kol_topic_share",
    "kol_care_count",
    "koc_count",
    "koc_message_share",
    "member_managed_share",
    "team_leader_coverage",
    "duty_rotation_count",
    "duty_adherence",
}


@pytest.fixture(scope="module")
def week(compute: Compute) -> pl.DataFrame:
    return compute(HELPERS, NAMES, WEEK)


@pytest.fixture(scope="module")
def next_week(compute: Compute) -> pl.DataFrame:
    return compute(HELPERS, NAMES, NEXT_WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("kol_count", "G", {"g": 1, "h": 0}),
        ("kol_topic_share", "G", {"g": 1 / 2}),
        ("kol_care_count", "T", {"content": 2}),
        ("koc_count", "G", {"g": 1, "h": 0}),
        ("koc_message_share", "G", {"g": 1 / 3}),
        ("member_managed_share", "G", {"g": 1 / 4}),
        ("team_leader_coverage", "G", {"g": 1 / 3}),
        ("duty_rotation_count", "G", {"g": 1, "h": 0}),
        ("duty_adherence", "G", {"g": 1 / 2}),
    ],
)
def test_a_week(week: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kol_count", {"g": 1, "h": 0}),
        ("kol_topic_share", {}),
        ("kol_care_count", {"g": 0, "h": 0}),
        ("koc_message_share", {}),
        ("member_managed_share", {}),
        ("duty_rotation_count", {"g": 0, "h": 0}),
        ("duty_adherence", {"g": 0}),
    ],
)
def test_a_quiet_week(next_week: pl.DataFrame, name: str, expected: dict[str, float]) -> None:
    found = {scope: it for scope, it in values(next_week, name, "G").items() if it is not None}
    assert found == pytest.approx(expected)
