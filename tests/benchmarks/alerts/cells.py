"""Which kinds of groups are tried, and the run of all of them on the machine's cores."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial

from tests.benchmarks.alerts.communities import Cell
from tests.benchmarks.alerts.trial import Trial, tried

SIZES = (
    Cell(20, 0.3),
    Cell(200, 0.1),
    Cell(200, 0.3),
    Cell(200, 0.4),
    Cell(2_000, 0.05),
    Cell(2_000, 0.15),
    Cell(2_000, 0.3),
    Cell(20_000, 0.1),
    Cell(20_000, 0.3),
)
"""Groups of every size, calm and lively ones; "200 groups of all sizes" are a ninth of each."""
RESTLESS = (
    Cell(2_000, 0.05, cv=0.2),
    Cell(2_000, 0.3, cv=0.05),
    Cell(2_000, 0.3, cv=0.2),
)
"""Days that differ less, and more, than elsewhere."""
UNINFORMED = frozenset({Cell(200, 0.3), Cell(2_000, 0.05), Cell(2_000, 0.3), Cell(20_000, 0.1)})
"""Tried as well with calendars that say nothing."""


def trials(seed: int, groups: int, processes: int | None = None) -> Iterator[Trial]:
    """Each cell's trial, as they are done."""
    # Polars has threads of its own, which a fork would lose.
    spawn = multiprocessing.get_context("spawn")
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=spawn) as pool:
        jobs = [
            pool.submit(
                partial(tried, _sized(cell, groups), seed=seed, uninformed=cell in UNINFORMED)
            )
            for cell in (*SIZES, *RESTLESS)
        ]
        for job in as_completed(jobs):
            yield job.result()


def _sized(cell: Cell, groups: int) -> Cell:
    return Cell(cell.size, cell.rate, cell.cv, cell.again, groups)
