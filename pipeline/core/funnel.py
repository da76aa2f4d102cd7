"""The funnel of the trailing 24 hours: joined, then spoke, then ordered, in one group.

A person is in a step at t if one opening within [t - 24 h, t) leads there, each step strictly
later than the one before; however many lead there, the person counts once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.core.intervals import Interval, union
from pipeline.core.signals import DAY_MS


class Steps(NamedTuple):
    """When one person counts in each step."""

    joined: list[Interval]
    spoke: list[Interval]
    ordered: list[Interval]


def steps(openings: Sequence[int], chats: Sequence[int], orders: Sequence[int]) -> Steps:
    """The steps of one person, from ascending times (ms) of openings, chats and paid orders.

    Of each opening the first chat after it and the first order after that chat count soonest.
    """
    joined, spoke, ordered = [], [], []
    for opened in openings:
        until = opened + DAY_MS
        joined.append((opened, until))
        place = bisect_right(chats, opened)
        if place == len(chats):
            continue
        spoke.append((chats[place], until))
        place = bisect_right(orders, chats[place])
        if place < len(orders):
            ordered.append((orders[place], until))
    return Steps(union(joined), union(spoke), union(ordered))
