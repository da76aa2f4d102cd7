"""What happens to the community on top of its everyday life."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.rhythm import HOUR_MS, next_busy_hour


@dataclass(frozen=True)
class Drop:
    """Members of some groups fall silent for a while; nothing but their chats is missing.

    `share` of each group's members (0 to 1), the same ones all the time, from `start_ms` (epoch
    ms) for `hours`; then they talk again as if nothing had been.
    """

    start_ms: int
    hours: int
    groups: tuple[int, ...]
    share: float

    @property
    def end_ms(self) -> int:
        """When they talk again."""
        return self.start_ms + self.hours * HOUR_MS

    def silences(self, group: int, user_id: str, event_ms: int) -> bool:
        """Whether this member of the group does not talk at that moment.

        The pseudonym decides who is among the silent: its bits are as good as random.
        """
        return (
            self.start_ms <= event_ms < self.end_ms
            and group in self.groups
            and int(user_id[:8], 16) < self.share * 2**32
        )


@dataclass(frozen=True)
class Scenario:
    """What happens; nothing, if there are no drops."""

    drops: tuple[Drop, ...] = ()


CALM = Scenario()


def drop_after(
    plan: Plan, ms: int, *, hours: int = 6, groups: int = 3, share: float = 0.85
) -> Drop:
    """A drop from the first busy hour at or after `ms`, in every second group from the largest."""
    return Drop(
        start_ms=next_busy_hour(ms, plan.clock_zone),
        hours=hours,
        groups=tuple(range(plan.groups - 1, -1, -2)[:groups]),
        share=share,
    )
