"""Runs of many seeds, on several cores; one seed always runs the same."""

from __future__ import annotations

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from multiprocessing.pool import Pool

from tests.simulation.mutants import MUTANTS
from tests.simulation.scheduler import Broken
from tests.simulation.world import World

ALONE = {"POLARS_MAX_THREADS": "1"}
"""Frames are small here: threads within a process would only wait for each other."""


def failure_of(seed: int, tell: Callable[[str], None] | None = None) -> str | None:
    """What does not hold in the run of `seed`, None if all does; `tell` hears every step."""
    with World(seed, tell) as world:
        try:
            world.run()
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return None


def failures(seeds: Iterable[int], jobs: int) -> Iterator[tuple[int, str | None]]:
    """Each seed with what does not hold in its run, in any order."""
    with _processes(jobs) as pool:
        yield from pool.imap_unordered(_tried, seeds, chunksize=25)


def killers(bound: int, jobs: int, known: Mapping[str, int]) -> dict[str, int | None]:
    """Of each mutant a seed below `bound` that finds it, None if it survives them all.

    `known`: the seed to try first; where it finds nothing, all are tried in order.
    """
    assert all(seed < bound for seed in known.values())
    tasks = [(name, known.get(name, 0), bound) for name in MUTANTS]
    with _processes(jobs) as pool:
        return dict(pool.imap_unordered(_first_to_find, tasks))


def _tried(seed: int) -> tuple[int, str | None]:
    return seed, failure_of(seed)


def _first_to_find(task: tuple[str, int, int]) -> tuple[str, int | None]:
    name, known, bound = task
    with MUTANTS[name]():
        return name, next(filter(_is_broken, chain((known,), range(bound))), None)


def _is_broken(seed: int) -> bool:
    """Whether an invariant does not hold; a mutant that merely raises proves nothing."""
    with World(seed) as world:
        try:
            world.run()
        except Broken:
            return True
    return False


def _spare_the_collector() -> None:
    """What is imported stays; and a world leaves few cycles, of which the rest is memory enough."""
    gc.freeze()
    gc.set_threshold(20_000)


@contextmanager
def _processes(count: int) -> Iterator[Pool]:
    before = {name: os.environ.get(name) for name in ALONE}
    os.environ.update(ALONE)
    try:
        with multiprocessing.get_context("spawn").Pool(count, _spare_the_collector) as pool:
            yield pool
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
