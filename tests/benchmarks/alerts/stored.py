"""`python -m tests.benchmarks.alerts.stored`: the stored milestones' alerts on known drops.

Writes `deploy/prometheus/BACKTEST_STORED.md`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tests.benchmarks.alerts.__main__ import FOLDER, SEED
from tests.benchmarks.alerts.kinds import KINDS
from tests.benchmarks.alerts.stored_report import report
from tests.benchmarks.alerts.stored_trial import SIZES, Trial, trials
from tests.benchmarks.machine import machine
from tests.benchmarks.screen import run, watched

GROUPS = 40


def main(
    *,
    groups: Annotated[int, typer.Option(help="Groups of each size.", min=4)] = GROUPS,
    seed: Annotated[int, typer.Option(help="What everything is drawn from.")] = SEED,
    processes: Annotated[int | None, typer.Option(help="At once. [default: cores]")] = None,
    folder: Annotated[Path, typer.Option(help="Where the results are written.")] = FOLDER,
) -> None:
    """Measure false alarms, detection and delay of each stored milestone, and write them down."""
    measured_on = machine()
    count = len(SIZES) * len(KINDS)
    done: list[Trial] = []
    with watched() as progress:
        progress("Living two years", 0, count)
        for trial in trials(seed, groups, processes):
            done.append(trial)
            progress("Living two years", len(done), count)
    command = "python -m tests.benchmarks.alerts.stored" + (
        "" if groups == GROUPS else f" --groups {groups}"
    )
    command += "" if seed == SEED else f" --seed {seed}"
    text = report(done, groups, {"seed": f"{seed}", **measured_on}, command)
    (folder / "BACKTEST_STORED.md").write_text(text)


if __name__ == "__main__":
    run(main)
