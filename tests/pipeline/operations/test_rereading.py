from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.errors import GroupInUse
from pipeline.operations.rereading import Step, plan, set_back

COMMITTED = {("chat", 0): 50, ("chat", 1): 7, ("join", 0): 9}


def group(*members: str) -> Any:
    """A group that has come to COMMITTED, and notes what it is set to in `told`."""
    told: list[Any] = []
    return SimpleNamespace(
        group="workers",
        told=told,
        members=lambda: list(members),
        committed=lambda: COMMITTED,
        starts=lambda: {("chat", 0): 10, ("chat", 1): 7, ("join", 0): 0, ("join", 1): 0},
        appended_since=lambda ms: {("chat", 0): ms, ("chat", 1): 8, ("join", 0): 4},
        reset=told.append,
    )


def test_every_partition_that_has_come_further_goes_to_its_start() -> None:
    workers = group()
    steps = plan(workers, None)
    assert steps == [Step("chat", 0, 50, 10), Step("join", 0, 9, 0)]
    assert [step.records for step in steps] == [40, 9]
    set_back(workers, steps)
    assert workers.told == [{("chat", 0): 10, ("join", 0): 0}]


def test_a_moment_never_sets_a_partition_forward() -> None:
    assert plan(group(), 60) == [Step("join", 0, 9, 4)]
    assert plan(group(), 20) == [Step("chat", 0, 50, 20), Step("join", 0, 9, 4)]


def test_nothing_planned_is_nothing_done() -> None:
    workers = group()
    set_back(workers, [])
    assert workers.told == []


def test_a_group_with_workers_is_refused() -> None:
    with pytest.raises(GroupInUse, match=r"The group has 2 workers running: a/1, b/2"):
        plan(group("a/1", "b/2"), None)
