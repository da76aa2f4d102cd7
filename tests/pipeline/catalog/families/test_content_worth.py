"""The worth of content by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, numbers, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)


def publish(when: str, content: str, kind: str, group: str = "g", **fields: Any) -> Event:
    return event("publish", when, group, "sam", content_id=content, content_kind=kind, **fields)


def read(user: str, thing: str, when: str = "2025-03-04 12:00") -> Event:
    return event("view", when, "g", user, action="read", object_kind="content", object_id=thing)


def react(action: str, thing: str) -> Event:
    return event(
        *("reaction", "2025-03-04 12:00", "h", "ann"),
        action=action,
        target_kind="content",
        target_id=thing,
    )


# Articles: a1 has 3 reads (of 2 persons), a like and a rating of 5; a2 2 reads and a rating of 4;
# a3, featured, is only new; a4 is neither new nor touched this week. v1 is alone of its kind.
# Ranks of a1, a2, a3, less 1: reads 2, 1, 0; likes 2, 0, 0; rating 2, 1, 0; featured 0, 0, 2; all
# the same by forwards and favorites. So of 2, the weights being 0.4, 0.2, 0.2, 0.2:
HISTORY = Community(
    [
        publish("2025-02-20 12:00", "a1", "article"),
        publish("2025-03-03 00:00", "a1", "post", "h", quality="featured"),
        publish("2025-03-03 00:00", "a2", "article"),
        publish("2025-03-04 00:00", "a3", "article", "h", quality="featured"),
        publish("2025-02-20 12:00", "a4", "article"),
        publish("2025-03-04 00:00", "v1", "video"),
        publish("2025-03-04 00:00", "r1", "reply", parent_content_id="a1"),
        *(read(user, "a1") for user in ("ann", "ann", "bob")),
        *(read(user, "a2") for user in ("ann", "bob")),
        read("ann", "a4", "2025-03-10 00:00"),
        react("like", "a1"),
        *(
            event(
                *("feedback", "2025-03-04 12:00", "g", user),
                feedback_kind="review",
                rating=rating,
                ref_kind="content",
                ref_id=thing,
            )
            for user, thing, rating in (("ann", "a1", 5), ("ann", "a2", 3), ("bob", "a2", 5))
        ),
    ],
    terms=Terms(
        content_weight_reads=0.4,
        content_weight_likes=0.2,
        content_weight_rating=0.2,
        content_weight_featured=0.2,
        top_n=2,
    ),
)
A1 = (0.4 * 2 + 0.2 * 2 + 0.2 * 2) / 2
A2 = (0.4 * 1 + 0.2 * 1) / 2
A3 = 0.2 * 2 / 2


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, {"D11", "D15"}, WEEK)


def test_scores(found: pl.DataFrame) -> None:
    score = "content_value_score"
    assert values(found, score, "P") == pytest.approx({"a1": A1, "a2": A2, "a3": A3, "v1": 0})
    assert values(found, score, "G") == pytest.approx({"g": (A1 + A2 + 0) / 3, "h": A3})


def test_the_first_of_all_and_of_each_group(found: pl.DataFrame) -> None:
    rank = "popular_content_rank"
    overall = numbers(found, rank, "P")
    assert {key: place for key, (_, place) in overall.items()} == {("a1", "a1"): 1, ("a2", "a2"): 2}
    assert overall["a1", "a1"][0] == pytest.approx(A1)
    places = {key: place for key, (_, place) in numbers(found, rank, "G").items()}
    assert places == {("g", "a1"): 1, ("g", "a2"): 2, ("h", "a3"): 1}


def test_a_week_without_content_has_no_score(shared_store: Store) -> None:
    week = window_at(Period.WEEK, at("2025-01-06"), SHANGHAI)
    found = counted(shared_store, HISTORY, {"D11", "D15"}, week)
    assert found.filter(pl.col("value").is_not_null()).is_empty()
