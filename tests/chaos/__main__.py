"""`python -m tests.chaos`: faults for so many minutes, and the verdict. `make chaos` runs it.

Ends with exit code 1 and the exact rows when anything is not as the journal says.
"""

from __future__ import annotations

import random
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.chaos import mixes, report
from tests.chaos.run import Outcome, run
from tests.chaos.schedule import schedule
from tests.chaos.stage import Stage, StoreKind, open_stage

SHOWN = 50
LONG_MINUTES = 50
"""Runs of at least so long have the store away for more than 1,000 s, in their first half."""

console = Console()


class Class(StrEnum):
    """What is hurt."""

    SERVER = "server"
    CLUSTER = "cluster"
    EMBEDDED = "embedded"


ABOUT = {
    Class.SERVER: "3 workers, 6 partitions, one broker, a ClickHouse server",
    Class.CLUSTER: "3 workers, 6 partitions, three brokers, a ClickHouse server",
    Class.EMBEDDED: "1 worker, 6 partitions, one broker, the embedded store",
}
MIXES = {
    Class.SERVER: mixes.SERVER,
    Class.CLUSTER: mixes.CLUSTER,
    Class.EMBEDDED: mixes.EMBEDDED,
}


def main(
    *,
    minutes: Annotated[float, typer.Option(help="How long each class is hurt.")] = 60,
    events: Annotated[int, typer.Option(help="Records sent to each class.")] = 2_000_000,
    faults: Annotated[int, typer.Option(help="Faults of each class.")] = 320,
    seed: Annotated[int | None, typer.Option(help="Of input and schedule; drawn if unset.")] = None,
    store: Annotated[
        list[Class] | None, typer.Option(help="server, cluster, embedded; repeat it for several.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="A new folder for logs, data, journal.")] = None,
) -> None:
    """Hurt real servers and workers, then compare every row with the journal."""
    seed = random.randrange(1_000_000) if seed is None else seed
    console.print(f"seed {seed}")
    with tempfile.TemporaryDirectory(prefix="pulse-chaos-") as folder:
        reports = []
        for each in store or [Class.SERVER]:
            base = (keep or Path(folder)) / each
            base.mkdir(parents=True)
            reports.append(
                _one(each, base, seconds=minutes * 60, events=events, faults=faults, seed=seed)
            )
            report.write(reports)
    failed = False
    for one in reports:
        failed |= _tell(one)
    console.print(f"written: {report.RESULTS}")
    raise typer.Exit(int(failed))


def _one(
    each: Class, folder: Path, *, seconds: float, events: int, faults: int, seed: int
) -> report.Report:
    kind: StoreKind = "embedded" if each is Class.EMBEDDED else "server"
    workers = 1 if each is Class.EMBEDDED else 3
    strikes = schedule(seed, MIXES[each], faults, seconds)
    if each is Class.SERVER and seconds >= LONG_MINUTES * 60:
        strikes = mixes.with_long_outage(strikes, seconds)
    with (
        open_stage(folder, kind, workers=workers, brokers=3 if each is Class.CLUSTER else 1) as on,
        Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("faults"),
            TimeElapsedColumn(),
            console=console,
        ) as progress,
    ):
        task = progress.add_task(each, total=len(strikes))

        def on_round(outcome: Outcome) -> None:
            progress.update(task, completed=outcome.faults.total())

        outcome = run(on, strikes, seed=seed, events=events, seconds=seconds, on_round=on_round)
        return report.Report(each, _about(each, on), outcome)


def _about(each: Class, stage: Stage) -> str:
    store = stage.open_store()
    try:
        engine = store.version()
    finally:
        store.close()
    disk = "" if each is Class.EMBEDDED or stage.disk else "; no rights to fill a disk"
    return f"{ABOUT[each]} {engine}{disk}"


def _tell(one: report.Report) -> bool:
    """Say how a class went; whether it failed."""
    outcome, mismatches = one.outcome, one.outcome.verdict.mismatches
    console.print(
        f"{one.name}: {outcome.faults.total()} faults, {outcome.events:,} records,"
        f" {len(mismatches)} mismatches"
    )
    for row in mismatches[:SHOWN]:
        console.print(row, markup=False, highlight=False)
    if len(mismatches) > SHOWN:
        console.print(f"... and {len(mismatches) - SHOWN} more")
    if mismatches:
        console.print(f"The schedule again: --seed {outcome.seed}")
    return bool(mismatches)


if __name__ == "__main__":
    typer.run(main)
