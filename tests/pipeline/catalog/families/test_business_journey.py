"""How long, from where and by whose inquiry persons came to buy, by hand."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.families.business.journey import JOURNEY
from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.reference.community import Community, Event, at, computed, event, store_community, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
METRICS = [one for one in JOURNEY if Period.WEEK in one.periods]


def paid(when: str, user: str, order_id: str, amount: int = 10, **fields: Any) -> Event:
    return event(
        "order", when, "g", user, order_id=order_id, status="paid", amount_paid=amount, **fields
    )


def session(when: str, user: str, session_id: str, action: str, **fields: Any) -> Event:
    return event(
        "session",
        when,
        "g",
        user,
        **{"session_id": session_id, "action": action, "session_kind": "inquiry", **fields},
    )


# dan bought before, eve was on the roster, fay joins after her order, sam is staff, hal pays on
# the first moment of the week after, exactly seven days after he asked.
WAY = Community(
    [
        event("join", "2025-03-01", "g", "ann"),
        event("contact", "2025-02-28", "", "ann", link_type="wecom_friend", action="add"),
        event("contact", "2025-03-01", "", "bob", link_type="wecom_friend", action="remove"),
        event("join", "2025-03-03", "g", "bob"),
        event("join", "2025-03-02", "g", "cat"),
        event("join", "2025-02-01", "g", "eve", join_method="import"),
        event("join", "2025-03-07", "g", "fay"),
        paid("2025-03-04", "ann", "o1", 100, channel_id="moments", staff_id="s1"),
        paid("2025-03-05", "ann", "o2", 500, channel_id="search"),
        paid("2025-03-04", "bob", "o3", 50, channel_id="moments"),
        paid("2025-03-08", "cat", "o4", 30, channel_id="kol1", content_id="c1"),
        paid("2025-02-20", "dan", "o5"),
        paid("2025-03-05", "dan", "o6"),
        paid("2025-03-05", "eve", "o7"),
        paid("2025-03-06", "fay", "o8"),
        paid("2025-03-06", "sam", "o9", actor_role="staff"),
        paid("2025-03-10", "hal", "o10"),
        session("2025-03-03 10:00", "ann", "q1", "opened"),
        session("2025-03-03 10:05", "ann", "q1", "replied", staff_id="s1", actor_role="staff"),
        session("2025-03-03 10:15", "ann", "q1", "replied", staff_id="s2", actor_role="staff"),
        session("2025-03-03 11:00", "gil", "q2", "opened", campaign_id="spring"),
        session("2025-03-04 00:00", "bob", "q3", "opened"),
        session("2025-03-03 00:00", "hal", "q4", "opened"),
        session("2025-03-05 00:00", "cat", "q5", "opened", session_kind="question"),
        session("2025-03-05 00:00", "sam", "q6", "opened", actor_role="staff"),
        session("2025-03-03 12:00", "ann", "q1", "transferred", staff_id="s1"),
        session("2025-03-03 13:00", "ann", "q1", "transferred", staff_id="s1"),
        session("2025-03-03 14:00", "gil", "q2", "transferred", staff_id="s2"),
    ]
)


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    store_community(shared_store, WAY)
    return computed(shared_store, WAY, METRICS, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("conversion_cycle_days", "O", {"": 3}),
        ("conversion_cycle_days", "C", {"moments": 2, "kol1": 6, "unknown": None}),
        ("conversion_cycle_days_mean", "G", {"g": 10 / 3}),
        ("conversion_cycle_days_p90", "O", {"": 5.4}),
        ("contact_conversion_cycle_days", "O", {"": 4}),
        ("conversion_source_share", "C", {"moments": 2 / 5, "kol1": 1 / 5, "unknown": 2 / 5}),
        ("conversion_source_share", "G", {"g": 1}),
        ("conversion_source_share", "K", {"unknown": 1}),
        ("conversion_source_share", "P", {"c1": 1 / 5, "unknown": 4 / 5}),
        ("conversion_source_share", "S", {"s1": 1 / 5, "unknown": 4 / 5}),
        ("conversion_source_revenue_share", "C", {"moments": 0.75, "kol1": 0.15, "unknown": 0.1}),
        ("inquiry_user_count", "G", {"g": 4}),
        ("inquiry_user_count", "S", {"s1": 1}),
        ("inquiry_user_count", "K", {"spring": 1}),
        ("inquiry_to_paid_rate", "O", {"": 2 / 4}),
        ("inquiry_to_paid_rate", "S", {"s1": 1}),
        ("stage_handoff_count", "G", {"g": 2}),
        ("stage_handoff_count", "S", {"s1": 1, "s2": 1}),
    ],
)
def test_a_week(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    told = values(found, name, grain)
    assert {key: one for key, one in told.items() if one != 0} == pytest.approx(expected)


def test_a_week_without_anything_has_no_values(shared_store: Store, found: pl.DataFrame) -> None:
    week = computed(shared_store, WAY, METRICS, window_at(Period.WEEK, at("2025-01-01"), SHANGHAI))
    assert values(week, "inquiry_user_count", "O") == {"": 0}
    for name in ("conversion_cycle_days", "inquiry_to_paid_rate", "conversion_source_share"):
        assert values(week, name, "O").get("") is None


def test_an_inquiry_is_marked_until_its_days_are_over(
    shared_store: Store, found: pl.DataFrame
) -> None:
    early = computed(shared_store, WAY, METRICS, WEEK, WEEK.end_ms)
    rows = early.filter((pl.col("metric") == "inquiry_to_paid_rate") & (pl.col("grain") == "O"))
    assert rows.select("value", "note").row(0) == (1 / 4, "immature")
