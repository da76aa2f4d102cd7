"""Orders, money and profit of a Monday by hand."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from pipeline.catalog.families.business import BUSINESS
from pipeline.core.calendar import CalendarWindow, Period, window_at
from sinks.store import Store
from tests.reference.community import Community, Event, at, computed, event, store_community, values

MONDAY = window_at(Period.DAY, at("2025-03-03"), ZoneInfo("Asia/Shanghai"))
FEBRUARY: CalendarWindow = window_at(Period.DAY, at("2025-02-01"), ZoneInfo("Asia/Shanghai"))
IDS = ("F03", "F04", "F05", "F06", "F07", "F08", "F09", "F10", "F30")
METRICS = [one for one in BUSINESS if one.id in IDS and Period.DAY in one.periods]


def order(
    when: str, group: str, user: str, order_id: str, paid: int, *items: tuple[str, int, int, int]
) -> Event:
    """A paid order; an item is product, pieces, price and cost of one piece."""
    columns = list(zip(*items, strict=True)) or [(), (), (), ()]
    return event(
        "order",
        when,
        group,
        user,
        order_id=order_id,
        status="paid",
        amount_paid=paid,
        item_product_id=list(columns[0]),
        item_category_id=[""] * len(items),
        item_brand=[""] * len(items),
        item_qty=list(columns[1]),
        item_unit_price=list(columns[2]),
        item_cost=list(columns[3]),
    )


LED = {"channel_id": "moments", "campaign_id": "spring", "staff_id": "s1"}

# o1 is told as paid twice, a discount on it is shared by price; o2 names no group but follows a
# click in one; cat leaves after her order; dan is no member; o6 is paid at the first moment of the
# day, o5 at the first of the next; sam is staff; o8 is never paid.
SHOP = Community(
    [
        event("join", "2025-03-01 12:00", "g", "ann"),
        event("join", "2025-03-01 12:00", "g", "bob"),
        event("join", "2025-03-01 12:00", "g", "cat"),
        event("leave", "2025-03-03 20:00", "g", "cat"),
        event("view", "2025-03-02 12:00", "g", "bob", action="click"),
        event("order", "2025-03-03 08:00", "g", "ann", order_id="o1", status="created"),
        event("order", "2025-03-03 10:30", "", "bob", order_id="o2", status="created"),
        event("order", "2025-03-03 14:00", "g", "ann", order_id="o8", status="created"),
        order("2025-03-03 09:00", "g", "ann", "o1", 100, ("x", 2, 30, 10), ("y", 1, 60, 20)) | LED,
        order("2025-03-03 10:00", "g", "ann", "o1", 100, ("x", 2, 30, 10), ("y", 1, 60, 20)) | LED,
        order("2025-03-03 11:00", "", "bob", "o2", 50, ("x", 1, 50, 30)),
        order("2025-03-03 19:00", "g", "cat", "o3", 30),
        order("2025-03-03 12:00", "", "dan", "o4", 20, ("y", 1, 20, 0)),
        order("2025-03-04 00:00", "g", "ann", "o5", 999, ("x", 1, 999, 1)),
        order("2025-03-03 00:00", "g", "ann", "o6", 10, ("x", 1, 10, 5)),
        order("2025-03-03 13:00", "g", "sam", "o7", 40, ("y", 1, 40, 10)) | {"actor_role": "staff"},
        event("refund", "2025-03-03 15:00", "", "ann", order_id="o1", amount=20, cost_reversed=6),
        event("refund", "2025-03-03 16:00", "", "ann", order_id="o0", amount=5),
        event("refund", "2025-03-04 15:00", "g", "bob", order_id="o2", amount=50),
        event("spend", "2025-03-03 09:00", "g", "", amount=12, cost_kind="acquisition"),
        event(
            "spend",
            "2025-03-20 09:00",
            "g",
            "",
            amount=100,
            cost_kind="labour",
            period_start_ms=at("2025-03-03"),
            period_end_ms=at("2025-03-13"),
        ),
    ],
    {"dim_group": [{"group_id": "g", "community_type": "conversion", "created_ms": 1}]},
)


@pytest.fixture(scope="module")
def found(shared_store: Store) -> pl.DataFrame:
    store_community(shared_store, SHOP)
    return computed(shared_store, SHOP, METRICS, MONDAY)


@pytest.mark.parametrize(
    ("name", "grain", "expected"),
    [
        ("order_count", "G", {"g": 5}),
        ("order_count", "T", {"conversion": 5}),
        ("order_count", "C", {"moments": 1, "unknown": 5}),
        ("order_count", "K", {"spring": 1}),
        ("order_count", "S", {"s1": 1}),
        ("order_count", "P", {"x": 3, "y": 3}),
        ("order_count", "O", {"": 6}),
        ("orders_created", "G", {"g": 2}),
        ("orders_created", "O", {"": 3}),
        ("paying_user_count", "G", {"g": 3}),
        ("paying_user_count", "P", {"x": 2, "y": 2}),
        ("paying_user_count", "O", {"": 4}),
        ("gmv", "G", {"g": 230}),
        ("gmv", "K", {"spring": 100}),
        ("gmv", "P", {"x": 110, "y": 110}),
        ("gmv", "O", {"": 250}),
        ("revenue", "G", {"g": 210}),
        ("revenue", "C", {"moments": 80, "unknown": 145}),
        ("revenue", "P", {"x": 100, "y": 100}),
        ("revenue", "O", {"": 225}),
        ("average_order_value", "G", {"g": 46}),
        ("average_order_value", "P", {"x": 110 / 3, "y": 110 / 3}),
        ("average_order_value", "O", {"": 250 / 6}),
        ("arppu", "G", {"g": 230 / 3}),
        ("arppu", "O", {"": 62.5}),
        ("arpu", "G", {"g": 70}),
        ("arpu", "O", {"": 75}),
        ("gross_profit", "G", {"g": 131}),
        ("gross_profit", "P", {"x": 48, "y": 73}),
        ("gross_profit", "O", {"": 146}),
        ("profit_margin", "G", {"g": 131 / 210}),
        ("profit_margin", "P", {"x": 0.48, "y": 0.73}),
        ("operating_margin", "G", {"g": (131 - 22) / 210}),
        ("operating_margin", "O", {"": (146 - 22) / 225}),
        ("refund_amount", "G", {"g": 20}),
        ("refund_amount", "P", {"x": 10, "y": 10}),
        ("refund_amount", "O", {"": 25}),
        ("refund_rate", "G", {"g": 1 / 5}),
        ("refund_rate", "P", {"x": 1 / 3, "y": 1 / 3}),
        ("refund_rate", "O", {"": 2 / 6}),
    ],
)
def test_a_monday(found: pl.DataFrame, name: str, grain: str, expected: dict[str, float]) -> None:
    assert values(found, name, grain) == pytest.approx(expected)


def test_a_day_without_orders_has_zeros_and_no_ratios(shared_store: Store) -> None:
    found = computed(shared_store, SHOP, METRICS, FEBRUARY)
    for name in ("order_count", "gmv", "revenue", "gross_profit", "refund_amount"):
        assert values(found, name, "O") == {"": 0}
    for name in ("average_order_value", "arppu", "arpu", "profit_margin", "refund_rate"):
        assert values(found, name, "O").get("") is None
