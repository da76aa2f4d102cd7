from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from rich.console import Console

from deploy.local import demo_history
from deploy.local.demo_history import history_steps, wait_for_beat, wait_until_applied
from deploy.local.demo_processes import PulseUp, Simulator
from deploy.local.watch import Pipeline, Worker
from pipeline.errors import PulseError


class Up:
    """Stands for the worker: `looks` are what /metrics says, one after another, then the last."""

    url = "http://127.0.0.1:1/metrics"
    log = Path("up.log")
    running = True

    def __init__(self, looks: Sequence[Pipeline]) -> None:
        self._looks = list(looks)
        self.seen = 0

    def look(self, _: str) -> Worker:
        self.seen += 1
        return Worker(self._looks.pop(0) if len(self._looks) > 1 else self._looks[0])


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_history, "POLL_S", 0.0)


def meet(looks: Sequence[Pipeline], monkeypatch: pytest.MonkeyPatch) -> Up:
    up = Up(looks)
    monkeypatch.setattr(demo_history, "fetch", lambda url: url)
    monkeypatch.setattr(demo_history, "read_worker", up.look)
    return up


def reading(read: int, lag: int = 0, *, caught_up: bool = True) -> Pipeline:
    return Pipeline({"counted": read}, lag_records=lag, caught_up=caught_up)


def wait(up: Up) -> str:
    return wait_until_applied(cast(PulseUp, up), Console(quiet=True))


@pytest.mark.parametrize(
    ("looks", "seen"),
    [
        ([reading(9)], 3),
        ([reading(1, 8), reading(9)], 4),
        ([reading(9), reading(9), reading(9, 1), reading(10)], 6),
        ([reading(9, caught_up=False), reading(9)], 4),
    ],
    ids=["at rest", "catches up", "more arrives", "not yet assigned"],
)
def test_it_waits_for_three_quiet_looks_in_a_row(
    looks: Sequence[Pipeline], seen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    up = meet(looks, monkeypatch)
    wait(up)
    assert up.seen == seen


def test_it_says_how_much_was_taken_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wait(meet([reading(1_234)], monkeypatch)) == (
        "Worker: 1,234 records taken in while they were written"
    )
    assert wait(meet([reading(1_000, 234), reading(1_234)], monkeypatch)).startswith(
        "Worker: 1,234 records taken in, the last 234 at "
    )


def test_a_worker_that_ends_is_told_with_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    up = meet([reading(1, 1)], monkeypatch)
    up.running = False
    with pytest.raises(PulseError, match="worker has ended") as raised:
        wait(up)
    assert raised.value.where == "up.log"


def test_a_worker_that_stands_still_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_history, "PATIENCE_S", 0.05)
    with pytest.raises(PulseError, match="nothing for 0 s, though 7 records wait"):
        wait(meet([reading(1, 7)], monkeypatch))


def test_only_a_fresh_beat_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_history.time, "time", lambda: 1_000.0)
    looks = [Pipeline(), Pipeline(beats={"s": 960.0}), Pipeline(beats={"s": 999.0})]
    up = meet(looks, monkeypatch)
    wait_for_beat(cast(Simulator, up), cast(PulseUp, up))
    assert up.seen == 3


def test_a_beat_that_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_history, "BEAT_WITHIN_S", 0.05)
    up = meet([Pipeline()], monkeypatch)
    with pytest.raises(PulseError, match="No heartbeat"):
        wait_for_beat(cast(Simulator, up), cast(PulseUp, up))


def test_a_simulator_that_has_ended_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    up = meet([Pipeline()], monkeypatch)
    up.running = False
    with pytest.raises(PulseError, match="No heartbeat"):
        wait_for_beat(cast(Simulator, up), cast(PulseUp, up))
    assert up.seen == 0


def test_a_step_is_told_with_all_that_was_made_up() -> None:
    reference, irc, orders, simulation = history_steps(8)
    added = {"added": 2, "changed": 0, "removed": 0, "unchanged": 1}
    assert "MADE UP" in reference.title
    assert reference.tell({"tables": {"dim_group": added, "dim_tag": added}}, 1.0) == (
        "6 rows of 2 dimension tables (1.0 s)"
    )
    counts = {"sent": {"chat": 6_104, "join": 9}, "rejected": {"bad_line": 7}, "shift_weeks": 750}
    assert irc.tell({**counts, "note": ""}, 2.0) == (
        "6,104 chat, 9 join (2.0 s, 3,056/s); 7 lines rejected; dates moved by 750 weeks"
    )
    assert orders.tell({**counts, "note": "MADE UP: all"}, 2.0).endswith("; MADE UP: all")
    assert "MADE UP" in simulation.title
    assert simulation.tell({"events": 9_000, "groups": 24, "seed": 8}, 3.0) == (
        "9,000 events (3.0 s, 3,000/s) of 24 groups, seed 8"
    )
    assert simulation.arguments[-2:] == ("--seed", "8")
