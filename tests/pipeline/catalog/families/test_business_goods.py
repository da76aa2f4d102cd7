"""What is sold and how, by hand."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import Period, window_at
from tests.pipeline.catalog.families.conftest import Compute
from tests.reference.community import Community, Event, at, event, values

SHANGHAI = ZoneInfo("Asia/Shanghai")
WEEK = window_at(Period.WEEK, at("2025-03-03"), SHANGHAI)
QUARTER = window_at(Period.QUARTER, at("2025-03-03"), SHANGHAI)
MIXES = {"promotion_order_mix", "promotion_gmv_mix", "campaign_order_mix", "campaign_gmv_mix"}
COUPONS = {"coupon_issued_count", "coupon_redemption_rate"}
PAIRS = {"product_affinity", "product_affinity_support", "product_affinity_lift"}


def sold(when: str, user: str, amount: int, products: dict[str, int], **fields: Any) -> Event:
    """A paid order of so many pieces of each product, each of the same price."""
    return event(
        "order",
        when,
        "g",
        user,
        order_id=f"{user} {when}",
        status="paid",
        amount_paid=amount,
        item_product_id=list(products),
        item_category_id=[""] * len(products),
        item_brand=[""] * len(products),
        item_qty=list(products.values()),
        item_unit_price=[10] * len(products),
        item_cost=[0] * len(products),
        **fields,
    )


def issued(coupon: str, holder: str) -> Event:
    return event(
        "staff_action",
        "2025-03-03 09:00",
        "g",
        "s1",
        action_kind="coupon_issue",
        coupon_id=coupon,
        target_user_id=holder,
        campaign_id="spring",
        actor_role="staff",
    )


# bob's coupon comes too late, ann's second is never used; the last two orders are of other weeks.
SALES = Community(
    [
        issued("cp1", "ann"),
        issued("cp1", "bob"),
        issued("cp2", "ann"),
        sold(
            "2025-03-05",
            "ann",
            100,
            {"x": 3, "y": 1},
            coupon_id="cp1",
            order_type="presale",
            campaign_id="spring",
        ),
        sold("2025-03-06", "ann", 50, {"x": 1}),
        sold("2025-03-07", "bob", 50, {"y": 2}),
        sold("2025-03-10", "cat", 70, {"z": 1}),
        sold("2025-04-03", "bob", 70, {"z": 1}, coupon_id="cp1"),
    ],
    {"dim_campaign": [{"campaign_id": "spring", "kind": "flash"}]},
)

# Five buyers; x and y are bought by three each, two of them both.
BASKETS = [
    sold("2025-01-05", "ann", 10, {"x": 1}),
    sold("2025-02-05", "ann", 10, {"y": 1}),
    sold("2025-02-06", "ann", 10, {"y": 1}),
    sold("2025-01-05", "bob", 20, {"x": 1, "y": 1}),
    sold("2025-01-05", "cat", 10, {"x": 1}),
    sold("2025-01-05", "dan", 10, {"y": 1}),
    sold("2025-01-05", "eve", 10, {"z": 1}),
    sold("2025-01-05", "sam", 10, {"x": 1, "z": 1}, actor_role="staff"),
    sold("2025-04-01", "eve", 10, {"x": 1}),
]


def test_units(compute: Compute) -> None:
    found = compute(SALES, {"units_sold"}, WEEK)
    assert values(found, "units_sold", "P") == {"x": 4, "y": 3}
    assert values(found, "units_sold", "G") == {"g": 7}
    assert values(found, "units_sold", "K") == {"spring": 4}
    before = window_at(Period.WEEK, at("2025-01-01"), SHANGHAI)
    assert values(compute(SALES, {"units_sold"}, before), "units_sold", "P") == {}


def test_coupons(compute: Compute) -> None:
    found = compute(SALES, COUPONS, WEEK)
    assert values(found, "coupon_issued_count", "G") == {"g": 3}
    assert values(found, "coupon_issued_count", "P") == {"cp1": 2, "cp2": 1}
    assert values(found, "coupon_redemption_rate", "K") == {"spring": pytest.approx(1 / 3)}
    assert values(found, "coupon_redemption_rate", "P") == {"cp1": 1 / 2, "cp2": 0}


def test_a_coupon_may_still_be_used(compute: Compute) -> None:
    found = compute(SALES, COUPONS, WEEK, at("2025-04-08"))
    assert values(found, "coupon_redemption_rate", "G") == {"g": None}


def test_mixes(compute: Compute) -> None:
    found = compute(SALES, MIXES, WEEK)
    third = pytest.approx(1 / 3)
    assert values(found, "promotion_order_mix", "G") == {
        "g/presale": third,
        "g/normal": pytest.approx(2 / 3),
    }
    assert values(found, "promotion_gmv_mix", "G") == {"g/presale": 0.5, "g/normal": 0.5}
    assert values(found, "promotion_gmv_mix", "P") == pytest.approx(
        {"x/presale": 75 / 125, "x/normal": 50 / 125, "y/presale": 25 / 75, "y/normal": 50 / 75}
    )
    assert values(found, "campaign_order_mix", "G") == {
        "g/flash": third,
        "g/none": pytest.approx(2 / 3),
    }
    assert values(found, "campaign_gmv_mix", "K") == {"spring/flash": 1}


def test_products_bought_together(compute: Compute) -> None:
    found = compute(Community(BASKETS), PAIRS, QUARTER)
    assert values(found, "product_affinity", "P") == pytest.approx({"x/y": 2 / 3, "y/x": 2 / 3})
    assert values(found, "product_affinity_support", "P") == {"x/y": 0.4, "y/x": 0.4}
    assert values(found, "product_affinity_lift", "P") == pytest.approx(
        {"x/y": 10 / 9, "y/x": 10 / 9}
    )
    rare = Community(BASKETS, terms=Terms(affinity_min_support=0.5))
    assert values(compute(rare, PAIRS, QUARTER), "product_affinity", "P") == {}
