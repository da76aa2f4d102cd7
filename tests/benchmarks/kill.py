"""`python -m tests.benchmarks.kill`: kill -9 of a worker under load, and how it comes back.

Events come all the time. The worker is killed and started again at once, as a supervisor does, and
the clock runs from the kill to the first new row in the store: with a static membership
(PULSE_INSTANCE) and without, where the broker first waits for the session to end. Then it stays
away for a while, and what has piled up is drained, with nothing coming any more.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from statistics import median
from typing import Annotated

import typer
from clickhouse_driver import Client

from deploy.local.ports import HOST
from pipeline.progress import Progress
from tests.benchmarks import targets
from tests.benchmarks.course import Course
from tests.benchmarks.live import wait
from tests.benchmarks.ours import Environment, ServerWorker
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, sending, servers
from tests.benchmarks.stopwatch import await_that

ASK_S = 0.02
STEADY_S = 5.0
LIMIT_S = 10.0
STILL_S = 3.0
GROUPS = 200
FOR_LONG_S = 3_600.0
MEMBERSHIPS: Mapping[str, Environment] = {"static": {"PULSE_INSTANCE": "bench-0"}, "dynamic": {}}


class Store:
    """What a worker has stored."""

    def __init__(self, worker: ServerWorker, course: Course) -> None:
        self._client = Client(HOST, course.clickhouse.ports[0], database=worker.database)

    def records(self) -> int:
        """Records of all topics, by the rows of the offsets."""
        ((records,),) = self._client.execute("SELECT sum(n) FROM offsets")
        return int(records)

    def chats(self) -> int:
        """Rows of chats, whose first one more is the first new row."""
        ((rows,),) = self._client.execute("SELECT count() FROM fact_chat")
        return int(rows)


def main(
    *,
    rate: Annotated[float, typer.Option(help="Events per second.")] = 5_000,
    runs: Annotated[int, typer.Option(help="Kills, of each membership.")] = 5,
    away: Annotated[float, typer.Option(help="Seconds the worker stays away in the end.")] = 60,
    results: Results = True,
) -> None:
    """Measure the way back after kill -9, and the drain of a backlog."""
    with watched() as progress, course_of(0, progress) as course:
        versions = servers(course)
        recoveries = {
            name: _recoveries(course, name, rate=rate, runs=runs, progress=progress)
            for name in MEMBERSHIPS
        }
        drained, speed = _drained(course, rate, away, progress)
    told = {name: (median(times), max(times)) for name, times in recoveries.items()}
    table = Table(
        ["membership", "kills", "to the first new row, median", "longest"],
        [
            [name, str(runs), f"{middle:.1f} s", f"{longest:.1f} s"]
            for name, (middle, longest) in told.items()
        ],
    )
    conclude(
        "kill",
        title=f"kill -9 at {rate:,.0f} events/s",
        command=f"python -m tests.benchmarks.kill --rate {rate:g} --runs {runs} --away {away:g}",
        versions=versions,
        table=table,
        verdicts=[
            targets.at_most(f"{name} membership, longest", longest, LIMIT_S, " s")
            for name, (_, longest) in told.items()
        ],
        figures={**recoveries, "drained": drained, "drained_per_second": speed},
        notes=[
            f"A backlog of {drained:,} records was then drained at {speed:,.0f} records/s, from the"
            " first new row to the last."
        ],
        kept=results,
    )


def _recoveries(
    course: Course, name: str, *, rate: float, runs: int, progress: Progress
) -> list[float]:
    """Seconds from each kill to the first new row."""
    found = []
    folder = folder_of(course, f"kill_{name}")
    with (
        going(ServerWorker(course, folder, env=MEMBERSHIPS[name])) as worker,
        sending(course, rate=rate, groups=GROUPS, seconds=FOR_LONG_S),
    ):
        store = Store(worker, course)
        await_that(lambda: store.chats() > 0, worker)
        for number in range(runs):
            wait(STEADY_S, f"{name} {number + 1} of {runs}: steady", progress)
            worker.kill()
            killed = time.monotonic()
            before = store.chats()
            worker.start()
            await_that(lambda before=before: store.chats() > before, worker)
            found.append(time.monotonic() - killed)
    return found


def _drained(course: Course, rate: float, away: float, progress: Progress) -> tuple[int, float]:
    """Records of a backlog, and how many a second were drained; the end is where none come more."""
    with going(ServerWorker(course, folder_of(course, "drain"))) as worker:
        store = Store(worker, course)
        with sending(course, rate=rate, groups=GROUPS, seconds=FOR_LONG_S):
            await_that(lambda: store.chats() > 0, worker)
            wait(STEADY_S, "steady", progress)
            worker.kill()
            before = store.records()
            wait(away, "the worker is away", progress)
        worker.start()
        await_that(lambda: store.records() > before, worker)
        began = ended = time.monotonic()
        first = last = store.records()
        while time.monotonic() - ended < STILL_S:
            now = store.records()
            if now > last:
                last, ended = now, time.monotonic()
            progress("draining", last - before, None)
            time.sleep(ASK_S)
    if last == first:
        raise worker.failure("The backlog was one commit: let the worker stay away for longer")
    return last - before, (last - first) / (ended - began)


if __name__ == "__main__":
    run(main)
