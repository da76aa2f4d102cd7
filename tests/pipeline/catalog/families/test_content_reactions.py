"""Reactions by hand: each value counted on paper."""

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
IDS = {"D04", "D07", "D08", "D09"}


def react(action: str, when: str, user: str, target: str = "p1", **fields: Any) -> Event:
    return event(
        *("reaction", when, "g", user),
        **{"action": action, "target_kind": "content", "target_id": target} | fields,
    )


def publish(when: str, content: str, kind: str, user: str = "sam", **fields: Any) -> Event:
    return event("publish", when, "g", user, content_id=content, content_kind=kind, **fields)


def read(user: str, thing: str = "p1", **fields: Any) -> Event:
    return event(
        *("view", "2025-03-03 12:00", "g", user),
        action="read",
        object_kind="content",
        object_id=thing,
        **fields,
    )


# p1 and p2 are old, p3 is Monday's; somebody acts on p1 and p2. Readers: ann, bob and a stranger.
REACTIONS = [
    *(
        event("join", "2025-03-01 12:00", "g", user, join_method="qr")
        for user in ("ann", "bob", "cat", "dan")
    ),
    event("leave", "2025-03-02 12:00", "g", "dan", leave_kind="self"),
    publish("2025-03-01 12:00", "p1", "article"),
    publish("2025-03-03 12:00", "p3", "article"),
    publish("2025-03-03 13:00", "r1", "reply", "bob", parent_content_id="p2"),
    publish("2025-03-03 13:00", "r2", "reply", "sam", parent_content_id="p4", actor_role="staff"),
    publish("2025-03-03 13:00", "t1", "topic", "bob"),
    react("like", "2025-03-03 00:00", "ann"),
    react("like", "2025-03-03 12:00", "ann", "p2"),
    react("like", "2025-03-03 12:00", "cat"),
    react("like", "2025-03-03 12:00", "dan", "post", target_kind="moments_post"),
    react("like", "2025-03-04 00:00", "bob"),
    react("forward", "2025-03-03 12:00", "bob"),
    react("forward", "2025-03-03 12:00", "sam", actor_role="staff"),
    react("favorite", "2025-03-03 12:00", "cat"),
    react("comment", "2025-03-03 12:00", "ann", "m1", target_kind="message"),
]
READS = [
    read("ann"),
    read("bob"),
    read("ann", "p2"),
    read("", visitor_id="v1"),
    read("sam", actor_role="staff"),
]
DIMS = {"dim_group": [{"group_id": "g", "community_type": "content"}]}
HISTORY = Community([*REACTIONS, *READS], DIMS)
UNSEEN = Community(REACTIONS, DIMS)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("content_activity", "G", {"g": 6 / 3}),
    ("content_activity", "P", {"p1": 4, "p2": 2, "p3": 0}),
    ("like_count", "G", {"g": 4}),
    ("like_count", "P", {"p1": 2, "p2": 1, "post": 1}),
    ("like_rate", "G", {"g": 1 / 3}),
    ("like_rate", "P", {"p1": 1 / 3, "p2": 1}),
    ("forward_count", "T", {"content": 2}),
    ("forward_count_by_role", "G", {"g/member": 1, "g/staff": 1}),
    ("forward_rate", "G", {"g": 1 / 3}),
    ("moments_like_count", "O", {"": 1}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, MONDAY)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_monday(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    told = {k: v for k, v in values(found, name, grain).items() if v is not None}
    if name.endswith("_count"):
        told = {scope: value for scope, value in told.items() if value}
    assert told == pytest.approx(expected)


def test_where_no_view_flows_members_stand_for_readers(shared_store: Store) -> None:
    found = counted(shared_store, UNSEEN, IDS, MONDAY)
    assert values(found, "like_rate", "G") == pytest.approx({"g": 2 / 3})
    assert values(found, "forward_rate", "T") == pytest.approx({"content": 1 / 3})
    assert not [v for v in values(found, "like_rate", "P").values() if v is not None]


def test_a_day_without_reactions(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-03"), SHANGHAI)
    found = counted(shared_store, HISTORY, IDS, day)
    assert values(found, "moments_like_count", "O") == {"": 0}
    assert values(found, "like_rate", "G") == {}
    assert values(found, "content_activity", "G") == {}
