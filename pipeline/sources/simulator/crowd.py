"""A group's stays as columns, so that who is present in an hour is one comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.groups import PLATFORM, Plan
from pipeline.sources.simulator.membership import Stay, stays_until
from pipeline.sources.simulator.rhythm import DAY_MS
from schemas.envelope import ActorRole

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]

WELCOME = 3.0
"""How much more a newcomer talks on the first day; it wears off with a time of a day."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """All stays of one group that begin before a horizon, in order of their beginning.

    Visitors are the pseudonyms of people who look at its pages and are in no group.

    Compared by identity, for it is a large value that is made once and kept.
    """

    group: int
    group_id: str
    stays: Sequence[Stay]
    user_ids: Sequence[str]
    visitors: Sequence[str]

    @cached_property
    def joined(self) -> Indices:
        """Beginnings of the stays, epoch ms."""
        return np.array([stay.join_ms for stay in self.stays], np.int64)

    @cached_property
    def left(self) -> Indices:
        """Their ends, epoch ms."""
        return np.array([stay.leave_ms for stay in self.stays], np.int64)

    @cached_property
    def propensity(self) -> Floats:
        """How much each talks."""
        return np.array([stay.propensity for stay in self.stays])

    @cached_property
    def is_member(self) -> npt.NDArray[np.bool_]:
        """Members, as against staff and bots."""
        return np.array([stay.role is ActorRole.MEMBER for stay in self.stays])

    @cached_property
    def lots(self) -> Floats:
        """A lot (0 to 1) for each person, always the same: for what only some people do."""
        return np.array([int(user_id[8:16], 16) / 2**32 for user_id in self.user_ids])

    def present(self, ms: int) -> Indices:
        """The stays that hold at a moment."""
        return np.flatnonzero((self.joined <= ms) & (self.left > ms))

    def talkativeness(self, ms: int, present: Indices) -> Floats:
        """How much each of the present talks then: their propensity, more in their first days."""
        days = (ms - self.joined[present]) / DAY_MS
        return self.propensity[present] * (1 + WELCOME * np.exp(-days) * self.is_member[present])


def gather(plan: Plan, group: int, horizon_ms: int, pseudonyms: Pseudonyms) -> Crowd:
    """The group's stays up to the horizon, under pseudonyms."""
    stays = stays_until(plan, group, horizon_ms)
    return Crowd(
        group,
        plan.group_id(group),
        stays,
        [pseudonyms.of(PLATFORM, f"{plan.seed}/{stay.person}") for stay in stays],
        [
            pseudonyms.of(PLATFORM, f"{plan.seed}/{plan.group_id(group)}/visitor-{number}")
            for number in range(5 + plan.members(group) // 4)
        ],
    )
