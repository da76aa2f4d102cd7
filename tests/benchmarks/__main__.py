"""`make bench`: the full job and the bare count, ours beside the peers', on the same topics.

Bare count: chats of the topic community.chat, counted by group and minute of their event_time.
Full job: all topics; every event stored as a fact once and every minute window stored exact.
Each run is checked: a count that does not add up to the events there are is a failure.
`--quick` (`make bench-quick`) runs ours, stock Faust and the limit, with fewer events.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local.stack import LOCAL
from pipeline.errors import UsageError
from tests.benchmarks import chart, contest, targets
from tests.benchmarks.contestant import Contestant
from tests.benchmarks.course import open_course
from tests.benchmarks.entries import ENTRIES, QUICK
from tests.benchmarks.machine import machine, servers
from tests.benchmarks.results import Section, Table
from tests.benchmarks.screen import console, publish, run, watched

QUICK_EVENTS, QUICK_RUNS = 500_000, 2
EVENTS, RUNS = 1_000_000, 3
QUICK_JSON = LOCAL / "bench.json"
PICTURE = Path(__file__).with_name("results.svg")


def main(
    *,
    events: Annotated[
        int | None, typer.Option(help=f"Events in the topics. [default: {EVENTS:,}]", min=20_000)
    ] = None,
    runs: Annotated[
        int | None, typer.Option(help=f"Runs of each. [default: {RUNS}]", min=1)
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this contestant; repeat it for several.")
    ] = None,
    peers: Annotated[bool, typer.Option(help="Run the peers too.")] = True,
    json_path: Annotated[Path | None, typer.Option("--json", help="Write figures there.")] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Ours, stock Faust and the limit, with few events.")
    ] = False,
    results: Annotated[bool, typer.Option(help="Write RESULTS.md and results.svg.")] = True,
) -> None:
    """Measure the contestants and print the figures."""
    contestants = chosen(only or (QUICK if quick else list(ENTRIES)), peers=peers)
    events = events or (QUICK_EVENTS if quick else EVENTS)
    runs = runs or (QUICK_RUNS if quick else RUNS)
    measured_on = machine()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder, watched() as progress:
        missing = contest.prepare(contestants, progress)
        ready = [one for one in contestants if one.name not in missing]
        with open_course(Path(folder), events, progress=progress) as course:
            measured_on |= servers(course)
            outcome = contest.compete(course, ready, runs, Path(folder) / "runs", progress)
    failed = {**missing, **outcome.failed}
    figures = as_json(measured_on, outcome, failed)
    command = f"python -m tests.benchmarks --events {events} --runs {runs}"
    section = Section(
        name="contestants",
        title=f"{events:,} events, 4 partitions, 500 groups",
        command=command,
        measured_on=measured_on,
        tables=[
            contest.table(contestants, outcome.found),
            Table(targets.COLUMNS, [one.row for one in targets.verdicts(outcome.found)], "Targets"),
            contest.settings(contestants),
        ],
        notes=[f"{name} did not finish: {why}" for name, why in failed.items()],
        picture=PICTURE.name,
        figures=figures,
    )
    kept = results and peers and not quick and not only
    if kept:
        PICTURE.write_text(picture(section.title, contestants, outcome))
    publish(section, kept=kept)
    for path in filter(None, (json_path, QUICK_JSON if quick else None)):
        path.write_text(json.dumps(figures, indent=1) + "\n")
        console.print(f"written: {path}")
    raise typer.Exit(int(bool(failed)))


def chosen(names: Sequence[str], *, peers: bool) -> list[Contestant]:
    """The contestants of these names, in the order of the entries."""
    if unknown := set(names) - set(ENTRIES):
        raise UsageError(
            f"No such contestant: {', '.join(sorted(unknown))}",
            where="--only",
            remedy=f"There are {', '.join(ENTRIES)}.",
        )
    return [one for one in ENTRIES.values() if one.name in names and (peers or not one.peer)]


def as_json(
    measured_on: dict[str, str], outcome: contest.Outcome, failed: dict[str, str]
) -> dict[str, Any]:
    """The figures of a run, for a file."""
    return {
        "measured_on": measured_on,
        "runs": {name: figures.as_json() for name, figures in outcome.found.items()},
        "failed": failed,
    }


def picture(title: str, contestants: Sequence[Contestant], outcome: contest.Outcome) -> str:
    """The speeds as a chart."""
    bars = [
        chart.Bar(f"{one.title}", speed.median, speed.low, speed.high, ours=not one.peer)
        for one in contestants
        if one.name in outcome.found
        for speed in (outcome.found[one.name].speed,)
    ]
    return chart.svg(f"Events per second; {title}", bars)


if __name__ == "__main__":
    run(main)
