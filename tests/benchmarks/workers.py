"""`python -m tests.benchmarks.workers`: two workers against one.

The full job into the server store, on topics whose partitions all hold alike. The broker waits for
all to come before it assigns partitions, and the clock starts when all have counted. Broker and
store share the machine, so what a second worker can add is bounded by the cores that are left: the
CPU budget tells.
"""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from deploy.local.servers import Kafka
from tests.benchmarks import contest, targets
from tests.benchmarks.contestant import Contestant, Running
from tests.benchmarks.course import Course
from tests.benchmarks.figures import BESIDE, Figures, ratio
from tests.benchmarks.generate import Even
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.process_tree import Usage
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, servers


class PatientKafka(Kafka):
    """A broker that gives a new group time to gather."""

    def properties(self) -> str:
        delay = "group.initial.rebalance.delay.ms="
        return super().properties().replace(f"{delay}0", f"{delay}10000")


class Team(Running):
    """Workers of one consumer group on one database."""

    def __init__(self, size: int, course: Course, folder: Path) -> None:
        self._workers: list[ServerWorker] = []
        shared: dict[str, str] = {}
        for number in range(size):
            own = folder / f"{folder.name}_{number}"
            own.mkdir()
            worker = ServerWorker(course, own, env=shared | {"PULSE_INSTANCE": f"bench-{number}"})
            shared = {name: worker.environment[name] for name in ("PULSE_STORE", "PULSE_GROUP")}
            self._workers.append(worker)
        self.target = course.filled.total
        self.log = self._workers[0].log

    @property
    def pid(self) -> int:
        return self._workers[0].pid

    def usage(self) -> Usage:
        return sum((worker.usage() for worker in self._workers), Usage())

    def ended(self) -> bool:
        return any(worker.ended() for worker in self._workers)

    def counted(self) -> int:
        counts = [worker.counted() for worker in self._workers]
        return sum(counts) if all(counts) else 0

    def check(self) -> None:
        self.stop()
        self._workers[0].check()

    def stop(self) -> None:
        for worker in self._workers:
            worker.stop()

    def leave(self) -> None:
        self._workers[0].leave()


def team(name: str, size: int) -> Contestant:
    return Contestant(name, f"{size} workers", "full", "", partial(Team, size), peer=False)


ONE, TWO = team("one", 1), team("two", 2)


def main(
    *,
    events: Annotated[int, typer.Option(help="Events in the topics.")] = 2_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each.")] = 3,
    results: Results = True,
) -> None:
    """Measure two workers beside one."""
    with watched() as progress, course_of(events, progress, Even(), PatientKafka) as course:
        versions = servers(course)
        outcome = contest.compete(course, [ONE, TWO], runs, folder_of(course, "of"), progress)
    times = ratio(outcome.found, "two", "one") or 0.0
    table = Table(
        ["workers", "events/s", "min", "max", *(f"cores: {name}" for name in ("workers", *BESIDE))],
        [_row(name, figures) for name, figures in outcome.found.items()],
    )
    conclude(
        "workers",
        title="Two workers against one: the full job, server store",
        command=f"python -m tests.benchmarks.workers --events {events} --runs {runs}",
        versions=versions,
        table=table,
        verdicts=[targets.at_least("two workers against one", times, 1.6, " x")],
        figures={name: figures.as_json() for name, figures in outcome.found.items()},
        notes=[
            f"The machine has {os.cpu_count()} cores: where the columns add up to that, no worker"
            " more makes it faster.",
            *(f"{name} failed: {why}" for name, why in outcome.failed.items()),
        ],
        kept=results,
    )


def _row(name: str, figures: Figures) -> list[str]:
    speed = figures.speed
    budget = (figures.cpu, *(figures.beside(one) for one in BESIDE))
    return [
        name,
        *(f"{value:,.0f}" for value in (speed.median, speed.low, speed.high)),
        *(f"{per_million * speed.median / 1e6:.2f}" for per_million in budget),
    ]


if __name__ == "__main__":
    run(main)
