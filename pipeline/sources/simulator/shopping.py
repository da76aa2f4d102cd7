"""The orders of one group that are placed in one hour, with what becomes of them.

Most are paid within minutes, the others cancelled; a few of the paid ones are refunded after two
days. Prices and goods are made up like all the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np

from pipeline.sources.simulator.crowd import Crowd, Indices
from pipeline.sources.simulator.groups import Plan, numbers
from pipeline.sources.simulator.rhythm import HOUR_MS, intensity
from pipeline.sources.simulator.stamp import Stamp
from schemas.commerce import Item, Order, OrderStatus, Refund
from schemas.event_type import EventType

ORDERS_A_DAY = 0.04
"""How often an average member orders."""
DAY_SHAPE = 30.0
PAID = 0.92
REFUNDED = 0.04
REFUND_HOURS = 48
"""Refunds follow this much after the order, to the hour: so an hour knows its refunds."""
GOODS = 40


@dataclass(frozen=True)
class Purchase:
    """An order and its fate; `settled_ms` is when it is paid, or cancelled if it is not."""

    number: int
    stay: int
    placed_ms: int
    settled_ms: int
    paid: bool
    refunded: bool
    items: tuple[Item, ...]

    @property
    def amount(self) -> Decimal:
        """What its items cost."""
        return sum((item.qty * item.unit_price for item in self.items), Decimal(0))


def shopping_of_hour(
    plan: Plan, crowd: Crowd, hour_ms: int, stamp: Stamp
) -> Iterator[Order | Refund]:
    """Orders placed in the hour, settled within the next one, and refunds that fall due in it."""
    for purchase in purchases_of_hour(plan, crowd, hour_ms):
        yield _step(plan, crowd, purchase, stamp, OrderStatus.CREATED)
        settled = OrderStatus.PAID if purchase.paid else OrderStatus.CANCELLED
        yield _step(plan, crowd, purchase, stamp, settled)
    placed_ms = hour_ms - REFUND_HOURS * HOUR_MS
    part = str(placed_ms // HOUR_MS)
    for purchase in purchases_of_hour(plan, crowd, placed_ms):
        if purchase.refunded:
            yield Refund(
                **stamp.envelope(
                    EventType.REFUND,
                    event_ms=purchase.settled_ms + REFUND_HOURS * HOUR_MS,
                    user_id=crowd.user_ids[purchase.stay],
                    part=part,
                    number=purchase.number,
                ),
                refund_id=f"{stamp.name(part, purchase.number)}-back",
                order_id=stamp.name(part, purchase.number),
                currency=plan.currency,
                amount=purchase.amount,
            )


@lru_cache(maxsize=4_096)
def purchases_of_hour(plan: Plan, crowd: Crowd, hour_ms: int) -> Sequence[Purchase]:
    """What is ordered in the hour, by members present at its beginning.

    Kept, because refunds ask for it again two days later.
    """
    present = crowd.present(hour_ms)
    buyers = present[crowd.is_member[present]]
    if not buyers.size:
        return ()
    draw = numbers(plan, "order", crowd.group, hour_ms // HOUR_MS)
    mean = buyers.size * ORDERS_A_DAY / 24 * intensity(hour_ms, plan.clock_zone)
    count = int(draw.poisson(mean * draw.gamma(DAY_SHAPE, 1 / DAY_SHAPE)))
    return tuple(_purchase(number, hour_ms, buyers, draw) for number in range(count))


def _purchase(number: int, hour_ms: int, buyers: Indices, draw: np.random.Generator) -> Purchase:
    placed_ms = hour_ms + int(draw.integers(0, HOUR_MS))
    paid = bool(draw.random() < PAID)
    kinds = int(draw.integers(1, 4))
    return Purchase(
        number=number,
        stay=int(buyers[draw.integers(buyers.size)]),
        placed_ms=placed_ms,
        settled_ms=placed_ms + int(draw.integers(15_000, HOUR_MS // 2)),
        paid=paid,
        refunded=bool(draw.random() < REFUNDED) and paid,
        items=tuple(
            _item(int(good), int(pieces))
            for good, pieces in zip(
                draw.integers(0, GOODS, kinds), draw.integers(1, 4, kinds), strict=True
            )
        ),
    )


def product_id(good: int) -> str:
    """The id of one of the shop's goods, by its number below `GOODS`."""
    return f"sim-good-{good:02d}"


@lru_cache(maxsize=4 * GOODS)
def _item(good: int, pieces: int) -> Item:
    price = Decimal(990 + 700 * good) / 100
    return Item(
        product_id=product_id(good),
        category_id=f"sim-kind-{good % 5}",
        qty=pieces,
        unit_price=price,
    )


def _step(plan: Plan, crowd: Crowd, purchase: Purchase, stamp: Stamp, status: OrderStatus) -> Order:
    part = str(purchase.placed_ms // HOUR_MS)
    created = status is OrderStatus.CREATED
    return Order(
        **stamp.envelope(
            EventType.ORDER,
            event_ms=purchase.placed_ms if created else purchase.settled_ms,
            user_id=crowd.user_ids[purchase.stay],
            part=f"{part} {status}",
            number=purchase.number,
        ),
        order_id=stamp.name(part, purchase.number),
        status=status,
        currency=plan.currency,
        amount_paid=purchase.amount if status is OrderStatus.PAID else None,
        amount_total=purchase.amount,
        items=purchase.items,
    )
