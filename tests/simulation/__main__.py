"""`make simulate`: many seeds; one that fails prints itself, its trace and how to run it again."""

from __future__ import annotations

import os
import sys
import time
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.runner import failure_of, failures

console = Console(soft_wrap=True, highlight=False)


def main(
    seeds: Annotated[int, typer.Option(help="How many seeds.")] = 5_000,
    first: Annotated[int, typer.Option(help="The first of them.")] = 0,
    jobs: Annotated[int, typer.Option(help="Processes.")] = os.cpu_count() or 1,
    seed: Annotated[int | None, typer.Option(help="Only this one.")] = None,
    trace: Annotated[bool, typer.Option(help="With --seed: print what happens.")] = False,
) -> None:
    """Run the worker's own code against simulated faults, and compare with the truth."""
    if seed is not None:
        _report(seed, failure_of(seed, _print if trace else None))
        return
    started = time.monotonic()
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("seeds"), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=seeds)
        for one, failure in failures(range(first, first + seeds), jobs):
            if failure is not None:
                progress.stop()
                failure_of(one, _print)
                _report(one, failure)
            progress.advance(task)
    seconds = time.monotonic() - started
    console.print(
        f"{seeds:,} seeds from {first:,} on: every one exact; "
        f"{seconds:,.0f} s, {seeds / seconds:.1f} seeds/s on {jobs} processes"
    )


def _print(line: str) -> None:
    console.print(line, markup=False)


def _report(seed: int, failure: str | None) -> None:
    if failure is None:
        console.print(f"seed {seed}: exact")
        return
    _print(f"\nseed {seed} fails: {failure}")
    _print(f"again: {sys.executable} -m tests.simulation --seed {seed} --trace")
    raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
