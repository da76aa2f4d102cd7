"""Paid orders, each once, and the group that gets it: METRICS sections 0 and 2."""

from __future__ import annotations

from tests.reference.catalogue.base import Spell, spells
from tests.reference.community import DAY, Community, Event


def paid_orders(community: Community, asof: int) -> list[Event]:
    """Each order once, at the first event that says it is paid, in order of time.

    `group_id` is the group that gets it, `own_group_id` the one it names, `number` its place among
    the orders of its buyer; what the buyer does as staff or bot is counted apart.
    """
    first: dict[str, Event] = {}
    for one in sorted(community.of("order"), key=_place):
        if one["status"] == "paid" and one["event_ms"] < asof:
            first.setdefault(one["order_id"], one)
    members = spells(community, asof)
    bought: dict[tuple[str, str], int] = {}
    found = []
    for one in sorted(first.values(), key=lambda one: (one["event_ms"], one["order_id"])):
        buyer = (one["user_id"], one["actor_role"])
        bought[buyer] = bought.get(buyer, 0) + 1
        found.append(
            {
                **one,
                "paid_ms": one["event_ms"],
                "own_group_id": one["group_id"],
                "group_id": one["group_id"] or _seen_in(community, one, members),
                "number": bought[buyer],
            }
        )
    return found


def _place(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def _seen_in(community: Community, order: Event, members: list[Spell]) -> str:
    """Group of the buyer's last click or view as a member of it, within the order days."""
    since = order["event_ms"] - community.terms.order_days * DAY
    seen = [
        one
        for one in community.of("view")
        if one["group_id"]
        and one["user_id"] == order["user_id"]
        and one["action"] != "impression"
        and since <= one["event_ms"] <= order["event_ms"]
        and any(
            spell.group == one["group_id"] and spell.at(one["event_ms"])
            for spell in members
            if spell.user == one["user_id"]
        )
    ]
    return str(max(seen, key=_place)["group_id"]) if seen else ""
