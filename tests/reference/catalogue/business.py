"""Family F, from its definitions in METRICS.md: visits, orders and money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    Spell,
    inside,
    over,
    scopes,
    spells,
    tally,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import Community, Event, Key, Numbers

Found = dict[Key, Numbers]


def products(row: Event) -> list[str]:
    """Products of an order, each once."""
    return sorted(set(row["item_product_id"]))


def parts(order: Event) -> list[tuple[str, float]]:
    """Each item's product and its part of the amount, by price."""
    amounts = [
        float(n * price)
        for n, price in zip(order["item_qty"], order["item_unit_price"], strict=True)
    ]
    total = sum(amounts)
    return [
        (product, amount / total if total else 1 / len(amounts))
        for product, amount in zip(order["item_product_id"], amounts, strict=True)
    ]


def places(c: Community, grain: str, order: Event) -> list[str]:
    """Scopes of an order."""
    return products(order) if grain == "P" else scopes(c, grain, order)


def money(c: Community, grain: str, order: Event, amount: float) -> Iterator[tuple[str, float]]:
    """An order's amount by scope: its products share it."""
    if grain == "P":
        yield from ((product, amount * part) for product, part in parts(order))
    else:
        yield from ((scope, amount) for scope in scopes(c, grain, order))


def total(pairs: Iterable[tuple[str, float]]) -> Found:
    """Sums by scope."""
    sums: dict[str, float] = defaultdict(float)
    for scope, amount in pairs:
        sums[scope] += amount
    return {(scope, ""): (amount, 1.0) for scope, amount in sums.items()}


def plus(one: Found, other: Found, sign: int = 1) -> Found:
    """Sum, or difference, of two counts."""
    return {
        key: (one.get(key, (0.0, 1))[0] + sign * other.get(key, (0.0, 1))[0], 1.0)
        for key in one.keys() | other.keys()
    }


def is_member(one: Event) -> bool:
    return bool(one["actor_role"] == "member")


def orders(c: Community, w: CalendarWindow, asof: int) -> list[Event]:
    """Orders first paid in the window, in order of time."""
    return [one for one in paid_orders(c, asof) if inside(w, one["paid_ms"])]


def firsts(c: Community, asof: int) -> dict[str, Event]:
    """The first paid order of each member."""
    return {
        one["user_id"]: one for one in paid_orders(c, asof) if one["number"] == 1 and is_member(one)
    }


def refunds(c: Community, w: CalendarWindow, asof: int) -> Iterator[tuple[Event, Event | None]]:
    """Refunds dated in the window where they belong, and the order of each if it is known."""
    known = {one["order_id"]: one for one in paid_orders(c, asof)}
    for one in c.of("refund"):
        if inside(w, one["event_ms"]):
            order = known.get(one["order_id"])
            named = {
                name: one[name] or (order[name] if order else "")
                for name in ("group_id", "channel_id", "campaign_id", "staff_id")
            }
            items = {
                name: order[name] if order else []
                for name in ("item_product_id", "item_qty", "item_unit_price")
            }
            yield {**one, **named, **items}, order


def views(c: Community, w: CalendarWindow) -> Iterator[Event]:
    return (
        one for one in c.of("view") if inside(w, one["event_ms"]) and one["action"] == "page_view"
    )


def seen_at(c: Community, grain: str, view: Event) -> list[str]:
    return [view["object_id"]] if grain == "P" else scopes(c, grain, view)


def pv(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total((scope, 1.0) for one in views(c, w) for scope in seen_at(c, grain, one))


def uv(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["user_id"] or one["visitor_id"])
        for one in views(c, w)
        if is_member(one) and (one["user_id"] or one["visitor_id"])
        for scope in seen_at(c, grain, one)
    )


def order_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["order_id"]) for one in orders(c, w, asof) for scope in places(c, grain, one)
    )


def created(c: Community, w: CalendarWindow) -> Iterator[Event]:
    return (
        one for one in c.of("order") if inside(w, one["event_ms"]) and one["status"] == "created"
    )


