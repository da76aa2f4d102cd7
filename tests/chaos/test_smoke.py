"""The smoke of the chaos: a minute or two of faults, and not one row may be wrong.

`make chaos` runs the whole of it. The schedule of a failing run is that of its seed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.mixes import SMOKE
from tests.chaos.nemeses import WorkerKill
from tests.chaos.run import run
from tests.chaos.schedule import schedule
from tests.chaos.stage import open_stage

pytestmark = pytest.mark.server

SEED = 1


def test_three_workers_on_a_server(tmp_path: Path) -> None:
    seconds = 110.0
    with open_stage(tmp_path, "server", workers=3) as stage:
        strikes = schedule(SEED, SMOKE, 26, seconds)
        outcome = run(stage, strikes, seed=SEED, events=100_000, seconds=seconds)
    assert outcome.verdict.mismatches == []
    assert outcome.faults[WorkerKill.name] >= 20
