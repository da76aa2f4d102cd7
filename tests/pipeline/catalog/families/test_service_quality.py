"""Complaints, reviews, trouble and cost by hand: each value counted on paper."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.conftest import computing
from tests.reference.community import Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)


def feedback(when: str, user: str, kind: str, rating: int = 0, **fields: object) -> Event:
    group = str(fields.pop("group", "g"))
    return event("feedback", when, group, user, feedback_kind=kind, rating=rating, **fields)


def session(when: str, user: str, action: str = "opened", **fields: object) -> Event:
    said = {"action": action, "session_id": f"s-{user}", "session_kind": "inquiry", **fields}
    return event("session", when, "g", user, **said)


def paid(when: str, user: str, group: str, product: str) -> Event:
    return event(
        "order",
        when,
        group,
        user,
        order_id=f"o-{user}",
        status="paid",
        amount_paid=Decimal(10),
        item_product_id=[product],
        item_category_id=["c"],
        item_brand=["b"],
        item_qty=[1],
        item_unit_price=[Decimal(10)],
        item_cost=[Decimal(5)],
    )


# Served: ann (conversation), bob (order of x in g), cat (order of y in h), dan (conversation, the
# week's last moment). Complained: ann, bob twice about x, cat in g where nobody served her, eve who
# was not served, dan a moment too late, and a member of staff.
COMPLAINTS = Community(
    [
        session("2025-03-04 10:00", "ann"),
        session("2025-03-04 10:01", "ann", "replied", staff_id="sam", actor_role="staff"),
        paid("2025-03-05 10:00", "bob", "g", "x"),
        paid("2025-03-05 11:00", "cat", "h", "y"),
        session("2025-03-09 23:59", "dan"),
        feedback("2025-03-04 12:00", "ann", "complaint", staff_id="sam"),
        feedback("2025-03-05 12:00", "bob", "complaint", ref_kind="product", ref_id="x"),
        feedback("2025-03-06 12:00", "bob", "complaint", ref_kind="product", ref_id="x"),
        feedback("2025-03-06 12:00", "cat", "complaint"),
        feedback("2025-03-06 12:00", "eve", "complaint"),
        feedback("2025-03-06 12:00", "sue", "complaint", actor_role="staff"),
        feedback("2025-03-10 00:00", "dan", "complaint"),
        feedback("2025-03-04 12:00", "ann", "review", 4, ref_id="x"),
        feedback("2025-03-04 13:00", "ann", "review", 3, ref_id="x"),
        feedback("2025-03-04 14:00", "bob", "review", 5, ref_id="y", group="h"),
        feedback("2025-03-04 14:00", "bob", "review"),
        feedback("2025-03-04 14:00", "bob", "survey", 5),
    ]
)


@pytest.fixture(scope="module")
def week(shared_store: Store) -> pl.DataFrame:
    names = {"complaint_rate", "complaint_count", "positive_review_rate"}
    return computing(shared_store)(COMPLAINTS, names, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("complaint_rate", "G", {"g": 2 / 3, "h": 0}),
        ("complaint_rate", "O", {"": 3 / 4}),
        ("complaint_rate", "S", {"sam": 1}),
        ("complaint_rate", "P", {"x": 1, "y": 0}),
        ("complaint_count", "G", {"g": 5, "h": 0}),
        ("complaint_count", "P", {"x": 2, "y": 0}),
        ("positive_review_rate", "O", {"": 2 / 3}),
        ("positive_review_rate", "G", {"g": 1 / 2, "h": 1}),
        ("positive_review_rate", "P", {"x": 1 / 2, "y": 1}),
        ("positive_review_rate", "S", {"sam": None}),
    ],
)
def test_a_week_of_complaints(
    week: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(week, name, grain) == pytest.approx(expected)


def negative(when: str, user: str, group: str = "g") -> Event:
    return event("chat", when, group, user, msg_type="text", sentiment="negative")


# Staff speak with ann after 10 minutes, in another place; with bob about something else only; with
# cat before she complains and then after eight days; dan is of the staff.
TROUBLE = Community(
    [
        negative("2025-03-04 10:00", "ann"),
        session(
            "2025-03-04 10:10", "ann", session_kind="issue", staff_id="sam", actor_role="staff"
        ),
        session(
            "2025-03-04 11:00", "ann", session_kind="issue", staff_id="sue", actor_role="staff"
        ),
        feedback("2025-03-04 10:04", "ann", "review", 1, sentiment="negative", group="h"),
        negative("2025-03-04 10:00", "bob"),
        session("2025-03-04 10:30", "bob", staff_id="sam", actor_role="staff"),
        session("2025-03-04 10:30", "bob", session_kind="issue"),
        negative("2025-03-04 12:00", "cat"),
        session(
            "2025-03-04 11:00", "cat", session_kind="issue", staff_id="sam", actor_role="staff"
        ),
        session(
            "2025-03-12 12:00", "cat", session_kind="issue", staff_id="sam", actor_role="staff"
        ),
        event("chat", "2025-03-04 12:00", "g", "dan", sentiment="negative", actor_role="staff"),
    ]
)


def test_negative_messages_are_followed_by_private_contact(shared_store: Store) -> None:
    names = {"negative_issue_handling_time", "negative_issue_handled_share", "negative_issue_count"}
    found = computing(shared_store)(TROUBLE, names, WEEK)
    assert values(found, "negative_issue_handling_time", "G") == {"g": 600, "h": 360}
    assert values(found, "negative_issue_handling_time", "S") == {"sam": 480}
    assert values(found, "negative_issue_handled_share", "G") == pytest.approx({"g": 1 / 3, "h": 1})
    assert values(found, "negative_issue_count", "G") == {"g": 3, "h": 1}


def spend(when: str, amount: int, kind: str = "labour", **fields: object) -> Event:
    group = str(fields.pop("group", "g"))
    said = {"amount": Decimal(amount), "cost_kind": kind, "actor_role": "system", **fields}
    return event("spend", when, group, "", **said)


# Labour of March: 310 at once, half of 200 for a period from February on; none of April's.
MONEY = Community(
    [
        event("join", "2025-03-05 10:00", "g", "ann", join_method="qr"),
        event("join", "2025-03-05 10:00", "g", "bob", join_method="qr"),
        event("leave", "2025-03-05 12:00", "g", "bob", leave_kind="self"),
        event("join", "2025-03-05 10:00", "h", "ann", join_method="qr"),
        spend("2025-03-10 10:00", 310),
        spend("2025-03-10 10:00", 50, "content"),
        spend(
            "2025-02-01 10:00",
            200,
            period_start_ms=at("2025-02-27"),
            period_end_ms=at("2025-03-03"),
        ),
        spend("2025-04-01 00:00", 70),
        spend("2025-03-10 10:00", 90, group=""),
        feedback("2025-03-05 12:00", "ann", "survey", 5, question_id="value", campaign_id="k"),
        feedback("2025-03-05 12:00", "bob", "survey", 2, question_id="value"),
        feedback("2025-03-05 12:00", "bob", "survey", 4, question_id="expectation"),
        feedback("2025-03-05 12:00", "bob", "survey", 0, question_id="value"),
        feedback("2025-03-05 12:00", "bob", "review", 1, question_id="value"),
    ]
)


def test_a_month_of_cost_and_value(shared_store: Store) -> None:
    names = {"service_cost_per_member", "perceived_value_score", "perceived_value_gap"}
    found = computing(shared_store)(MONEY, names, MARCH)
    assert values(found, "service_cost_per_member", "G") == {"g": 205, "h": 0}
    assert values(found, "service_cost_per_member", "O") == {"": 250}
    assert values(found, "perceived_value_score", "G") == {"g": 3.5}
    assert values(found, "perceived_value_score", "K") == {"k": 5}
    assert values(found, "perceived_value_gap", "G") == {"g": -0.5}
    assert values(found, "perceived_value_gap", "K") == {"k": None}
