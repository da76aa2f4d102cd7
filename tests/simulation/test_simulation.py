"""The worker's own code is exact under thousands of seeds, and a seed always runs the same."""

from __future__ import annotations

import pytest

from tests.simulation.runner import failures
from tests.simulation.world import World

SEEDS = 1_500
"""What CI has time for; `make simulate` runs 100,000."""


@pytest.mark.timeout(3_600)
def test_every_seed_is_exact() -> None:
    failed = {
        seed: f"{failure} (again: python -m tests.simulation --seed {seed} --trace)"
        for seed, failure in failures(range(SEEDS), jobs=1)  # other tests run beside it
        if failure is not None
    }
    assert not failed


def test_a_seed_runs_the_same_again() -> None:
    traces = []
    for _ in range(2):
        with World(7) as world:
            world.run()
        traces.append(world.scheduler.trace)
    assert traces[0] == traces[1]
    assert len(traces[0]) > 20
