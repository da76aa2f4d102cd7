"""Family B, from its definitions in METRICS.md: money."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.acquired import (
    Found,
    first_comers,
    first_paid,
)
from tests.reference.catalogue.base import (
    Reference,
    inside,
    over,
    scopes,
    tally,
    total,
    within,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import Community


def _spent(c: Community, grain: str, w: CalendarWindow, asof: int, *kinds: str) -> Found:
    """Spend of the window: of a period the part that lies in it, else what is dated in it."""
    amounts = []
    for one in c.of("spend"):
        start, end = one["period_start_ms"], one["period_end_ms"]
        if end > start:
            overlap = max(0, min(end, w.end_ms) - max(start, w.start_ms))
            part = float(one["amount"]) * overlap / (end - start)
        else:
            part = float(one["amount"]) if inside(w, one["event_ms"]) else 0.0
        if part and one["event_ms"] < asof and (not kinds or one["cost_kind"] in kinds):
            amounts += [(scope, part) for scope in scopes(c, grain, one)]
    return total(amounts)


def cac(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    new = tally((scope, one.user) for scope, one in first_comers(c, grain, w, asof))
    return over(_spent(c, grain, w, asof, "acquisition"), new)


def cac_paying(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    payers = tally(
        (scope, one["user_id"]) for one in first_paid(c, w, asof) for scope in scopes(c, grain, one)
    )
    return over(_spent(c, grain, w, asof, "acquisition"), payers)


def _earned(c: Community, grain: str, w: CalendarWindow, asof: int, *, with_cost: bool) -> Found:
    """Revenue, or gross profit, of orders paid and refunds dated in the window."""
    orders = {one["order_id"]: one for one in paid_orders(c, asof)}
    amounts = []
    for one in orders.values():
        pieces = zip(one["item_qty"], one["item_cost"], strict=True)
        cost = sum(n * price for n, price in pieces) if with_cost else 0
        if inside(w, one["event_ms"]):
            amounts += [
                (scope, float(one["amount_paid"] - cost)) for scope in scopes(c, grain, one)
            ]
    for one in within(c, "refund", w):
        order = orders.get(one["order_id"], one)
        where = {name: one[name] or order[name] for name in ("channel_id", "campaign_id")}
        back = one["amount"] - (one["cost_reversed"] if with_cost else 0)
        amounts += [(scope, -float(back)) for scope in scopes(c, grain, where)]
    return total(amounts)


def roi(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    spent, profit = _spent(c, grain, w, asof), _earned(c, grain, w, asof, with_cost=True)
    return {
        key: (profit.get(key, (0.0, 1.0))[0] - amount, amount) for key, (amount, _) in spent.items()
    }


def roas(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(_earned(c, grain, w, asof, with_cost=False), _spent(c, grain, w, asof))


def alliance_benefit_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total(
        (scope, 1)
        for one in within(c, "staff_action", w, action_kind="incentive")
        if one["partner_id"]
        for scope in scopes(c, grain, one)
    )


def alliance_benefit_value(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return _spent(c, grain, w, asof, "alliance_in_kind")


REFERENCE: Mapping[str, Reference] = {
    one.__name__: one
    for one in (
        cac,
        cac_paying,
        roi,
        roas,
        alliance_benefit_count,
        alliance_benefit_value,
    )
}
