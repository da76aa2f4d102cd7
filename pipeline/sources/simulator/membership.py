"""Who is in a group from when to when.

A group is a number of places. Each place is taken by one person after another: they stay for a
while, some return after minutes or days, else somebody new comes. Every place has a stream of
chance of its own, read in order; so the same stays follow however far ahead one looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from pipeline.sources.simulator.groups import Plan, chance
from pipeline.sources.simulator.rhythm import DAY_MS, at_a_likely_hour
from schemas.envelope import ActorRole

FOREVER_MS = 2**62
WEEK_MS = 7 * DAY_MS
MINUTE_MS = 60_000

EARLY_LEAVERS = 0.25
"""Share of newcomers who only look in, for some days."""
LOOK_IN_DAYS = 5.0
STAY_WEEKS = 45.0
QUICK_REJOINS = 0.12
"""Share of leaves undone within minutes: a wrong button, a lost connection."""
RETURNS = 0.10
VACANT_DAYS = 3.0
PROPENSITY_SIGMA = 1.1
"""Spread (lognormal) of how much people talk: few say most."""
STAFF_PROPENSITY = 8.0
BOT_PROPENSITY = 10.0


@dataclass(frozen=True)
class Stay:
    """A person's membership, from `join_ms` to before `leave_ms` (epoch ms).

    `propensity` is how much they talk, 1.0 on the average of members; `draw` (0 to 1) decides
    how they came.
    """

    person: str
    role: ActorRole
    join_ms: int
    leave_ms: int
    propensity: float
    draw: float


def stays_until(plan: Plan, group: int, horizon_ms: int) -> list[Stay]:
    """All stays of a group that begin before the horizon, by their beginning."""
    people = [
        stay
        for place in range(plan.members(group))
        for stay in _place(plan, group, place, horizon_ms)
    ]
    return sorted([*_hosts(plan, group), *people], key=lambda stay: (stay.join_ms, stay.person))


def _hosts(plan: Plan, group: int) -> Iterator[Stay]:
    """A bot and the staff, there from the founding on and for good."""
    founded, name = plan.origin_ms, plan.group_id(group)
    yield Stay(f"{name}/bot", ActorRole.BOT, founded, FOREVER_MS, BOT_PROPENSITY, 0.0)
    for number in range(1 + plan.members(group) // 250):
        joined_ms = founded + (1 + number) * MINUTE_MS
        person = f"{name}/staff-{number}"
        yield Stay(person, ActorRole.STAFF, joined_ms, FOREVER_MS, STAFF_PROPENSITY, 0.0)


def _place(plan: Plan, group: int, place: int, horizon_ms: int) -> Iterator[Stay]:
    draw = chance(plan, "place", group, place)
    opening_ms = plan.origin_ms + DAY_MS
    join_ms = _likely(
        plan, draw, opening_ms + draw.random() * (plan.opening_weeks * WEEK_MS - DAY_MS)
    )
    person, propensity, newcomer = 0, _propensity(draw), False
    while join_ms < horizon_ms:
        looks_in = newcomer and draw.random() < EARLY_LEAVERS
        days = draw.expovariate(1 / (LOOK_IN_DAYS if looks_in else 7 * STAY_WEEKS))
        leave_ms = max(_likely(plan, draw, join_ms + days * DAY_MS), join_ms + 10 * MINUTE_MS)
        yield Stay(
            f"{plan.group_id(group)}/{place}-{person}",
            ActorRole.MEMBER,
            join_ms,
            leave_ms,
            propensity,
            draw.random(),
        )
        what_next = draw.random()
        newcomer = False
        if what_next < QUICK_REJOINS:
            join_ms = leave_ms + round(draw.uniform(10_000, 280_000))
        elif what_next < QUICK_REJOINS + RETURNS:
            join_ms = _after(plan, draw, leave_ms, days=5.0)
        else:
            join_ms = _after(plan, draw, leave_ms, days=VACANT_DAYS)
            person, propensity, newcomer = person + 1, _propensity(draw), True


def _after(plan: Plan, draw: Random, leave_ms: int, *, days: float) -> int:
    later = _likely(plan, draw, leave_ms + draw.expovariate(1 / days) * DAY_MS)
    return max(later, leave_ms + 10 * MINUTE_MS)


def _likely(plan: Plan, draw: Random, ms: float) -> int:
    """That day, at an hour when people are up."""
    return at_a_likely_hour(round(ms), draw.random(), plan.clock_zone)


def _propensity(draw: Random) -> float:
    return draw.lognormvariate(-(PROPENSITY_SIGMA**2) / 2, PROPENSITY_SIGMA)
