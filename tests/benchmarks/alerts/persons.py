"""One made-up group person by person, as events: what `communities.counts` is a shortcut for.

Slow, so it is for checks. Each person has an own age (hours since last active), and what the store
then counts from the events is what the persons did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.core.signals import HOUR_MS
from tests.benchmarks.alerts.communities import (
    LATER,
    START_MS,
    Floats,
    Ints,
    World,
    chance,
    names,
)
from tests.reference.signals import Fact

BOT = "undeclared-bot"


@dataclass(frozen=True)
class Life:
    """What the persons of one group did, by the hour since the start."""

    group_id: str
    joins: list[tuple[int, int]]
    leaves: list[tuple[int, int]]
    visits: list[Ints]
    """Of each hour: who was active in it."""


def live(world: World, group: int, struck: Floats, *, seed: int) -> Life:
    """The life of one group; `struck`: by hour, the share of members that is silenced."""
    random = np.random.default_rng((seed, group))
    members = world.members[group]
    persons = np.arange(members[0] - 1)
    ages = np.full(persons.size, LATER)
    muted = np.zeros(persons.size, bool)
    life = Life(names(world.cell)[group], [(-1, int(one)) for one in persons], [], [])
    born = persons.size
    for hour in range(world.hours):
        if struck[hour] != (struck[hour - 1] if hour else 0):
            muted = random.random(persons.size) < struck[hour]
        change = int(members[hour] - members[max(hour - 1, 0)])
        if change > 0:
            came = np.arange(born, born + change)
            born += change
            life.joins.extend((hour, int(one)) for one in came)
            persons = np.concatenate([persons, came])
            ages = np.concatenate([ages, np.full(change, LATER)])
            muted = np.concatenate([muted, np.zeros(change, bool)])
        elif change < 0:
            idle = np.flatnonzero((ages == LATER) & ~muted)
            gone = random.choice(idle, min(-change, idle.size), replace=False)
            life.leaves.extend((hour, int(persons[one])) for one in gone)
            persons, ages, muted = (np.delete(one, gone) for one in (persons, ages, muted))
        likely = chance(world.hazard[group, hour], ages, world.cell.again)
        active = (random.random(persons.size) < likely) & ~muted
        ages = np.where(active, 0, np.minimum(ages + 1, LATER))
        life.visits.append(persons[active])
    return life


def facts(life: Life, *, seed: int) -> Iterator[Fact]:
    """Its events: one chat or more for each hour of a person, and a declared bot that never rests.

    Joins and leaves are in the first minute of their hour, chats later in it.
    """
    random = np.random.default_rng((seed, len(life.joins)))
    group = life.group_id

    def moment(hour: int) -> int:
        return START_MS + hour * HOUR_MS

    yield Fact("join", moment(-1), group, BOT, detail="qr")
    yield Fact("join", moment(-1), group, "declared-bot", actor_role="bot", detail="qr")
    for kind, moves in (("join", life.joins), ("leave", life.leaves)):
        for hour, person in moves:
            yield Fact(kind, moment(hour) + 1_000, group, f"p{person}", detail=_detail(kind))
    for hour, active in enumerate(life.visits):
        said = [(f"p{person}", "member") for person in active for _ in range(random.integers(1, 4))]
        said += [(BOT, "member"), *(("declared-bot", "bot") for _ in range(6))]
        at = moment(hour) + random.integers(60_000, HOUR_MS, len(said))
        for (user, role), ms in zip(said, at, strict=True):
            yield Fact("chat", int(ms), group, user, actor_role=role, detail="text")


def _detail(kind: str) -> str:
    return "qr" if kind == "join" else ""