def orders_created(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["order_id"]) for one in created(c, w) for scope in places(c, grain, one)
    )


def paying_user_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["user_id"])
        for one in orders(c, w, asof)
        if is_member(one)
        for scope in places(c, grain, one)
    )


def gmv(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        pair
        for one in orders(c, w, asof)
        for pair in money(c, grain, one, float(one["amount_paid"]))
    )


def refund_amount(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        pair
        for one, _ in refunds(c, w, asof)
        for pair in money(c, grain, one, float(one["amount"]))
    )


def revenue(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return plus(gmv(c, grain, w, asof), refund_amount(c, grain, w, asof), -1)


def average_order_value(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(gmv(c, grain, w, asof), order_count(c, grain, w, asof))


def arppu(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(gmv(c, grain, w, asof), paying_user_count(c, grain, w, asof))


def newest(c: Community, w: CalendarWindow, asof: int) -> list[Spell]:
    """Of each member of each group in the window the newest membership: what member_base is of."""
    found: dict[tuple[str, str], Spell] = {}
    for spell in sorted(spells(c, asof), key=lambda one: one.opened):
        if spell.touches(w):
            found[spell.group, spell.user] = spell
    return list(found.values())


def member_base(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, spell.user)
        for spell in newest(c, w, asof)
        for scope in scopes(c, grain, spell.join)
    )


def arpu(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(revenue(c, grain, w, asof), member_base(c, grain, w, asof))


def cost_of(order: Event) -> float:
    return sum(
        float(n * cost) for n, cost in zip(order["item_qty"], order["item_cost"], strict=True)
    )


def gross_profit(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    costs: list[tuple[str, float]] = []
    for one in orders(c, w, asof):
        if grain == "P":
            costs += [
                (product, float(n * cost))
                for product, n, cost in zip(
                    one["item_product_id"], one["item_qty"], one["item_cost"], strict=True
                )
            ]
        else:
            costs += [(scope, cost_of(one)) for scope in scopes(c, grain, one)]
    reversed_ = [
        pair
        for one, _ in refunds(c, w, asof)
        for pair in money(c, grain, one, float(one["cost_reversed"]))
    ]
    return plus(plus(revenue(c, grain, w, asof), total(costs), -1), total(reversed_))


def profit_margin(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(gross_profit(c, grain, w, asof), revenue(c, grain, w, asof))


def spend(c: Community, grain: str, w: CalendarWindow, kind: str = "") -> Found:
    """Money spent: spread over its period, or at its moment where it has none."""
    found = []
    for one in c.of("spend"):
        start, end = one["period_start_ms"], one["period_end_ms"]
        if end > start:
            part = max(min(end, w.end_ms) - max(start, w.start_ms), 0) / (end - start)
        else:
            part = float(inside(w, one["event_ms"]))
        if kind in ("", one["cost_kind"]):
            found += [(scope, float(one["amount"]) * part) for scope in scopes(c, grain, one)]
    return total(found)


def operating_margin(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    left = plus(gross_profit(c, grain, w, asof), spend(c, grain, w), -1)
    return over(left, revenue(c, grain, w, asof))


def refund_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    refunded = tally(
        (scope, one["order_id"])
        for one, _ in refunds(c, w, asof)
        for scope in places(c, grain, one)
    )
    return over(refunded, order_count(c, grain, w, asof))


REFERENCE: Mapping[str, Reference] = {
    "pv": pv,
    "uv": uv,
    "order_count": order_count,
    "orders_created": orders_created,
    "paying_user_count": paying_user_count,
    "gmv": gmv,
    "revenue": revenue,
    "average_order_value": average_order_value,
    "arppu": arppu,
    "arpu": arpu,
    "gross_profit": gross_profit,
    "profit_margin": profit_margin,
    "operating_margin": operating_margin,
    "refund_amount": refund_amount,
    "refund_rate": refund_rate,
}
"""Metric name -> its reference."""
