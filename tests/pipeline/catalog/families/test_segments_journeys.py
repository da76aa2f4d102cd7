"""Paths, factors, funnels and stages by hand: each value counted on paper."""

from __future__ import annotations

from decimal import Decimal
from math import erfc, sqrt
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.conftest import computing
from tests.reference.community import Community, Event, at, event, values

MARCH = window_at(Period.MONTH, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
DIMS = {"dim_group": [{"group_id": "g", "community_type": "service", "created_ms": 0}]}


def join(user: str, when: str, **fields: object) -> Event:
    return event("join", when, "g", user, **{"join_method": "qr", **fields})


def chat(user: str, when: str, **fields: object) -> Event:
    return event("chat", when, "g", user, **{"msg_type": "text", **fields})


def view(user: str, when: str) -> Event:
    return event("view", when, "", user, action="click", object_id="p")


def paid(user: str, when: str, status: str = "paid") -> Event:
    said = {"order_id": f"o-{user}-{when}", "status": status, "amount_paid": Decimal(10)}
    return event("order", when, "g", user, **said)


# Ann and bob go the same way but that bob orders before he pays; cat goes as ann does and does not
# pay; dan pays and fay does not, after nothing; eve has paid before.
WAYS = Community(
    [
        join("ann", "2025-02-20 10:00", channel_id="moments"),
        chat("ann", "2025-03-02 10:00"),
        view("ann", "2025-03-02 11:00"),
        chat("ann", "2025-03-03 10:00"),
        paid("ann", "2025-03-05 10:00"),
        view("ann", "2025-03-05 10:00"),
        join("bob", "2025-02-20 10:00"),
        chat("bob", "2025-03-02 10:00"),
        view("bob", "2025-03-02 11:00"),
        paid("bob", "2025-03-04 10:00", "created"),
        paid("bob", "2025-03-05 10:00"),
        join("cat", "2025-03-02 00:00"),
        chat("cat", "2025-03-02 10:00"),
        view("cat", "2025-03-31 11:00"),
        *(join(user, "2024-12-01 10:00") for user in ("dan", "eve", "fay")),
        chat("fay", "2025-03-01 23:59"),
        paid("dan", "2025-03-05 10:00"),
        paid("eve", "2025-02-05 10:00"),
        paid("eve", "2025-03-05 10:00"),
    ],
    DIMS,
)


def test_paths_to_the_first_order(shared_store: Store) -> None:
    names = {"conversion_path", "conversion_transition"}
    found = computing(shared_store)(WAYS, names, MARCH)
    assert values(found, "conversion_path", "T") == {
        "service/join>chat>view": 1 / 2,
        "service/join>chat>view>order": 1,
        "service/nothing": 1 / 2,
    }
    assert values(found, "conversion_path", "C")["moments/join>chat>view"] == 1
    assert values(found, "conversion_path", "C")["unknown/join>chat>view"] == 0
    assert values(found, "conversion_transition", "T") == {
        "service/join>chat": 1,
        "service/chat>view": 1,
        "service/view>paid": 1 / 2,
        "service/view>order": 1 / 2,
        "service/order>paid": 1,
    }


# Six newcomers; a1, a2 and a3 chat in their first seven days, b2 a moment too late. a1, a2 and b1
# buy, b3 a moment too late. a1 and b1 are given a tag. Old was there before, gus is of the staff.
NEWCOMERS = Community(
    [
        *(join(user, "2025-03-03 10:00") for user in ("a1", "a2", "a3", "b1", "b2", "b3")),
        join("old", "2025-02-03 10:00"),
        join("gus", "2025-03-03 10:00", actor_role="staff"),
        *(chat(user, "2025-03-03 10:00") for user in ("a1", "a2", "a3")),
        chat("b2", "2025-03-10 10:00"),
        *(paid(user, "2025-03-04 10:00") for user in ("a1", "a2", "old")),
        paid("b1", "2025-04-02 09:59"),
        paid("b3", "2025-04-02 10:00"),
        *(
            event(
                "tag", "2025-03-09 10:00", "", user, tag_id="vip", action="add", actor_role="staff"
            )
            for user in ("a1", "b1")
        ),
    ],
    DIMS,
)


def test_what_goes_with_buying(shared_store: Store) -> None:
    names = {
        "key_conversion_factor",
        "factor_conversion_rate",
        "factor_conversion_difference",
        "factor_p_value",
    }
    found = computing(shared_store)(NEWCOMERS, names, MARCH)
    chats, vip, channel = (f"service/{x}" for x in ("did:chat", "tag:vip", "channel:unknown"))
    assert values(found, "factor_conversion_rate", "T") == pytest.approx(
        {chats: 2 / 3, vip: 1, channel: 1 / 2}
    )
    assert values(found, "factor_conversion_difference", "T") == pytest.approx(
        {chats: 1 / 3, vip: 3 / 4}
    )
    assert values(found, "key_conversion_factor", "T") == pytest.approx({chats: 2, vip: 4})
    p_chats = erfc(1 / 3 / sqrt(1 / 4 * (1 / 3 + 1 / 3)) / sqrt(2))
    p_vip = erfc(3 / 4 / sqrt(1 / 4 * (1 / 2 + 1 / 4)) / sqrt(2))
    assert values(found, "factor_p_value", "T") == pytest.approx({chats: p_chats, vip: p_vip * 2})
    assert values(found, "factor_p_value", "K") == {}


# P1 goes all the way, each step on its last day; p2 is not active before day 8, but buys; p3 is
# active, buys and leaves. P4 is of a roster, p5 comes back, q comes in April.
COHORT = Community(
    [
        *(join(user, "2025-03-05 23:59") for user in ("p1", "p2", "p3")),
        join("p4", "2025-03-30 00:00", join_method="import"),
        join("p5", "2025-01-10 00:00"),
        event("leave", "2025-02-10 00:00", "g", "p5"),
        join("p5", "2025-03-05 12:00"),
        join("q", "2025-04-04 23:59", inviter_id="p1", inviter_role="member"),
        join("r", "2025-04-04 23:59", inviter_id="p3", inviter_role="staff"),
        chat("p1", "2025-03-12 00:00"),
        chat("p1", "2025-03-13 00:00"),
        paid("p1", "2025-04-04 23:59"),
        event("delivery", "2025-03-12 23:59", "", "p1", action="read", actor_role="system"),
        chat("p2", "2025-03-13 00:00"),
        paid("p2", "2025-03-22 00:00"),
        chat("p3", "2025-03-06 10:00"),
        chat("p3", "2025-04-05 00:00"),
        paid("p3", "2025-03-06 10:00"),
        event("delivery", "2025-03-06 10:00", "g", "p3", action="sent"),
        event("leave", "2025-03-31 10:00", "g", "p3"),
    ],
    DIMS,
)
FUNNELS: list[tuple[str, str, dict[str, float]]] = [
    (
        "aarrr_funnel",
        "O",
        {
            "/1 acquisition": 1,
            "/2 activation": 2 / 3,
            "/3 retention": 1 / 2,
            "/4 revenue": 1,
            "/5 referral": 1,
        },
    ),
    (
        "aarrr_funnel_overall",
        "T",
        {
            "service/1 acquisition": 1,
            "service/2 activation": 2 / 3,
            "service/3 retention": 1 / 3,
            "service/4 revenue": 1 / 3,
            "service/5 referral": 1 / 3,
        },
    ),
    (
        "five_stage_funnel",
        "G",
        {
            "g/1 joined": 1,
            "g/2 delivered": 1 / 3,
            "g/3 active": 1,
            "g/4 retained": 1,
            "g/5 paid": 1,
        },
    ),
    (
        "five_stage_funnel_overall",
        "C",
        {
            "unknown/1 joined": 1,
            "unknown/2 delivered": 1 / 3,
            "unknown/3 active": 1 / 3,
            "unknown/4 retained": 1 / 3,
            "unknown/5 paid": 1 / 3,
        },
    ),
    (
        "operations_chain",
        "G",
        {"g/1 acquire": 4 / 5, "g/2 activate": 3 / 4, "g/3 retain": 2 / 3, "g/4 convert": 1 / 2},
    ),
    (
        "operations_chain_overall",
        "G",
        {"g/1 acquire": 4 / 5, "g/2 activate": 3 / 5, "g/3 retain": 2 / 5, "g/4 convert": 1 / 5},
    ),
    (
        "customer_journey",
        "U",
        {"p1/active": 20, "p2/buyer": 10, "p4/joined": 2, "p5/joined": 81},
    ),
    (
        "journey_stage_count",
        "T",
        {"service/active": 1, "service/buyer": 1, "service/joined": 2},
    ),
    (
        "journey_stage_days",
        "T",
        {"service/active": 20, "service/buyer": 10, "service/joined": 41.5},
    ),
]


@pytest.fixture(scope="module")
def march(shared_store: Store) -> pl.DataFrame:
    return computing(shared_store)(COHORT, {name for name, _, _ in FUNNELS}, MARCH)


@pytest.mark.parametrize(("name", "grain", "expected"), FUNNELS)
def test_funnels_and_stages_of_march(
    march: pl.DataFrame, name: str, grain: str, expected: dict[str, float]
) -> None:
    assert values(march, name, grain) == pytest.approx(expected)


def test_a_funnel_is_shown_and_marked_before_its_time(shared_store: Store) -> None:
    """As of the month's end the payment and the invited member of April are not known."""
    found = computing(shared_store)(COHORT, {"aarrr_funnel"}, MARCH, MARCH.end_ms)
    assert set(found["note"]) == {"immature"}
    assert values(found, "aarrr_funnel", "O") == {
        "/1 acquisition": 1,
        "/2 activation": pytest.approx(2 / 3),
        "/3 retention": 1 / 2,
        "/4 revenue": 0,
        "/5 referral": None,
    }


def test_nobody_came_so_there_is_no_funnel(shared_store: Store) -> None:
    empty = window_at(Period.MONTH, at("2024-03-03"), ZoneInfo("Asia/Shanghai"))
    found = computing(shared_store)(COHORT, {name for name, _, _ in FUNNELS}, empty)
    assert found["value"].drop_nulls().sum() == 0
