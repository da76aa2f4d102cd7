"""Hypothesis decides what goes wrong and when, over the parts of the simulation.

A run that fails is shrunk to the fewest faults that still break it.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.simulation import faults
from tests.simulation.mutants import MUTANTS
from tests.simulation.scheduler import Broken
from tests.simulation.store import INSERT_FAULTS
from tests.simulation.worker import Process
from tests.simulation.world import World

WHICH = st.integers(0, 2)
SETTINGS = settings(
    max_examples=100,
    stateful_step_count=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class Pipeline(RuleBasedStateMachine):
    """A world in which things go wrong by rules alone. At the end all must be exact."""

    world: World

    @initialize(seed=st.integers(0, 999))
    def begin(self, seed: int) -> None:
        self.world = World(seed)
        self.world.calm()

    def one(self, which: int) -> Process:
        alive = self.world.alive
        return alive[which % len(alive)]

    @rule(turns=st.integers(5, 80))
    def go_on(self, turns: int) -> None:
        for _ in range(turns):
            self.world.step()

    @rule(count=st.integers(1, 9), number=st.integers(0, 1))
    def produce(self, count: int, number: int) -> None:
        partitions = list(self.world.log.partitions.values())
        partitions[number % len(partitions)].produce(count)

    @precondition(lambda self: self.world.alive)
    @rule(which=WHICH)
    def kill(self, which: int) -> None:
        self.one(which).kill()

    @precondition(lambda self: self.world.alive)
    @rule(which=WHICH)
    def stop(self, which: int) -> None:
        self.one(which).stop()

    @rule()
    def start(self) -> None:
        faults.start(self.world)

    @rule()
    def rebalance(self) -> None:
        self.world.group.rebalance(self.world.alive)

    @precondition(lambda self: self.world.alive)
    @rule(which=WHICH)
    def rebalance_without(self, which: int) -> None:
        zombie = self.one(which)
        zombie.sleep(1_000.0)
        self.world.group.rebalance([one for one in self.world.alive if one is not zombie])

    @precondition(lambda self: self.world.alive)
    @rule(which=WHICH)
    def wake(self, which: int) -> None:
        self.one(which).asleep_until = 0.0

    @rule(fault=st.sampled_from(INSERT_FAULTS))
    def fail_the_next_insert(self, fault: str) -> None:
        self.world.store.planned.append(fault)

    @rule(full=st.booleans())
    def lose_the_store(self, full: bool) -> None:
        (self.world.store.be_full if full else self.world.store.be_away)(0.3)

    @rule()
    def merge_parts(self) -> None:
        self.world.store.merge()

    @rule()
    def damage_windows(self) -> None:
        faults.damage(self.world)

    @rule(lost=st.booleans())
    def lose_commits(self, lost: bool) -> None:
        self.world.lost_commits = float(lost)

    @rule()
    def read_all_again(self) -> None:
        faults.reset(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            with self.world:
                self.world.settle()


def test_whatever_goes_wrong_all_is_exact_in_the_end() -> None:
    run_state_machine_as_test(Pipeline, settings=SETTINGS)


@pytest.mark.parametrize("name", ["ack_before_insert", "dirty_window_evicted", "last_copy_wins"])
def test_it_finds_what_is_wrong(name: str) -> None:
    quick = settings(SETTINGS, phases=[Phase.generate])
    with MUTANTS[name](), pytest.raises(Broken):
        run_state_machine_as_test(Pipeline, settings=quick)
