"""What community is simulated: its size, zone, shop and the streams of chance it is made of."""

from __future__ import annotations

import hashlib
import math
import random
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from pipeline.errors import UsageError

SOURCE = "simulator(made-up)"
PLATFORM = "simulator"


@dataclass(frozen=True)
class Plan:
    """Everything the community follows from; two equal plans are the same community.

    Groups are founded at `origin_ms` (epoch ms, a full hour); their first members come within
    `opening_weeks`. Sizes lie on a logarithmic scale from `smallest` to `largest` members.
    """

    seed: int
    origin_ms: int
    zone: str = "Asia/Shanghai"
    groups: int = 24
    smallest: int = 20
    largest: int = 2_000
    opening_weeks: int = 2
    currency: str = "CNY"

    def __post_init__(self) -> None:
        """Refuse a plan that no community could follow."""
        if not (1 <= self.groups <= 10_000 and 1 <= self.smallest <= self.largest <= 1_000_000):
            raise UsageError(
                f"No community has {self.groups} groups of {self.smallest} to {self.largest}",
                remedy="Take 1 to 10,000 groups of 1 to 1,000,000 members.",
            )
        if self.seed < 0 or self.origin_ms % 3_600_000 or self.opening_weeks < 1:
            raise UsageError("Seed, origin or opening of the simulation is wrong")

    @cached_property
    def clock_zone(self) -> ZoneInfo:
        """The zone whose clock people live by."""
        return ZoneInfo(self.zone)

    @cached_property
    def name(self) -> str:
        """Names the community in its events' ids."""
        return f"{self.seed}/{self.origin_ms}/{self.groups}/{self.smallest}/{self.largest}"

    def members(self, group: int) -> int:
        """How many members the group is meant to have."""
        step = group / (self.groups - 1) if self.groups > 1 else 1.0
        return round(self.smallest * math.pow(self.largest / self.smallest, step))

    def group_id(self, group: int) -> str:
        """The group's id; the larger the number, the larger the group."""
        return f"sim-{group + 1:02d}"


def numbers(plan: Plan, stream: str, *key: int) -> np.random.Generator:
    """The stream of chance for one purpose and place, such as the chats of a group's hour.

    No stream depends on another having been read: that is why any span of time can be made
    alone.
    """
    place = hashlib.blake2b(f"{plan.seed}/{stream}/{key}".encode(), digest_size=16).digest()
    return np.random.Generator(np.random.SFC64(int.from_bytes(place)))


def lot(plan: Plan, stream: str, *key: int) -> float:
    """One number, above 0 and up to 1: far cheaper than a stream, where mostly nothing comes."""
    place = hashlib.blake2b(f"{plan.seed}/{stream}/{key}/lot".encode(), digest_size=6).digest()
    return (int.from_bytes(place) + 1) / 2**48


def chance(plan: Plan, stream: str, *key: int) -> random.Random:
    """Like `numbers`, for draws one at a time."""
    return random.Random(f"{plan.seed}/{stream}/{key}")
