"""Family F, from its definitions in METRICS.md: who buys again, and what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import permutations

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
from tests.reference.catalogue.business import (
    Found,
    cost_of,
    firsts,
    is_member,
    money,
    orders,
    places,
    products,
    spend,
    total,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community, Event, Key, Numbers


def by_buyer(
    c: Community, grain: str, found: Iterable[Event]
) -> dict[tuple[str, str], list[Event]]:
    """Orders of each member in each scope, in order of time."""
    mine: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for one in found:
        if is_member(one):
            for scope in places(c, grain, one):
                mine[scope, one["user_id"]].append(one)
    return mine


def share(of: Mapping[tuple[str, str], list[Event]], does: Callable[[list[Event]], bool]) -> Found:
    """Of the persons of each scope those whose orders are such."""
    some = tally(key for key, mine in of.items() if does(mine))
    return over(some, tally(of.keys()))


def repurchase_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    if w.period == "D":
        w = replace(w, start_ms=w.end_ms - c.terms.rolling_days * DAY)
    return share(by_buyer(c, grain, orders(c, w, asof)), lambda mine: len(mine) > 1)


def returning_buyer_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    first = {one["order_id"] for one in firsts(c, asof).values()}
    return share(
        by_buyer(c, grain, orders(c, w, asof)),
        lambda mine: any(one["order_id"] not in first for one in mine),
    )


def _expiring(c: Community, w: CalendarWindow, asof: int) -> list[Event]:
    return [one for one in paid_orders(c, asof) if inside(w, one["term_end_ms"])]


def renewal_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    before, after = c.terms.renewal_before_days * DAY, c.terms.renewal_after_days * DAY
    renewals = [one for one in paid_orders(c, asof) if one["order_type"] == "renewal"]
    return tally(
        (scope, one["order_id"])
        for one in _expiring(c, w, asof)
        if any(
            other["user_id"] == one["user_id"]
            and other["order_id"] != one["order_id"]
            and -before <= other["paid_ms"] - one["term_end_ms"] <= after
            for other in renewals
        )
        for scope in places(c, grain, one)
    )


def renewal_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    ending = tally(
        (scope, one["order_id"]) for one in _expiring(c, w, asof) for scope in places(c, grain, one)
    )
    return over(renewal_count(c, grain, w, asof), ending)


def upgrade_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["order_id"])
        for one in orders(c, w, asof)
        if one["order_type"] == "upgrade"
        for scope in places(c, grain, one)
    )


def units_sold(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    sold: list[tuple[str, float]] = []
    for one in orders(c, w, asof):
        if grain == "P":
            sold += zip(one["item_product_id"], one["item_qty"], strict=True)
        else:
            sold += [(scope, sum(one["item_qty"])) for scope in scopes(c, grain, one)]
    return total(sold)


def _issued(c: Community, w: CalendarWindow) -> Iterator[Event]:
    return (
        one
        for one in c.of("staff_action")
        if inside(w, one["event_ms"]) and one["action_kind"] == "coupon_issue"
    )


def _coupon_at(c: Community, grain: str, one: Event) -> list[str]:
    return [one["coupon_id"]] if grain == "P" else scopes(c, grain, one)


def coupon_issued_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return total((scope, 1.0) for one in _issued(c, w) for scope in _coupon_at(c, grain, one))


def coupon_redemption_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    within = c.terms.coupon_days * DAY
    paid = list(paid_orders(c, asof))
    used = total(
        (scope, 1.0)
        for one in _issued(c, w)
        if any(
            order["user_id"] == one["target_user_id"]
            and order["coupon_id"] == one["coupon_id"]
            and 0 <= order["paid_ms"] - one["event_ms"] <= within
            for order in paid
        )
        for scope in _coupon_at(c, grain, one)
    )
    return over(used, coupon_issued_count(c, grain, w, asof))


def _type(c: Community, order: Event) -> str:
    return str(order["order_type"])


def _kind(c: Community, order: Event) -> str:
    """Kind of the campaign that an order names."""
    kinds = {row["campaign_id"]: str(row["kind"]) for row in c.dims.get("dim_campaign", ())}
    return kinds.get(order["campaign_id"]) or "none"


def mix(kind: Callable[[Community, Event], str], *, by_amount: bool) -> Reference:
    """Orders by kind, each one or its amount, over all."""

    def told(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        sums: dict[Key, float] = defaultdict(float)
        whole: dict[str, float] = defaultdict(float)
        for one in orders(c, w, asof):
            weights = (
                money(c, grain, one, float(one["amount_paid"]))
                if by_amount
                else ((scope, 1.0) for scope in places(c, grain, one))
            )
            for scope, weight in weights:
                sums[scope, kind(c, one)] += weight
                whole[scope] += weight
        return {key: (amount, whole[key[0]]) for key, amount in sums.items()}

    return told


def _repeat(
    c: Community, grain: str, w: CalendarWindow, asof: int
) -> dict[tuple[str, str], list[Event]]:
    return {
        key: mine for key, mine in by_buyer(c, grain, orders(c, w, asof)).items() if len(mine) > 1
    }


def category_extension_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    def extends(mine: list[Event]) -> bool:
        first, *later = (set(one["item_category_id"]) - {""} for one in mine)
        return any(categories - first for categories in later)

    return share(_repeat(c, grain, w, asof), extends)


def brand_loyalty_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    def is_loyal(mine: list[Event]) -> bool:
        last, before = (set(one["item_brand"]) - {""} for one in (mine[-1], mine[-2]))
        return bool(last & before)

    return share(_repeat(c, grain, w, asof), is_loyal)


def affinity(
    numbers: Callable[[int, int, int, int], Numbers],
    c: Community,
    grain: str,
    w: CalendarWindow,
    asof: int,
) -> Found:
    buyers: dict[str, set[str]] = defaultdict(set)
    for one in orders(c, w, asof):
        if is_member(one):
            for product in products(one):
                buyers[product].add(one["user_id"])
    everybody = len(set().union(*buyers.values()))
    return {
        (a, b): numbers(len(buyers[a] & buyers[b]), len(buyers[a]), len(buyers[b]), everybody)
        for a, b in permutations(buyers, 2)
        if buyers[a] & buyers[b]
        and len(buyers[a] & buyers[b]) >= c.terms.affinity_min_support * everybody
    }


def _cohort(c: Community, w: CalendarWindow, asof: int) -> dict[str, Spell]:
    """Persons whose very first join is in the window; a roster is no join, but comes before."""
    first: dict[str, Spell] = {}
    for spell in sorted(spells(c, asof), key=lambda one: (one.opened, one.roster, one.group)):
        first.setdefault(spell.user, spell)
    return {
        user: spell for user, spell in first.items() if inside(w, spell.opened) and not spell.roster
    }


def _profit(c: Community, grain: str, w: CalendarWindow, asof: int, days: int) -> Found:
    gains: list[tuple[str, float]] = []
    known = {one["order_id"]: one for one in paid_orders(c, asof)}
    for user, spell in _cohort(c, w, asof).items():
        until = spell.opened + days * DAY
        gain = sum(
            float(one["amount_paid"]) - cost_of(one)
            for one in known.values()
            if one["user_id"] == user and is_member(one) and spell.opened <= one["paid_ms"] < until
        )
        back = sum(
            float(one["amount"] - one["cost_reversed"])
            for one in c.of("refund")
            if one["user_id"] == user and spell.opened <= one["event_ms"] < until
        )
        gains += [(scope, gain - back) for scope in scopes(c, grain, spell.join)]
    return total(gains)


def ltv(days: int, c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    size = tally(
        (scope, user)
        for user, spell in _cohort(c, w, asof).items()
        for scope in scopes(c, grain, spell.join)
    )
    return over(_profit(c, grain, w, asof, days), size)


def ltv_cac_ratio(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return over(_profit(c, grain, w, asof, 365), spend(c, grain, w, "acquisition"))


REFERENCE: Mapping[str, Reference] = {
    "repurchase_rate": repurchase_rate,
    "returning_buyer_rate": returning_buyer_rate,
    "renewal_count": renewal_count,
    "renewal_rate": renewal_rate,
    "upgrade_count": upgrade_count,
    "units_sold": units_sold,
    "coupon_issued_count": coupon_issued_count,
    "coupon_redemption_rate": coupon_redemption_rate,
    "promotion_order_mix": mix(_type, by_amount=False),
    "promotion_gmv_mix": mix(_type, by_amount=True),
    "campaign_order_mix": mix(_kind, by_amount=False),
    "campaign_gmv_mix": mix(_kind, by_amount=True),
    "category_extension_rate": category_extension_rate,
    "brand_loyalty_rate": brand_loyalty_rate,
    "product_affinity": partial(affinity, lambda ab, a, b, n: (ab, a)),
    "product_affinity_support": partial(affinity, lambda ab, a, b, n: (ab, n)),
    "product_affinity_lift": partial(affinity, lambda ab, a, b, n: (ab * n, a * b)),
    "ltv_d30": partial(ltv, 30),
    "ltv_d90": partial(ltv, 90),
    "ltv_d365": partial(ltv, 365),
    "ltv_cac_ratio": ltv_cac_ratio,
}
"""Metric name -> its reference."""
