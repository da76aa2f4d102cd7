"""`python -m tests.benchmarks.alerts`: the drop alerts on communities whose drops are known.

Writes `deploy/prometheus/BACKTEST.md` and `backtest.svg` beside it.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from pipeline.sources.irc import PACKAGED_LOGS
from tests.benchmarks.alerts import picture
from tests.benchmarks.alerts.cells import RESTLESS, SIZES, trials
from tests.benchmarks.alerts.real import channel
from tests.benchmarks.alerts.report import panels, report
from tests.benchmarks.alerts.trial import Trial
from tests.benchmarks.course import ROOT
from tests.benchmarks.machine import machine
from tests.benchmarks.screen import run, watched

FOLDER = ROOT / "deploy" / "prometheus"
GROUPS = 50
SEED = 20_261_129


def main(
    *,
    groups: Annotated[int, typer.Option(help="Groups of each kind.", min=4)] = GROUPS,
    seed: Annotated[int, typer.Option(help="What everything is drawn from.")] = SEED,
    processes: Annotated[int | None, typer.Option(help="At once. [default: cores]")] = None,
    logs: Annotated[
        Path, typer.Option(help="Logs of the real channel; default: the packaged 18 weeks.")
    ] = PACKAGED_LOGS,
    folder: Annotated[Path, typer.Option(help="Where the results are written.")] = FOLDER,
) -> None:
    """Measure false alarms, detection and delay, and write them down."""
    measured_on = machine()
    count = len(SIZES) + len(RESTLESS)
    done: dict[tuple[int, float, float], Trial] = {}
    with watched() as progress, tempfile.TemporaryDirectory(prefix="pulse-backtest-") as store:
        progress("Living two years", 0, count)
        for trial in trials(seed, groups, processes):
            done[trial.cell.size, trial.cell.rate, trial.cell.cv] = trial
            progress("Living two years", len(done), count)
        real = channel(logs, Path(store) / "store", progress)
    sizes, restless = (
        [done[cell.size, cell.rate, cell.cv] for cell in cells] for cells in (SIZES, RESTLESS)
    )
    chosen = "" if groups == GROUPS else f" --groups {groups}"
    command = f"python -m tests.benchmarks.alerts{chosen}" + (
        "" if seed == SEED else f" --seed {seed}"
    )
    if logs != PACKAGED_LOGS:
        command += f" --logs {logs.name}"
    (folder / "BACKTEST.md").write_text(
        report(sizes, restless, real, {"seed": f"{seed}", **measured_on}, command)
    )
    (folder / "backtest.svg").write_text(picture.svg(panels(sizes)))


if __name__ == "__main__":
    run(main)
