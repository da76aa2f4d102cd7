"""What a process finds around it: the virtual clock, no logger, and an exit that is noticed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Never
from unittest.mock import MagicMock, patch

from agents import commit, live, readthrough, storing
from tests.simulation.scheduler import Killed, Scheduler


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
    for name, most in {
        "KEYS_IN_A_QUERY": scheduler.chance.choice((1, 2, 500)),
        "WINDOWS_IN_A_QUERY": scheduler.chance.choice((1, 3, 100_000)),
        "SPARE": scheduler.chance.choice((1, 1_000)),
    }.items():
        stack.enter_context(patch.object(readthrough, name, most))
    waiting = scheduler.chance.choice((0, 2, 1_000))
    stack.enter_context(patch.object(live, "WAITING_ROWS", waiting))
    for module in (live, storing):
        stack.enter_context(patch.object(module, "log", MagicMock()))
    return stack
