"""Ties beside the group, pressure and points by hand."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import DAY, Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = window_at(Period.DAY, at("2025-03-03"), SHANGHAI)
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
MARCH = window_at(Period.MONTH, at("2025-03-03"), SHANGHAI)

_JOINED = {"join_method": "qr"}
_CONTENT = {
    "dim_group": [
        {"group_id": "g", "community_type": "content"},
        {"group_id": "h", "community_type": "content"},
    ]
}


def _link(when: str, user: str, link: str, action: str, staff: str = "") -> Event:
    return event("contact", when, "", user, link_type=link, action=action, staff_id=staff)


# ann gets her second link in the week; one of bob's two staff goes, and a mute is no link; cat's
# link comes and goes; dan's comes a week too late; fay had two before; eve joins with two.
LINKED = Community(
    [
        *(
            event("join", "2025-02-20 12:00", "g", user, **_JOINED)
            for user in ("ann", "bob", "cat", "dan", "fay")
        ),
        event("join", "2025-03-05 12:00", "g", "eve", **_JOINED),
        event("join", "2025-02-20 12:00", "h", "ann", **_JOINED),
        _link("2025-02-20 12:00", "ann", "wecom_friend", "add", "s1"),
        _link("2025-03-04 12:00", "ann", "phone", "add"),
        _link("2025-02-20 12:00", "bob", "wecom_friend", "add", "s1"),
        _link("2025-02-20 12:00", "bob", "wecom_friend", "add", "s2"),
        _link("2025-03-04 12:00", "bob", "wecom_friend", "remove", "s1"),
        _link("2025-03-04 12:00", "bob", "group_notice", "mute"),
        _link("2025-03-04 12:00", "cat", "qq", "add"),
        _link("2025-03-05 12:00", "cat", "qq", "remove"),
        _link("2025-03-10 00:00", "dan", "phone", "add"),
        _link("2025-02-20 12:00", "fay", "qq", "add"),
        _link("2025-02-20 12:00", "fay", "email", "add"),
        _link("2025-02-20 12:00", "eve", "phone", "add"),
        _link("2025-03-05 12:00", "eve", "email", "add"),
    ],
    _CONTENT,
)
TIES = {
    "cross_coverage_degree",
    "strong_tie_ratio",
    "weak_to_strong_rate",
    "off_group_reachable_ratio",
}


@pytest.fixture(scope="module")
def linked(compute: Compute) -> pl.DataFrame:
    return compute(LINKED, TIES, WEEK)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("cross_coverage_degree", "G", {"g": 7 / 6, "h": 2}),
        ("cross_coverage_degree", "O", {"": 7 / 6}),
        ("strong_tie_ratio", "G", {"g": 3 / 6, "h": 1}),
        ("weak_to_strong_rate", "G", {"g": 1 / 4, "h": 1}),
        ("weak_to_strong_rate", "T", {"content": 1 / 4}),
        ("off_group_reachable_ratio", "G", {"g": 4 / 6, "h": 1}),
    ],
)
def test_ties(linked: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(linked, name, grain) == pytest.approx(expected)


def _order(when: str, user: str, number: str, *products: str, role: str = "member") -> Event:
    return event(
        *("order", when, "g", user),
        **{"order_id": number, "status": "paid", "currency": "CNY", "amount_paid": Decimal(9)},
        **{"item_product_id": list(products), "actor_role": role},
        **{
            name: [value] * len(products)
            for name, value in (
                *(("item_category_id", ""), ("item_brand", ""), ("item_qty", 1)),
                *(("item_unit_price", Decimal(9)), ("item_cost", Decimal(0))),
            )
        },
    )


# ann talks the day after; bob is only shown something; cat, who paid in the last hour, clicks in
# April; dan speaks at the moment he pays, and 35 days later.
BOUGHT = Community(
    [
        _order("2025-03-05 10:00", "ann", "1", "x"),
        _order("2025-03-06 10:00", "bob", "2", "x", "y"),
        _order("2025-03-31 23:00", "cat", "3", "y"),
        _order("2025-03-01 00:00", "dan", "4"),
        _order("2025-03-01 00:00", "s1", "5", "x", role="staff"),
        event("chat", "2025-03-06 10:00", "h", "ann", msg_type="text"),
        event("view", "2025-03-07 10:00", "g", "bob", action="impression"),
        event("view", "2025-04-20 10:00", "", "cat", action="click"),
        event("chat", "2025-03-01 00:00", "g", "dan", msg_type="text"),
        event("chat", "2025-04-05 00:00", "g", "dan", msg_type="text"),
    ],
    _CONTENT,
)


@pytest.mark.parametrize(
    ("grain", "expected"),
    [("G", {"g": 2 / 4}), ("O", {"": 2 / 4}), ("P", {"x": 1 / 2, "y": 1 / 2})],
)
def test_buyers_who_are_seen_again(
    compute: Compute, grain: str, expected: dict[str, float]
) -> None:
    found = compute(BOUGHT, {"post_purchase_connection_rate"}, MARCH)
    assert values(found, "post_purchase_connection_rate", grain) == pytest.approx(expected)


def test_it_is_told_only_when_all_had_their_time(compute: Compute) -> None:
    early = MARCH.end_ms + 29 * DAY
    found = compute(BOUGHT, {"post_purchase_connection_rate"}, MARCH, early)
    assert values(found, "post_purchase_connection_rate", "G") == {"g": None}


def _push(user: str, kind: str, staff: str, action: str = "sent") -> Event:
    fields = {"push_id": "p", "push_kind": kind, "staff_id": staff, "action": action}
    return event("delivery", "2025-03-03 10:00", "g", user, **fields)


# Four members; s1 sends to two and mentions two, s2 writes to one; a welcome is none, and neither
# is what a member mentions.
PRESSED = Community(
    [
        *(
            event("join", "2025-02-20 12:00", "g", user, **_JOINED)
            for user in ("ann", "bob", "cat", "dan")
        ),
        _push("ann", "group_broadcast", "s1"),
        _push("bob", "group_broadcast", "s1"),
        _push("ann", "private", "s2"),
        _push("ann", "private", "s2", "delivered"),
        _push("cat", "welcome", "s2"),
        event(
            *("chat", "2025-03-03 11:00", "g", "s1"),
            **{"msg_type": "text", "mentions": ["ann", "bob"], "actor_role": "staff"},
        ),
        event("chat", "2025-03-03 11:00", "g", "ann", msg_type="text", mentions=["bob"]),
        event("checkin", "2025-03-03 11:00", "g", "ann", points_delta=5),
        event("checkin", "2025-03-03 11:00", "g", "bob", points_delta=-2),
        event("activity", "2025-03-03 11:00", "g", "ann", action="win", points_delta=3),
        event(
            *("staff_action", "2025-03-03 11:00", "g", "s1"),
            **{"target_user_id": "bob", "points_delta": 4, "actor_role": "staff"},
        ),
    ],
    _CONTENT,
)


@pytest.fixture(scope="module")
def pressed(compute: Compute) -> pl.DataFrame:
    return compute(PRESSED, {"contact_pressure", "points_granted", "points_per_member"}, MONDAY)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("contact_pressure", "G", {"g": 5 / 4}),
        ("contact_pressure", "S", {"s1": 4 / 4, "s2": 1 / 4}),
        ("points_granted", "G", {"g": 12}),
        ("points_granted", "U", {"ann": 8, "bob": 4}),
        ("points_per_member", "G", {"g": 12 / 4}),
    ],
)
def test_pressure_and_points(
    pressed: pl.DataFrame, name: str, grain: str, expected: dict[str, float]
) -> None:
    assert values(pressed, name, grain) == pytest.approx(expected)


def test_pressure_is_told_by_day(compute: Compute) -> None:
    found = compute(PRESSED, {"contact_pressure"}, WEEK)
    assert values(found, "contact_pressure", "G") == pytest.approx({"g": 5 / 4 / 7})
    assert values(found, "contact_pressure", "S")["s1"] == pytest.approx(4 / 4 / 7)
