"""What a cohort of newcomers brings, by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import DAY, Community, Event, at, event, values

MARCH = window_at(Period.MONTH, at("2025-03-01"), ZoneInfo("Asia/Shanghai"))
NAMES = {"ltv_d30", "ltv_d90", "ltv_d365", "ltv_cac_ratio"}


def order(when: str, order_id: str, paid: int, cost: int) -> Event:
    return event(
        "order",
        when,
        "g",
        "ann",
        order_id=order_id,
        status="paid",
        amount_paid=paid,
        item_product_id=["x"],
        item_category_id=[""],
        item_brand=[""],
        item_qty=[1],
        item_unit_price=[paid],
        item_cost=[cost],
    )


# ann's last order is paid exactly 30 days after her join; cat was there before, dan on a roster.
NEWCOMERS = Community(
    [
        event("join", "2025-03-05", "g", "ann", channel_id="moments", campaign_id="spring"),
        event("join", "2025-03-10", "g", "bob"),
        event("join", "2025-02-10", "g", "cat"),
        event("leave", "2025-03-01", "g", "cat"),
        event("join", "2025-03-12", "g", "cat"),
        event("join", "2025-03-01 10:00", "g", "dan", join_method="import"),
        order("2025-03-10", "o1", 100, 40),
        event("refund", "2025-03-20", "g", "ann", order_id="o1", amount=30, cost_reversed=10),
        order("2025-04-04", "o2", 50, 0),
        event(
            "spend",
            "2025-03-02",
            "",
            "",
            amount=60,
            cost_kind="acquisition",
            channel_id="moments",
        ),
        event("spend", "2025-03-02", "", "", amount=100, cost_kind="labour"),
    ],
    {"dim_group": [{"group_id": "g", "community_type": "service", "created_ms": 1}]},
)


def test_profit_counts_up_to_its_day_and_newcomers_once(compute: Compute) -> None:
    found = compute(NEWCOMERS, NAMES, MARCH)
    assert values(found, "ltv_d30", "O") == {"": 20}
    assert values(found, "ltv_d90", "O") == {"": 45}
    assert values(found, "ltv_d365", "T") == {"service": 45}
    assert values(found, "ltv_d30", "C") == {"moments": 40, "unknown": 0}
    assert values(found, "ltv_d30", "K") == {"spring": 40}
    assert values(found, "ltv_cac_ratio", "O") == {"": 1.5}
    assert values(found, "ltv_cac_ratio", "C") == pytest.approx({"moments": 1.5, "unknown": None})


def test_before_its_days_are_over_there_is_no_value(compute: Compute) -> None:
    found = compute(NEWCOMERS, NAMES, MARCH, MARCH.end_ms + 30 * DAY)
    assert values(found, "ltv_d30", "O") == {"": 20}
    assert values(found, "ltv_d90", "O") == {"": None}


def test_without_newcomers_there_is_no_value(compute: Compute) -> None:
    may = window_at(Period.MONTH, at("2025-05-01"), ZoneInfo("Asia/Shanghai"))
    assert values(compute(NEWCOMERS, NAMES, may), "ltv_d30", "O").get("") is None
