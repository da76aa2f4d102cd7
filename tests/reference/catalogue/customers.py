"""Customers, from METRICS.md: the segment that they are in."""

from __future__ import annotations

from tests.reference.catalogue.base import interactions
from tests.reference.catalogue.orders import paid_orders
from tests.reference.community import DAY, Community


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
