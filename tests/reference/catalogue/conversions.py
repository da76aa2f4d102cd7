"""Family F, from its definitions in METRICS.md: who converts, how soon, and from where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from statistics import fmean, quantiles

from pipeline.core.calendar import CalendarWindow
from tests.reference.catalogue.base import (
    Reference,
    inside,
    over,
    scopes,
    spells,
    tally,
)
from tests.reference.catalogue.business import (
    Found,
    created,
    firsts,
    is_member,
    member_base,
    newest,
    orders,
    orders_created,
    places,
    total,
    uv,
)
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, HOUR, Community, Event


def conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    paid = {(one["group_id"], one["user_id"]) for one in orders(c, w, asof) if is_member(one)}
    converted = tally(
        (scope, spell.user)
        for spell in newest(c, w, asof)
        if (spell.group, spell.user) in paid
        for scope in scopes(c, grain, spell.join)
    )
    return over(converted, member_base(c, grain, w, asof))


def final_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    found: Found = {}
    for row in c.dims.get("dim_campaign", ()):
        campaign, end = row["campaign_id"], min(row["end_ms"], w.end_ms)
        steps = [
            {
                one["user_id"]
                for one in entries
                if one["campaign_id"] == campaign and one["event_ms"] < end and one["user_id"]
            }
            for entries in _entries(c, asof)
        ]
        entered = next((users for users in steps if users), set())
        paid = {
            one["user_id"]
            for one in paid_orders(c, asof)
            if one["campaign_id"] == campaign and is_member(one) and one["paid_ms"] < end
        }
        found[campaign, ""] = (len(entered & paid), len(entered))
    return found


def _entries(c: Community, asof: int) -> tuple[list[Event], ...]:
    """The steps by which members enter a campaign: seeing (no mere impression), signup, join."""
    return (
        [one for one in c.of("view") if is_member(one) and one["action"] != "impression"],
        [one for one in c.of("activity") if is_member(one) and one["action"] == "signup"],
        [spell.join for spell in spells(c, asof) if not spell.roster],
    )


def launch_conversion_rate_1h(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    then: list[tuple[str, str]] = []
    paid: list[tuple[str, str]] = []
    for row in c.dims.get("dim_campaign", ()):
        launch = row["paid_launch_ms"]
        if not inside(w, launch):
            continue
        buyers = {
            one["user_id"]
            for one in paid_orders(c, asof)
            if is_member(one) and launch <= one["paid_ms"] < launch + HOUR
        }
        for spell in spells(c, asof):
            its = spell.group in row["group_ids"] or spell.join["campaign_id"] == row["campaign_id"]
            if its and spell.at(launch):
                scope = spell.group if grain == "G" else row["campaign_id"]
                then.append((scope, spell.user))
                if spell.user in buyers:
                    paid.append((scope, spell.user))
    return over(tally(paid), tally(then))


def campaign_conversion_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    there: list[tuple[str, str]] = []
    paid: list[tuple[str, str]] = []
    for row in c.dims.get("dim_campaign", ()):
        name, began = row["campaign_id"], row.get("start_ms", 0)
        until = min(row["end_ms"] or w.end_ms, w.end_ms)
        if began >= w.end_ms or (row["end_ms"] and row["end_ms"] <= w.start_ms):
            continue
        buyers = {
            (one["group_id"], one["user_id"])
            for one in paid_orders(c, asof)
            if is_member(one) and began <= one["paid_ms"] < until
        }
        for spell in spells(c, asof):
            its = spell.group in row["group_ids"] or spell.join["campaign_id"] == name
            if its and spell.opened < until and spell.closed >= began:
                there.append((name, spell.user))
                if (spell.group, spell.user) in buyers:
                    paid.append((name, spell.user))
    return over(tally(paid), tally(there))


def visit_to_order_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    creators = tally(
        (scope, one["user_id"])
        for one in created(c, w)
        if is_member(one)
        for scope in places(c, grain, one)
    )
    return over(creators, uv(c, grain, w, asof))


def payment_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    paid = {one["order_id"]: one["paid_ms"] for one in paid_orders(c, asof)}
    within = c.terms.attribution_days * DAY
    done = tally(
        (scope, one["order_id"])
        for one in created(c, w)
        if one["order_id"] in paid and paid[one["order_id"]] <= one["event_ms"] + within
        for scope in places(c, grain, one)
    )
    return over(done, orders_created(c, grain, w, asof))


def _first_joins(c: Community, asof: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for spell in spells(c, asof):
        if not spell.roster:
            found[spell.user] = min(found.get(spell.user, spell.opened), spell.opened)
    return found


def _first_contacts(c: Community, asof: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in c.of("contact"):
        if one["action"] == "add" and one["event_ms"] < asof:
            found[one["user_id"]] = min(found.get(one["user_id"], one["event_ms"]), one["event_ms"])
    return found


def _at(q: float, days: list[float]) -> float:
    """A quantile, interpolated."""
    if len(days) == 1:
        return days[0]
    return quantiles(days, n=100, method="inclusive")[round(q * 100) - 1]


def cycle(
    begun: Callable[[Community, int], dict[str, int]], statistic: Callable[[list[float]], float]
) -> Reference:
    """Days from the beginning to the first paid order of those who first paid in the window."""

    def told(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        since = begun(c, asof)
        days: dict[str, list[float]] = defaultdict(list)
        for user, one in firsts(c, asof).items():
            if inside(w, one["paid_ms"]) and since.get(user, asof) <= one["paid_ms"]:
                for scope in scopes(c, grain, one):
                    days[scope].append((one["paid_ms"] - since[user]) / DAY)
        return {(scope, ""): (statistic(some), len(some)) for scope, some in days.items()}

    return told


def source_share(weight: Callable[[Event], float]) -> Reference:
    """Members whose first paid order is in the window by what it names, weighed."""
    names = {
        **{"C": "channel_id", "K": "campaign_id", "G": "group_id"},
        **{"P": "content_id", "S": "staff_id"},
    }

    def told(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
        new = [one for one in firsts(c, asof).values() if inside(w, one["paid_ms"])]
        whole = sum(weight(one) for one in new)
        sums = total((one[names[grain]] or "unknown", weight(one)) for one in new)
        return {key: (amount, whole) for key, (amount, _) in sums.items()}

    return told


def _inquiries(c: Community, w: CalendarWindow) -> Iterator[Event]:
    """Inquiries opened by members, each with its staff: named, or who replied first."""
    for one in c.of("session"):
        if (
            inside(w, one["event_ms"])
            and one["action"] == "opened"
            and one["session_kind"] == "inquiry"
            and is_member(one)
        ):
            replies = [
                (other["event_ms"], other["source_seq"], other["event_id"], other["staff_id"])
                for other in c.of("session")
                if other["session_id"] == one["session_id"]
                and other["action"] == "replied"
                and other["event_ms"] >= one["event_ms"]
                and other["event_ms"] < w.end_ms + c.terms.attribution_days * DAY
            ]
            staff = one["staff_id"] or (min(replies)[3] if replies else "")
            yield {**one, "staff_id": staff}


def inquiry_user_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["user_id"]) for one in _inquiries(c, w) for scope in scopes(c, grain, one)
    )


def inquiry_to_paid_rate(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    within = c.terms.attribution_days * DAY
    paid = [one for one in paid_orders(c, asof) if is_member(one)]
    paying = tally(
        (scope, one["user_id"])
        for one in _inquiries(c, w)
        if any(
            order["user_id"] == one["user_id"] and 0 <= order["paid_ms"] - one["event_ms"] <= within
            for order in paid
        )
        for scope in scopes(c, grain, one)
    )
    return over(paying, inquiry_user_count(c, grain, w, asof))


def stage_handoff_count(c: Community, grain: str, w: CalendarWindow, asof: int) -> Found:
    return tally(
        (scope, one["user_id"])
        for one in c.of("session")
        if inside(w, one["event_ms"]) and one["action"] == "transferred"
        for scope in scopes(c, grain, one)
    )


REFERENCE: Mapping[str, Reference] = {
    "conversion_rate": conversion_rate,
    "campaign_conversion_rate": campaign_conversion_rate,
    "final_conversion_rate": final_conversion_rate,
    "launch_conversion_rate_1h": launch_conversion_rate_1h,
    "visit_to_order_rate": visit_to_order_rate,
    "payment_rate": payment_rate,
    "conversion_cycle_days": cycle(_first_joins, partial(_at, 0.5)),
    "conversion_cycle_days_mean": cycle(_first_joins, fmean),
    "conversion_cycle_days_p90": cycle(_first_joins, partial(_at, 0.9)),
    "contact_conversion_cycle_days": cycle(_first_contacts, partial(_at, 0.5)),
    "conversion_source_share": source_share(lambda one: 1.0),
    "conversion_source_revenue_share": source_share(lambda one: float(one["amount_paid"])),
    "inquiry_user_count": inquiry_user_count,
    "inquiry_to_paid_rate": inquiry_to_paid_rate,
    "stage_handoff_count": stage_handoff_count,
}
"""Metric name -> its reference."""
