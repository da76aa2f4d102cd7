"""What a process finds around it: the virtual clock, no logger, and an exit that is noticed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import SimpleNamespace
from typing import Never
from unittest.mock import MagicMock, patch

import polars as pl

from agents import commit
from pipeline.core import fold
from pipeline.core.fold import Grouped
from pipeline.core.measures import Measures
from tests.simulation.scheduler import Killed, Scheduler

PER_WINDOW = (
    "partitions", "keys", "rows", "ids", "people", "sums", "first_offset", "last_offset",
)  # fmt: skip
"""What `Grouped` has one of for each window."""


def simulated(scheduler: Scheduler) -> ExitStack:
    """Put the committer into `scheduler`'s time until the stack is closed."""

    def leave(_: int) -> Never:
        scheduler.failure = sys.exception()
        raise Killed

    def now() -> float:
        return scheduler.now

    stack = ExitStack()
    for name, stand_in in {
        "time": SimpleNamespace(monotonic=now, perf_counter=now),
        "os": SimpleNamespace(_exit=leave),
        "log": MagicMock(),
    }.items():
        stack.enter_context(patch.object(commit, name, stand_in))
    stack.enter_context(patch.object(fold, "group", _in_order(fold.group)))
    return stack


def _in_order(group: Callable[[pl.DataFrame, Measures], Grouped]) -> Callable[..., Grouped]:
    """`group`, whose windows come in no certain order, in a certain order: a seed decides all."""

    def group_in_order(batch: pl.DataFrame, measures: Measures) -> Grouped:
        found = group(batch, measures)
        places = list(zip(found.partitions, found.keys, strict=True))
        order = sorted(range(len(places)), key=places.__getitem__)
        lists = (
            "partitions",
            "keys",
            "rows",
            "ids",
            "people",
            "sums",
            "first_offset",
            "last_offset",
        )
        return replace(
            found, **{name: [getattr(found, name)[at] for at in order] for name in lists}
        )

    return group_in_order
