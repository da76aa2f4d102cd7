"""Publishing by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import DAY, Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
IDS = {"D01", "D02", "D03", "D12", "D13", "D16"}
LAST = at("2025-03-09 23:00")


def publish(when: str | int, user: str, content: str, kind: str, **fields: Any) -> Event:
    return event("publish", when, "g", user, content_id=content, content_kind=kind, **fields)


def chat(when: str | int, user: str, **fields: Any) -> Event:
    return event("chat", when, "g", user, **{"msg_type": "text"} | fields)


STAFF: dict[str, Any] = {"actor_role": "staff", "staff_id": "sam"}

# ann published before, bob does for the first time, cat only replies, dan publishes next week; eve
# joins in the week, fay left before it. Days with messages: Monday, Tuesday, Sunday; with digests:
# Monday, Wednesday. Formal topics: t1 ended, with a digest 7 days less a ms after the week; t2 ends
# without one; t3 goes on; t4 is a random one.
HISTORY = Community(
    [
        *(
            event("join", "2025-03-01 12:00", "g", user, join_method="qr")
            for user in ("ann", "bob", "cat", "dan", "fay")
        ),
        event("join", "2025-03-04 12:00", "g", "eve", join_method="qr"),
        event("leave", "2025-03-02 12:00", "g", "fay", leave_kind="self"),
        publish("2025-03-02 23:59", "ann", "c0", "post", quality="featured"),
        publish("2025-03-03 00:00", "ann", "c1", "post", quality="featured"),
        publish("2025-03-04 12:00", "bob", "c2", "post", quality="low"),
        publish("2025-03-04 12:00", "eve", "c3", "post"),
        publish("2025-03-04 12:00", "fay", "c4", "video", product_ids=["tea", "book"]),
        publish("2025-03-04 12:00", "cat", "r1", "reply", parent_content_id="c1"),
        publish("2025-03-04 12:00", "cat", "t1", "topic", topic_id="t1"),
        publish("2025-03-03 20:00", "sam", "d1", "digest", **STAFF),
        publish("2025-03-05 20:00", "sam", "d2", "digest", **STAFF, product_ids=["tea"]),
        publish("2025-03-10 00:00", "dan", "c5", "article"),
        publish(WEEK.end_ms + 7 * DAY - 1, "sam", "d3", "digest", **STAFF, topic_id="t1"),
        publish(WEEK.end_ms + 7 * DAY, "sam", "d4", "digest", **STAFF, topic_id="t2"),
        chat("2025-03-03 00:00", "ann", message_id="m1", topic_id="t1"),
        chat("2025-03-04 12:00", "bob", message_id="m2", topic_id="t2", product_ids=["tea"]),
        chat("2025-03-04 23:59", "sam", message_id="m3", **STAFF, product_ids=["tea", "book"]),
        chat("2025-03-04 23:59", "sam", message_id="m3", **STAFF, product_ids=["tea"]),
        chat(LAST, "bob", message_id="m4", topic_id="t3"),
        chat(LAST, "bob", message_id="m5", topic_id="t4"),
        chat(WEEK.end_ms + DAY, "bob", message_id="m6", topic_id="t3"),
        chat("2025-03-06 12:00", "bot", msg_type="system", actor_role="bot"),
        event(
            *("staff_action", "2025-03-05 12:00", "g", "tim"),
            actor_role="staff",
            action_kind="product_intro",
            product_id="book",
        ),
    ],
    {
        "dim_group": [{"group_id": "g", "community_type": "content"}],
        "dim_topic": [
            {"topic_id": name, "mode": mode}
            for name, mode in (("t1", "formal"), ("t2", "formal"), ("t3", "formal"), ("t4", ""))
        ],
    },
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("content_published_count", "G", {"g": 6}),
    ("content_published_count", "S", {"sam": 2, "tim": 0}),
    ("content_published_by_role", "O", {"/member": 4, "/staff": 2}),
    ("post_count", "T", {"content": 3}),
    ("post_quality_rate", "G", {"g": 1 / 2}),
    ("reply_count", "O", {"": 1}),
    ("ugc_share", "G", {"g": 4 / 6}),
    ("learner_to_sharer_rate", "G", {"g": 1 / 3}),
    ("product_mention_count", "G", {"g": 4}),
    ("product_mention_count", "P", {"tea": 2, "book": 2}),
    ("product_mention_count", "S", {"sam": 3, "tim": 1}),
    ("member_product_mention_count", "P", {"tea": 2, "book": 1}),
    ("digest_rate", "G", {"g": 1 / 3}),
    ("topic_digest_rate", "G", {"g": 1 / 2}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, WEEK)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_week(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_a_week_without_content(shared_store: Store) -> None:
    week = window_at(Period.WEEK, at("2025-01-06"), SHANGHAI)
    found = counted(shared_store, HISTORY, IDS, week)
    assert values(found, "content_published_count", "O") == {"": 0}
    for name in ("post_quality_rate", "ugc_share", "digest_rate", "topic_digest_rate"):
        assert values(found, name, "G") == {}
