"""Customers, from METRICS.md: their paid orders, the groups that get them, and their segment."""

from __future__ import annotations

from tests.reference.catalogue.base import interactions, spells
from tests.reference.community import DAY, Community, Event


def paid_orders(c: Community, asof: int) -> list[Event]:
    """Each order once, at the first event that says it is paid; group_id is the group that gets it.

    `number` is its place among the paid orders of its buyer.
    """
    first: dict[str, Event] = {}
    for one in sorted(c.of("order"), key=_place):
        if one["status"] == "paid" and one["event_ms"] < asof:
            first.setdefault(one["order_id"], one)
    bought: dict[str, int] = {}
    found = []
    for one in sorted(first.values(), key=lambda it: (it["event_ms"], it["order_id"])):
        number = bought[one["user_id"]] = bought.get(one["user_id"], 0) + 1
        group = one["group_id"] or _clicked_in(c, one, asof)
        found.append({**one, "own_group_id": one["group_id"], "group_id": group, "number": number})
    return found


def _clicked_in(c: Community, order: Event, asof: int) -> str:
    """Group of the buyer's last click or view in a group of which they were a member then."""
    since = order["event_ms"] - c.terms.order_days * DAY
    clicks = [
        one
        for one in c.of("view")
        if one["user_id"] == order["user_id"]
        and one["action"] != "impression"
        and since <= one["event_ms"] <= order["event_ms"]
        and any(
            (it.group, it.user) == (one["group_id"], one["user_id"]) and it.at(one["event_ms"])
            for it in spells(c, asof)
        )
    ]
    return str(max(clicks, key=_place)["group_id"]) if clicks else ""


def _place(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def segment(c: Community, user: str, t: int) -> str:
    """What a person is at t, of the facts before it: potential, dormant, new or core."""
    paid = [
        it["event_ms"]
        for it in paid_orders(c, t)
        if it["user_id"] == user and it["actor_role"] == "member"
    ]
    did = [it["event_ms"] for it in interactions(c) if it["user_id"] == user and it["event_ms"] < t]
    if not paid:
        return "potential"
    if max(*paid, *did, 0) < t - c.terms.dormant_days * DAY:
        return "dormant"
    return "new" if min(paid) >= t - c.terms.new_days * DAY else "core"
