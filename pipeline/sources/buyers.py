"""The made-up link between a shop's customers and a group's members.

Nothing connects Online Retail's customers with DuraSpace's chat. So that real orders can be seen
in a real group, some customers are declared to be members: one customer for each member, drawn
by a seed. It is an illustration and no finding; every order that follows from it says so.
"""

from __future__ import annotations

import random
from collections.abc import Collection

from pipeline.sources.orders import Buyer


def make_up_buyers(
    customers: Collection[str],
    members: Collection[str],
    *,
    platform: str,
    group_id: str,
    seed: int,
) -> dict[str, Buyer]:
    """A customer for each member, by customer; the customers left over are in no group.

    One to one, so that buyers and their repeat orders stay what they are. The same seed and the
    same people give the same mapping, in whatever order they come.
    """
    draw = random.Random(f"buyers/{seed}")
    chosen = draw.sample(sorted(customers), min(len(customers), len(members)))
    return {
        customer: Buyer(platform, member, group_id)
        for customer, member in zip(chosen, draw.sample(sorted(members), len(chosen)), strict=True)
    }
