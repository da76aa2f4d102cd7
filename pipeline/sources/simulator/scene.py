"""One group in one hour: who is there, and who does something by chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log
from random import Random
from typing import NamedTuple

from pipeline.sources.envelope import Envelope
from pipeline.sources.simulator.crowd import Crowd, Indices
from pipeline.sources.simulator.groups import chance, lot
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS, intensity
from pipeline.sources.simulator.stamp import Stamp, Unnamed
from schemas.envelope import ActorRole
from schemas.event_type import EventType


class Deed(NamedTuple):
    """Somebody (a stay) does something at a moment; the number tells deeds of a kind apart."""

    number: int
    ms: int
    stay: int


@dataclass(frozen=True)
class Scene:
    """What all that is done in one group and hour needs to know."""

    stamp: Stamp
    crowd: Crowd
    hour_ms: int

    @property
    def hour(self) -> int:
        """The hour's number; it is in the ids of all that begins in it."""
        return self.hour_ms // HOUR_MS

    @property
    def day_ms(self) -> int:
        """When the day began; the community's days are counted from its founding."""
        return self.hour_ms - (self.hour_ms - self.stamp.plan.origin_ms) % DAY_MS

    @cached_property
    def present(self) -> Indices:
        """The stays that hold at the hour's beginning."""
        return self.crowd.present(self.hour_ms)

    @cached_property
    def members(self) -> Indices:
        """Members among them."""
        return self.present[self.crowd.is_member[self.present]]

    @cached_property
    def staff(self) -> Sequence[int]:
        """Staff among them."""
        hosts = self.present[~self.crowd.is_member[self.present]].tolist()
        return [stay for stay in hosts if self.crowd.stays[stay].role is ActorRole.STAFF]

    @cached_property
    def liveliness(self) -> float:
        """How lively the hour is, 1.0 on the average over a day."""
        return intensity(self.hour_ms, self.stamp.plan.clock_zone)

    def holds(self, ms: int) -> bool:
        """Whether a moment is in the hour."""
        return self.hour_ms <= ms < self.hour_ms + HOUR_MS

    def is_there(self, stay: int, ms: int) -> bool:
        """Whether somebody is in the group at a moment."""
        held = self.crowd.stays[stay]
        return held.join_ms <= ms < held.leave_ms

    def chance(self, stream: str) -> Random:
        """The hour's stream of chance for one purpose."""
        return chance(self.stamp.plan, stream, self.crowd.group, self.hour)

    def moments(self, stream: str, a_day: float) -> Iterator[tuple[int, Random]]:
        """Chance moments in the hour, `a_day` in a whole day on the average.

        With each comes the stream, to draw what happens from: always as much of it.
        """
        mean = a_day / 24 * self.liveliness
        first = -log(lot(self.stamp.plan, stream, self.crowd.group, self.hour))
        if first >= mean:
            return
        draw, passed = self.chance(stream), first / mean
        while passed < 1:
            yield self.hour_ms + int(passed * HOUR_MS), draw
            passed += draw.expovariate(mean)

    def by_members(self, stream: str, a_day: float) -> Iterator[tuple[Deed, Random]]:
        """What members do, an average one `a_day` times; they are there when they do it."""
        return self._deeds(stream, a_day, self.members)

    def by_staff(self, stream: str, a_day: float) -> Iterator[tuple[Deed, Random]]:
        """What staff do, each of them `a_day` times."""
        return self._deeds(stream, a_day, self.staff)

    def _deeds(
        self, stream: str, a_day: float, people: Sequence[int] | Indices
    ) -> Iterator[tuple[Deed, Random]]:
        size = len(people)
        for number, (ms, draw) in enumerate(self.moments(stream, a_day * size)):
            stay = int(people[int(draw.random() * size)])
            if self.is_there(stay, ms):
                yield Deed(number, ms, stay), draw

    def in_charge_of(self, stay: int) -> str | None:
        """The member of staff who looks after somebody, always the same one; None at first."""
        return self.crowd.user_ids[self.staff[stay % len(self.staff)]] if self.staff else None

    def envelope(
        self,
        event_type: EventType,
        deed: Deed,
        *,
        step: str = "",
        at_ms: int | None = None,
        role: ActorRole | None = None,
    ) -> Envelope:
        """Fields of an event of the deed's person; a later step has a name and a time."""
        return self.stamp.envelope(
            event_type,
            event_ms=deed.ms if at_ms is None else at_ms,
            user_id=self.crowd.user_ids[deed.stay],
            part=f"{self.hour} {step}",
            number=deed.number,
            role=self.crowd.stays[deed.stay].role if role is None else role,
        )

    def unnamed(
        self,
        event_type: EventType,
        ms: int,
        *,
        number: int,
        step: str = "",
        role: ActorRole = ActorRole.MEMBER,
    ) -> Unnamed:
        """Fields of an event of which the person is not known, or is none."""
        return self.stamp.unnamed(
            event_type, event_ms=ms, part=f"{self.hour} {step}", number=number, role=role
        )
