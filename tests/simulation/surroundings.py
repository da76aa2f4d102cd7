"""What a process finds around it: the virtual clock, no logger, and an exit that is noticed."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Never
from unittest.mock import MagicMock, patch

from agents import commit
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
    return stack
