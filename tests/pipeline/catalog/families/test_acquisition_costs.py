"""What members cost and bring by hand: each value counted on paper."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.core.calendar import Period, window_at
from sinks.store import Store
from tests.pipeline.catalog.families.counted import counted
from tests.reference.community import Community, Event, at, event, values

MARCH = window_at(Period.MONTH, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
IDS = {"B09", "B10", "B26"}


def join(when: str, user: str, channel: str, **fields: Any) -> Event:
    return event("join", when, "g", user, join_method="qr", channel_id=channel, **fields)


def spend(when: str, amount: int, kind: str, channel: str = "", **fields: Any) -> Event:
    return event(
        *("spend", when, "", ""),
        amount=Decimal(amount),
        cost_kind=kind,
        channel_id=channel,
        actor_role="system",
        **fields,
    )


def order(when: str, user: str, number: str, amount: int, cost: int, **fields: Any) -> Event:
    return event(
        *("order", when, "", user),
        order_id=number,
        status="paid",
        amount_paid=Decimal(amount),
        item_product_id=["x"],
        item_category_id=[""],
        item_brand=[""],
        item_qty=[2],
        item_unit_price=[Decimal(amount) / 2],
        item_cost=[Decimal(cost)],
        **fields,
    )


def incentive(when: str, partner: str, campaign: str = "") -> Event:
    return event(
        *("staff_action", when, "g", "sam"),
        actor_role="staff",
        action_kind="incentive",
        partner_id=partner,
        campaign_id=campaign,
    )


# Of 70 for 26 February to 4 March four of seven days are in March. bob and cat are new by
# moments. bob's first order, of 100 that cost 60, gets 30 back whose goods were worth 10; his
# second is no first one, nor is one of staff anybody's. ann, new in February, pays by kol1.
HISTORY = Community(
    [
        join("2025-02-10 12:00", "ann", "moments"),
        join("2025-03-01 00:00", "bob", "moments"),
        join("2025-03-31 23:59", "cat", "moments"),
        join("2025-04-01 00:00", "dan", "moments"),
        event("leave", "2025-03-31 23:59", "g", "bob", leave_kind="self"),
        spend(
            *("2025-03-01 12:00", 70, "acquisition", "moments"),
            period_start_ms=at("2025-02-26"),
            period_end_ms=at("2025-03-05"),
        ),
        spend("2025-03-05 12:00", 100, "acquisition", "moments"),
        spend("2025-02-28 23:59", 1000, "acquisition", "moments"),
        spend("2025-03-05 12:00", 10, "acquisition"),
        spend("2025-03-10 12:00", 25, "labour", "moments"),
        spend("2025-03-11 12:00", 50, "alliance_in_kind", "", campaign_id="spring"),
        order("2025-03-10 12:00", "bob", "o1", 100, 30, channel_id="moments"),
        order("2025-03-12 12:00", "bob", "o2", 20, 5, channel_id="moments"),
        order("2025-03-12 12:00", "ann", "o3", 40, 10, channel_id="kol1"),
        order("2025-03-12 12:00", "sam", "o4", 10, 5, channel_id="kol1", actor_role="staff"),
        event(
            *("refund", "2025-03-20 12:00", "", "bob"),
            order_id="o1",
            refund_id="r1",
            amount=Decimal(30),
            cost_reversed=Decimal(10),
        ),
        incentive("2025-03-11 12:00", "bakery", "spring"),
        incentive("2025-03-12 12:00", ""),
        incentive("2025-02-28 23:00", "bakery", "spring"),
    ],
)

EXPECTED: list[tuple[str, str, dict[str, float | None]]] = [
    ("cac", "C", {"moments": 140 / 2, "unknown": None}),
    ("cac", "O", {"": 150 / 2}),
    ("cac_paying", "C", {"moments": 140, "unknown": None, "kol1": 0}),
    ("cac_paying", "O", {"": 150 / 2}),
    ("roi", "C", {"moments": (40 + 10 - 20 - 165) / 165, "unknown": -1, "kol1": None}),
    ("roas", "C", {"moments": (120 - 30) / 165, "unknown": 0, "kol1": None}),
    ("roas", "K", {"spring": 0}),
    ("roi", "O", {"": (40 + 10 + 20 + 0 - 20 - 225) / 225}),
    ("alliance_benefit_count", "K", {"spring": 1}),
    ("alliance_benefit_count", "O", {"": 1}),
    ("alliance_benefit_value", "K", {"spring": 50}),
    ("alliance_benefit_value", "O", {"": 50}),
]


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    return counted(shared_store, HISTORY, IDS, MARCH)


@pytest.mark.parametrize(("name", "grain", "expected"), EXPECTED)
def test_a_month(
    found: pl.DataFrame, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_spend_that_brought_nobody_is_told_without_a_cost_of_one(found: pl.DataFrame) -> None:
    row = found.filter((pl.col("metric") == "cac") & (pl.col("scope_id") == "unknown"))
    assert row.select("numerator", "denominator", "value").rows() == [(10, 0, None)]


def test_without_spend_there_is_no_return(shared_store: Store) -> None:
    month = window_at(Period.MONTH, at("2025-06-01"), ZoneInfo("Asia/Shanghai"))
    found = counted(shared_store, HISTORY, IDS, month)
    assert values(found, "roi", "O") == {}
    assert values(found, "alliance_benefit_value", "O") == {"": 0}


def test_ever_is_all_of_it(shared_store: Store) -> None:
    ever = window_at(Period.EVER, at("2025-06-01"), ZoneInfo("Asia/Shanghai"))
    found = counted(shared_store, HISTORY, {"B10"}, ever)
    assert values(found, "roas", "O") == pytest.approx({"": (170 - 30) / 1255})
