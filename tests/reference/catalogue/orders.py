"""Paid orders, each once, and the group that gets it: METRICS sections 0 and 2."""

from __future__ import annotations

from collections.abc import Iterator

from tests.reference.catalogue.base import spells
from tests.reference.community import DAY, Community, Event


def paid_orders(community: Community, asof: int) -> Iterator[Event]:
    """The first paid event of each order: with `paid_ms`, and `group_id` as it is attributed."""
    first: dict[str, Event] = {}
    for one in sorted(community.of("order"), key=_when):
        if one["status"] == "paid" and one["event_ms"] < asof:
            first.setdefault(one["order_id"], one)
    for one in first.values():
        group = one["group_id"] or _seen_in(community, one, asof)
        yield {**one, "paid_ms": one["event_ms"], "group_id": group}


def _when(one: Event) -> tuple[int, int, str]:
    return (one["event_ms"], one["source_seq"], one["event_id"])


def _seen_in(community: Community, order: Event, asof: int) -> str:
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
            for spell in spells(community, asof)
            if spell.user == one["user_id"]
        )
    ]
    return str(max(seen, key=_when)["group_id"]) if seen else ""
