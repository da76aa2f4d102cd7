"""Learning by hand: each value counted on paper."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import CalendarWindow, Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
EVER = window_at(Period.EVER, at("2025-03-20"), SHANGHAI)


def join(when: str, group: str, user: str, **fields: Any) -> Event:
    return event("join", when, group, user, join_method="qr", **fields)


def checkin(when: str, group: str, user: str, task: str, **fields: Any) -> Event:
    return event("checkin", when, group, user, task_id=task, **fields)


def course(when: str, user: str, rating: int, sentiment: str, ref: str = "co1") -> Event:
    return event(
        *("feedback", when, "g", user),
        feedback_kind="course",
        rating=rating,
        sentiment=sentiment,
        ref_id=ref,
    )


def survey(when: str, user: str, answer: str, question: str = "applied") -> Event:
    return event(
        *("feedback", when, "g", user),
        feedback_kind="survey",
        question_id=question,
        answer=answer,
    )


# Group g learns course co1 of three tasks: k1 (overdue before Monday), k2 (released before it, due
# on Monday), k3 (released on Wednesday). Its members are ann, bob, cat and dan, who leaves on
# Monday; eve, in group h, learns nothing. ann reports k2 twice, bob at Monday's last moment; what
# staff report is nobody's.
HISTORY = Community(
    [
        join("2025-02-01 12:00", "g", "ann", campaign_id="camp"),
        join("2025-02-01 12:00", "g", "bob"),
        join("2025-02-01 12:00", "g", "cat"),
        join("2025-02-01 12:00", "g", "dan"),
        join("2025-02-01 12:00", "h", "eve"),
        event("leave", "2025-03-03 12:00", "g", "dan", leave_kind="self"),
        checkin("2025-03-01 07:00", "g", "ann", "k1", text_len=80, points_delta=5),
        checkin("2025-03-01 07:00", "g", "cat", "k1"),
        checkin("2025-03-03 07:30", "g", "ann", "k2", text_len=80, points_delta=5),
        checkin("2025-03-03 09:30", "g", "ann", "k2", text_len=80, points_delta=2),
        checkin("2025-03-03 23:59", "g", "bob", "k2", points_delta=3),
        checkin("2025-03-04 00:00", "g", "cat", "k2", points_delta=3),
        checkin("2025-03-05 07:30", "g", "ann", "k3", text_len=1, points_delta=-1),
        checkin("2025-03-03 08:00", "g", "sue", "k2", text_len=80, actor_role="staff"),
        event("activity", "2025-03-04 12:00", "g", "bob", activity_id="a1", action="attend"),
        event(
            *("activity", "2025-03-04 13:00", "g", "dan"),
            activity_id="a1",
            action="win",
            points_delta=50,
        ),
        event("chat", "2025-03-04 12:00", "g", "cat", msg_type="text", message_id="m1"),
        event(
            *("publish", "2025-03-06 12:00", "g", "bob"),
            content_id="p1",
            content_kind="learner_output",
        ),
        event("publish", "2025-03-06 12:00", "g", "bob", content_id="p2", content_kind="post"),
        course("2025-03-04 12:00", "ann", 5, "positive"),
        course("2025-03-04 12:00", "bob", 2, "negative"),
        course("2025-03-04 12:00", "cat", 0, "negative"),
        course("2025-03-04 12:00", "dan", 4, "unknown", ref="co2"),
        course("2025-03-10 00:00", "dan", 1, "negative"),
        survey("2025-03-04 12:00", "ann", "no"),
        survey("2025-03-09 12:00", "ann", "yes"),
        survey("2025-03-09 12:00", "bob", "no"),
        survey("2025-03-09 12:00", "cat", "yes", question="value"),
    ],
    {
        "dim_task": [
            {"task_id": task, "course_id": "co1", "release_ms": at(released), "due_ms": at(due)}
            for task, released, due in (
                ("k1", "2025-03-01", "2025-03-02 23:59"),
                ("k2", "2025-03-02", "2025-03-03 23:59"),
                ("k3", "2025-03-05", "2025-03-06"),
            )
        ],
    },
)


@pytest.fixture(scope="module")
def found(shared_store: Store) -> dict[Period, pl.DataFrame]:
    ids: dict[CalendarWindow, tuple[str, ...]] = {
        MONDAY: ("E01", "E02", "E03"),
        WEEK: ("E01", "E03", "E04", "E05", "E08"),
        EVER: ("E03", "E07", "E08"),
    }
    return {
        window.period: counted(shared_store, HISTORY, rows, window) for window, rows in ids.items()
    }


@pytest.mark.parametrize(
    ("period", "name", "grain", "expected"),
    [
        ("D", "checkin_count", "G", {"g": 2, "h": 0}),
        ("D", "checkin_count", "U", {"ann": 1, "bob": 1}),
        ("D", "checkin_rate", "G", {"g": 2 / 4}),
        ("D", "checkin_rate", "U", {"ann": 1, "bob": 1, "cat": 0, "dan": 0}),
        ("D", "checkin_time_distribution", "G", {"g/7": 1 / 2, "g/23": 1 / 2}),
        ("D", "peak_checkin_hour", "G", {"g": 7}),
        ("D", "learning_progress_rate", "G", {"g": (1 + 1 / 2 + 1 / 2 + 0) / 4}),
        ("D", "learning_progress_rate", "K", {"camp": 1}),
        ("D", "course_completion_rate", "G", {"g": 0}),
        ("W", "checkin_count", "G", {"g": 4, "h": 0}),
        ("W", "checkin_rate", "G", {"g": 3 / 4}),
        ("W", "course_completion_rate", "U", {"ann": 1, "bob": 0, "cat": 0, "dan": 0}),
        ("W", "course_feedback_score", "G", {"g": (5 + 2 + 4) / 3}),
        ("W", "course_feedback_score", "P", {"co1": 3.5, "co2": 4}),
        (
            *("W", "course_feedback_sentiment_share", "P"),
            {"co1/positive": 1 / 3, "co1/negative": 2 / 3, "co2/unknown": 1},
        ),
        ("W", "learner_output_count", "U", {"ann": 2, "bob": 1}),
        ("W", "top_learner_ranking", "G", {"g/ann": 6, "g/bob": 3, "g/cat": 3}),
        ("A", "learning_progress_rate", "G", {"g": (1 + 1 / 3 + 2 / 3 + 0) / 4}),
        ("A", "course_completion_rate", "G", {"g": 1 / 4}),
        ("A", "knowledge_application_rate", "G", {"g": 1 / 2}),
    ],
)
def test_a_course(
    found: dict[Period, pl.DataFrame],
    period: str,
    name: str,
    grain: str,
    expected: dict[str, float],
) -> None:
    assert values(found[Period(period)], name, grain) == pytest.approx(expected)


def test_places_go_by_points_then_days_then_messages(found: dict[Period, pl.DataFrame]) -> None:
    ranked = found[Period.WEEK].filter(pl.col("metric") == "top_learner_ranking", grain="G")
    places = dict(ranked.select("slice", "denominator").iter_rows())
    assert places == {"ann": 1, "cat": 2, "bob": 3}


def test_a_day_without_a_course_has_no_rate(shared_store: Store) -> None:
    day = window_at(Period.DAY, at("2025-02-10"), SHANGHAI)
    found = counted(shared_store, HISTORY, ("E01", "E02", "E03"), day)
    assert values(found, "checkin_count", "G") == {"g": 0, "h": 0}
    for name in ("checkin_rate", "peak_checkin_hour", "learning_progress_rate"):
        assert set(values(found, name, "G").values()) <= {None}


# A camp opens on 10 March with tasks k1 and k2. ann goes the whole way; bob does one task; cat
# leaves before the opening; dan, an unknown visitor and a viewer of another camp only look; eve
# pays without having seen the poster; fay's poster is an article.
CAMP = Community(
    [
        *(
            event(
                *("view", "2025-03-01 12:00", "", user),
                campaign_id="camp",
                channel_id=channel,
                action="impression",
                object_kind="poster",
                object_id="p1",
                visitor_id="" if user else "v1",
            )
            for user, channel in (
                *(("ann", "moments"), ("bob", "moments"), ("cat", "kol1")),
                *(("dan", ""), ("", "kol1")),
            )
        ),
        event(
            *("view", "2025-03-02 12:00", "", "ann"),
            campaign_id="camp",
            channel_id="kol1",
            action="read",
            object_kind="poster",
            object_id="p1",
        ),
        event("view", "2025-03-01 12:00", "", "gil", campaign_id="x", object_kind="poster"),
        event("view", "2025-03-01 12:00", "", "fay", campaign_id="camp", object_kind="content"),
        *(
            event("activity", "2025-03-02 12:00", "", user, campaign_id="camp", action="signup")
            for user in ("ann", "bob", "cat", "eve")
        ),
        *(
            join("2025-03-05 12:00", "g", user, campaign_id="camp")
            for user in ("ann", "bob", "cat", "eve")
        ),
        event("leave", "2025-03-09 12:00", "g", "cat", leave_kind="self"),
        checkin("2025-03-10 12:00", "g", "ann", "k1"),
        checkin("2025-03-10 12:00", "g", "bob", "k1"),
        checkin("2025-03-11 12:00", "g", "ann", "k2"),
        *(
            event(
                *("order", "2025-03-12 12:00", "g", user),
                order_id=f"o{user}",
                status="paid",
                campaign_id="camp",
            )
            for user in ("ann", "bob", "eve")
        ),
    ],
    {
        "dim_course": [{"course_id": "co1", "campaign_id": "camp", "opening_ms": at("2025-03-10")}],
        "dim_task": [
            {"task_id": task, "course_id": "co1", "release_ms": 0, "due_ms": 0}
            for task in ("k1", "k2")
        ],
    },
)


def test_the_way_through_a_camp(shared_store: Store) -> None:
    found = counted(shared_store, CAMP, ("E06",), EVER)
    assert values(found, "training_camp_funnel", "K") == pytest.approx(
        {
            "camp/1 view": 1,
            "camp/2 signup": 3 / 5,
            "camp/3 joined": 1,
            "camp/4 opened": 2 / 3,
            "camp/5 first_checkin": 1,
            "camp/6 completed": 1 / 2,
            "camp/7 paid": 1,
        }
    )
    by_channel = values(found, "training_camp_funnel", "C")
    assert by_channel["moments/2 signup"] == 1
    assert by_channel["kol1/2 signup"] == 1 / 2
    assert by_channel["kol1/5 first_checkin"] is None
