"""Buying again, by hand."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.families.business.repeat import REPEAT
from pipeline.core.calendar import CalendarWindow, Period, window_at
from sinks.store import Store
from tests.reference.community import (
    DAY,
    Community,
    Event,
    at,
    computed,
    event,
    forget,
    store_community,
    values,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUARTER = window_at(Period.QUARTER, at("2025-01-01"), SHANGHAI)
JANUARY = window_at(Period.MONTH, at("2025-01-01"), SHANGHAI)
MARCH = window_at(Period.MONTH, at("2025-03-01"), SHANGHAI)
IDES = window_at(Period.DAY, at("2025-03-15"), SHANGHAI)

Values = dict[tuple[str, str], dict[str, float | None]]


def bought(
    when: str, group: str, user: str, product: str, kind: tuple[str, str], **fields: Any
) -> Event:
    """A paid order of one product; `kind` is its category and brand."""
    return event(
        "order",
        when,
        group,
        user,
        order_id=f"{user} {when}",
        status="paid",
        item_product_id=[product],
        item_category_id=kind[:1],
        item_brand=kind[1:],
        item_qty=[1],
        item_unit_price=[1],
        item_cost=[0],
        **fields,
    )


# cat's second order is of another group; what dan buys second names no category, what he buys
# first no brand; eve bought the year before; sam is staff.
BUYERS = Community(
    [
        bought("2025-01-10", "g", "ann", "x", ("books", "North")),
        bought("2025-03-20", "g", "ann", "y", ("tea", "North")),
        bought("2025-02-01", "g", "bob", "x", ("books", "North")),
        bought("2025-01-05", "g", "cat", "x", ("books", "North")),
        bought("2025-01-20", "h", "cat", "y", ("books", "South")),
        bought("2025-01-02", "g", "dan", "x", ("books", "")),
        bought("2025-02-02", "g", "dan", "z", ("", "South")),
        bought("2025-03-02", "g", "dan", "x", ("books", "South")),
        bought("2024-12-15", "g", "eve", "x", ("books", "North")),
        bought("2025-01-15", "g", "eve", "x", ("books", "North")),
        bought("2025-01-15", "g", "sam", "x", ("books", "North"), actor_role="staff"),
        bought("2025-01-16", "g", "sam", "x", ("books", "North"), actor_role="staff"),
    ]
)


def term(when: str, user: str, order_type: str, end: str) -> Event:
    return bought(when, "g", user, "m", ("", "")) | {
        "order_type": order_type,
        "term_end_ms": at(end),
        "staff_id": "s1",
    }


# fay renews on the last moment, gil a day too late; hal's own renewal is what ends.
TERMS = Community(
    [
        term("2025-02-10", "fay", "normal", "2025-03-10"),
        term("2025-03-17", "fay", "renewal", "2025-04-17"),
        term("2025-02-20", "gil", "normal", "2025-03-20"),
        term("2025-03-28", "gil", "renewal", "2025-04-28"),
        term("2025-02-25", "hal", "renewal", "2025-03-25"),
        term("2025-03-05", "ivy", "upgrade", "2025-04-01"),
    ]
)


def told(store: Store, window: CalendarWindow, community: Community, late: int) -> Values:
    metrics = [one for one in REPEAT if window.period in one.periods]
    found = computed(store, community, metrics, window, window.end_ms + late)
    return {
        (one.name, str(grain)): values(found, one.name, str(grain))
        for one in metrics
        for grain in one.grains
    }


@pytest.fixture(scope="module")
def found(shared_store: Store) -> dict[str, Values]:
    store_community(shared_store, BUYERS)
    buyers = {
        str(window.period): told(shared_store, window, BUYERS, 400 * DAY)
        for window in (QUARTER, JANUARY, IDES)
    }
    forget(shared_store)
    store_community(shared_store, TERMS)
    return {
        **buyers,
        "terms": told(shared_store, MARCH, TERMS, 7 * DAY),
        "early": told(shared_store, MARCH, TERMS, 7 * DAY - 1),
    }


@pytest.mark.parametrize(
    ("when", "name", "grain", "expected"),
    [
        ("Q", "repurchase_rate", "O", {"": 3 / 5}),
        ("Q", "repurchase_rate", "G", {"g": 2 / 5, "h": 0}),
        ("Q", "repurchase_rate", "P", {"x": 1 / 5, "y": 0, "z": 0}),
        ("M", "repurchase_rate", "O", {"": 1 / 4}),
        ("D", "repurchase_rate", "O", {"": 2 / 5}),
        ("M", "returning_buyer_rate", "O", {"": 2 / 4}),
        ("M", "returning_buyer_rate", "G", {"g": 1 / 4, "h": 1}),
        ("Q", "category_extension_rate", "O", {"": 1 / 3}),
        ("Q", "category_extension_rate", "P", {"x": 0, "y": None, "z": None}),
        ("Q", "brand_loyalty_rate", "O", {"": 2 / 3}),
        ("terms", "renewal_count", "O", {"": 1}),
        ("terms", "renewal_rate", "G", {"g": 1 / 3}),
        ("terms", "renewal_rate", "P", {"m": 1 / 3}),
        ("terms", "renewal_rate", "S", {"s1": 1 / 3}),
        ("early", "renewal_rate", "O", {"": None}),
        ("terms", "upgrade_count", "G", {"g": 1}),
        ("terms", "upgrade_count", "P", {"m": 1}),
    ],
)
def test_buying_again(
    found: dict[str, Values], when: str, name: str, grain: str, expected: dict[str, float | None]
) -> None:
    assert found[when][name, grain] == pytest.approx(expected)
