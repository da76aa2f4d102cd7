"""Topics by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, at, event, numbers, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)

_JOINED = {"join_method": "qr"}
_TALK = {"msg_type": "text"}
_TOPIC = {"content_kind": "topic"}

# t0 is of February, t1 of staff in g, t2 of ann in h, t3 of Tuesday; a post opens no topic, a bot
# takes no part.
TALKS = Community(
    [
        *(event("join", "2025-03-01 12:00", "g", it, **_JOINED) for it in ("ann", "bob", "cat")),
        event("join", "2025-03-01 12:00", "g", "dan", **_JOINED),
        *(event("join", "2025-03-01 12:00", "h", it, **_JOINED) for it in ("ann", "eve")),
        event("publish", "2025-02-20 10:00", "g", "ann", topic_id="t0", **_TOPIC),
        event(
            "publish", "2025-03-03 09:00", "g", "s1", topic_id="t1", actor_role="staff", **_TOPIC
        ),
        event(
            "publish", "2025-03-03 09:30", "g", "s1", topic_id="t1", actor_role="staff", **_TOPIC
        ),
        event("publish", "2025-03-03 10:00", "h", "ann", topic_id="t2", **_TOPIC),
        event("publish", "2025-03-04 00:00", "g", "bob", topic_id="t3", **_TOPIC),
        event("publish", "2025-03-03 10:00", "g", "bob", topic_id="t9", content_kind="post"),
        *(
            event("chat", "2025-03-03 11:00", "g", user, topic_id="t1", **_TALK)
            for user in ("ann", "ann", "bob", "cat")
        ),
        event("chat", "2025-03-03 11:00", "g", "s1", topic_id="t1", actor_role="staff", **_TALK),
        event("chat", "2025-03-03 11:00", "g", "ann", topic_id="t0", **_TALK),
        event("chat", "2025-03-03 11:00", "g", "dan", **_TALK),
        event("chat", "2025-03-03 11:00", "h", "ann", topic_id="t2", **_TALK),
        event("chat", "2025-03-03 11:00", "h", "b1", topic_id="t2", actor_role="bot", **_TALK),
        event("staff_action", "2025-03-02 10:00", "g", "s1", calendar_item_id="i2"),
    ],
    {
        "dim_group": [
            {"group_id": "g", "community_type": "content"},
            {"group_id": "h", "community_type": "content"},
        ],
        "dim_topic": [
            {"topic_id": "t1", "topic_type": "professional", "mode": "formal"},
            {"topic_id": "t2", "topic_type": "universal", "mode": "random"},
            {"topic_id": "t3", "topic_type": "personal", "mode": ""},
        ],
        "ops_calendar": [
            {"item_id": item, "group_id": "g", "topic_id": topic, "planned_ms": at(planned)}
            | {"done_ms": at(done) if done else 0}
            for item, topic, planned, done in (
                ("i1", "t1", "2025-03-01", "2025-03-01 10:00"),
                ("i2", "t1", "2025-03-01", ""),
                ("i3", "t1", "2025-03-02", "2025-03-20"),
                ("i4", "t1", "2025-04-01", ""),
                ("i5", "t2", "2025-03-01", "2025-03-01"),
            )
        ],
    },
    Terms(top_n=2),
)
OF_MONDAY = {
    "topic_count",
    "topic_activity",
    "participants_per_topic",
    "topic_active_rate",
    "topic_participation_rate",
    "hot_topic_ranking",
}
MIXES = {
    "topic_type_mix",
    "topic_type_message_mix",
    "topic_mode_mix",
    "topic_mode_message_mix",
}


@pytest.fixture(scope="module")
def monday(compute: Compute) -> pl.DataFrame:
    return compute(TALKS, OF_MONDAY, MONDAY)


@pytest.fixture(scope="module")
def week(compute: Compute) -> pl.DataFrame:
    return compute(TALKS, MIXES, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("topic_count", "G", {"g": 1, "h": 1}),
        ("topic_count", "O", {"": 2}),
        ("topic_activity", "G", {"g": 6 / 2, "h": 1}),
        ("topic_activity", "P", {"t0": 1, "t1": 5, "t2": 1}),
        ("topic_activity", "T", {"content": 7 / 3}),
        ("participants_per_topic", "G", {"g": 4 / 2, "h": 1}),
        ("topic_active_rate", "G", {"g": 1, "h": 0}),
        ("topic_active_rate", "O", {"": 1 / 2}),
        ("topic_participation_rate", "G", {"g": 3 / 4, "h": 1 / 2}),
        ("topic_participation_rate", "P", {"t0": 1 / 4, "t1": 3 / 4, "t2": 1 / 2}),
        ("topic_participation_rate", "T", {"content": 3 / 5}),
        ("hot_topic_ranking", "G", {"g/t1": 3, "g/t0": 1, "h/t2": 1}),
    ],
)
def test_a_monday(monday: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(monday, name, grain) == pytest.approx(expected)


def test_a_tie_of_hot_topics_goes_by_id_and_the_rest_is_cut(monday: pl.DataFrame) -> None:
    ranks = numbers(monday, "hot_topic_ranking", "T")
    assert ranks == {("content", "t1"): (3, 1), ("content", "t0"): (1, 2)}


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("topic_type_mix", "G", {"g/professional": 1 / 2, "g/personal": 1 / 2, "h/universal": 1}),
        (
            "topic_type_message_mix",
            "T",
            {"content/professional": 5 / 6, "content/universal": 1 / 6},
        ),
        ("topic_mode_mix", "G", {"g/formal": 1, "h/random": 1}),
        ("topic_mode_mix", "T", {"content/formal": 1 / 2, "content/random": 1 / 2}),
        ("topic_mode_message_mix", "T", {"content/formal": 5 / 6, "content/random": 1 / 6}),
    ],
)
def test_the_mix_of_a_week(
    week: pl.DataFrame, name: str, grain: str, expected: dict[str, float]
) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


@pytest.mark.parametrize(("grain", "scope"), [("G", "g"), ("P", "t1")])
def test_steps_of_a_formal_topic_that_are_done_so_far(
    compute: Compute, grain: str, scope: str
) -> None:
    ever = window_at(Period.EVER, at("2025-03-10"), SHANGHAI)
    found = compute(TALKS, {"topic_run_completion_rate"}, ever)
    assert values(found, "topic_run_completion_rate", grain) == pytest.approx({scope: 2 / 3})
