"""The faults of a run: what goes wrong, and at which step."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from tests.simulation.log import Partition, Record
from tests.simulation.store import INSERT_FAULTS

if TYPE_CHECKING:
    from tests.simulation.world import World

SPANS = (150, 400, 800)
"""Faults come within so many steps; a log is read in about 300."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault by name, at the step it is due."""

    at: int
    name: str

    def happen(self, world: World) -> None:
        """Do it, as far as there is anything to do it to."""
        FAULTS[self.name](world)


def kill(world: World) -> None:
    """Kill -9 of a process; the group hears of it at once, later, or when another one starts."""
    if world.alive:
        world.scheduler.chance.choice(world.alive).kill()
        if world.scheduler.happens(0.7):
            start(world)


def start(world: World) -> None:
    """One more process, up to three."""
    if len(world.alive) < 3:
        world.start()
    world.group.rebalance(world.alive)


def stop(world: World) -> None:
    """SIGTERM to a process, perhaps just when the store has a bad moment."""
    chance = world.scheduler.chance
    if world.alive:
        chance.choice(world.alive).stop()
        if chance.random() < 0.5:
            world.store.planned.append(chance.choice(INSERT_FAULTS))


def rebalance(world: World) -> None:
    """A rebalance, perhaps without a process that lives on and knows nothing of it."""
    chance = world.scheduler.chance
    members = world.alive
    if len(members) > 1 and chance.random() < 0.5:
        members.remove(chance.choice(members))
    world.group.rebalance(members)


def sleep(world: World) -> None:
    """SIGSTOP of a process until later: perhaps past a rebalance."""
    chance = world.scheduler.chance
    if world.alive:
        process = chance.choice(world.alive)
        process.sleep(chance.choice((0.1, 0.5, 2.0)))
        if chance.random() < 0.6:
            world.group.rebalance([one for one in world.alive if one is not process])


def store_away(world: World) -> None:
    """The store answers nobody for a while."""
    world.store.be_away(world.scheduler.chance.choice((0.05, 0.5)))


def store_full(world: World) -> None:
    """The store takes no inserts for a while."""
    world.store.be_full(world.scheduler.chance.choice((0.05, 0.5)))


def merge(world: World) -> None:
    """The store merges its parts."""
    world.store.merge()


def damage(world: World) -> None:
    """Window rows are lost or wrong, and orders that nobody has read yet are to put them right."""
    for place, partition in world.log.partitions.items():
        for order in partition.orders:
            if order.offset >= world.reached.get(place, 0):
                damage_for(world, partition, order)


def damage_for(world: World, partition: Partition, order: Record) -> None:
    """Damage windows that `order`, which nobody has read yet, is about."""
    stored = world.store.stored_windows(partition.source, order)
    for window in world.scheduler.chance.sample(stored, min(2, len(stored))):
        world.store.damage(window, order.offset)


def reset(world: World) -> None:
    """The group is reset to earliest, as `pulse replay` does."""
    world.group.reset()
    world.group.rebalance(world.alive)


FAULTS: Mapping[str, Callable[[World], None]] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            kill,
            start,
            stop,
            rebalance,
            sleep,
            store_away,
            store_full,
            merge,
            damage,
            reset,
        )
    }
)

MIXTURES: tuple[tuple[str, ...], ...] = (
    ("rebalance",),
    ("rebalance", "sleep"),
    ("stop", "start", "store_full"),
    ("kill", "start"),
)
"""Faults that are worst with their own kind."""


def draw_faults(chance: random.Random) -> list[Fault]:
    """Some of them, in the order they come; a run has its own mixture of kinds."""
    if chance.random() < 0.5:
        kinds = list(chance.choice(MIXTURES))
    else:
        kinds = chance.sample(sorted(FAULTS), chance.randint(1, 5))
    count = chance.randint(0, 12)
    span = chance.choice(SPANS)
    steps = sorted(chance.randrange(span) for _ in range(count))
    return [Fault(step, chance.choice(kinds)) for step in steps]
