"""The smoke of the chaos: two minutes of faults, and not one row may be wrong.

`make chaos` runs the whole of it. A failing run's schedule comes again with its seed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.mixes import SMOKE, SMOKE_EMBEDDED, Mix
from tests.chaos.nemeses import WorkerKill
from tests.chaos.run import Outcome, run
from tests.chaos.schedule import schedule
from tests.chaos.stage import StoreKind, open_stage

pytestmark = pytest.mark.server

SEED = 1
STRIKES_WITHIN = 0.75
"""Of the time of a run. Those that waited in vain for an insert to hurt, as workers take long to
start on a busy machine, are tried again in the rest."""


def hurt(
    folder: Path,
    store: StoreKind,
    *,
    workers: int,
    mix: Mix,
    faults: int,
    seconds: float,
    events: int,
) -> Outcome:
    with open_stage(folder, store, workers=workers) as stage:
        strikes = schedule(SEED, mix, faults, STRIKES_WITHIN * seconds)
        outcome = run(stage, strikes, seed=SEED, events=events, seconds=seconds)
    assert outcome.verdict.mismatches[:20] == []
    assert outcome.events == events
    assert set(outcome.faults) == {nemesis.name for nemesis in mix}
    return outcome


def test_three_workers_on_a_server(tmp_path: Path) -> None:
    outcome = hurt(tmp_path, "server", workers=3, mix=SMOKE, faults=28, seconds=130, events=100_000)
    assert outcome.faults[WorkerKill.name] >= 20


def test_one_worker_that_owns_its_store(tmp_path: Path) -> None:
    outcome = hurt(
        tmp_path, "embedded", workers=1, mix=SMOKE_EMBEDDED, faults=6, seconds=36, events=20_000
    )
    assert outcome.faults[WorkerKill.name] >= 3
