"""`python -m tests.benchmarks.kill`: kill -9 of a worker under load, and how it comes back.

Events come all the time. The worker is killed and started again at once, as a supervisor does, and
the clock runs from the kill to the first new row in the store: with a static membership
(PULSE_INSTANCE) and without, where the broker first waits for the session to end. Then it stays
away for a while, and what has piled up is drained, with nothing coming any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median
from typing import Annotated

import typer
from clickhouse_driver import Client

from deploy.local.ports import HOST
from tests.benchmarks import targets
from tests.benchmarks.live import wait
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, sending, servers
from tests.benchmarks.stopwatch import await_that

ASK_S = 0.02
STEADY_S = 5.0
LIMIT_S = 10.0
STILL_S = 3.0


class Store:
    """What is stored of the stream: records, by the offsets' own rows."""

    def __init__(self, worker: ServerWorker, port: int) -> None:
        self._client = Client(HOST, port, database=worker.database)

    def stored(self) -> int:
        ((records,),) = self._client.execute("SELECT sum(n) FROM offsets")
        return int(records)

    def facts(self) -> int:
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
    recoveries: dict[str, list[float]] = {}
    with watched() as progress, course_of(0, progress) as course:
        versions = servers(course)
        for name, env in (("static", {"PULSE_INSTANCE": "bench-0"}), ("dynamic", {})):
            with going(ServerWorker(course, folder_of(course, f"kill_{name}"), env=env)) as worker:
                store = Store(worker, course.clickhouse.ports[0])
                seconds = 600 + runs * 60 + away
                with sending(course, rate=rate, groups=200, seconds=seconds):
                    await_that(lambda store=store: store.facts() > 0, worker)
                    recoveries[name] = []
                    for number in range(runs):
                        wait(STEADY_S, f"{name} {number + 1} of {runs}: steady", progress)
                        recoveries[name].append(_kill(worker, store.facts))
                    worker.kill()
                    before = store.stored()
                    if name == "static":
                        wait(away, "the worker is away", progress)
                if name == "static":
                    worker.start()
                    drained, speed = _drain(worker, store, before)
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


def _kill(worker: ServerWorker, rows: Callable[[], int]) -> float:
    """Seconds from the kill to the first new row."""
    worker.kill()
    killed = time.monotonic()
    before = rows()
    worker.start()
    while rows() <= before:
        if worker.ended() or time.monotonic() - killed > 120:
            raise worker.failure("It did not come back")
        time.sleep(ASK_S)
    return time.monotonic() - killed


def _drain(worker: ServerWorker, store: Store, before: int) -> tuple[int, float]:
    """Records that were drained, and how many a second; the end is where no more come."""
    await_that(lambda: store.stored() > before, worker)
    began = ended = time.monotonic()
    first = last = store.stored()
    while time.monotonic() - ended < STILL_S:
        now = store.stored()
        if now > last:
            last, ended = now, time.monotonic()
        time.sleep(ASK_S)
    return last - before, (last - first) / max(ended - began, ASK_S)


if __name__ == "__main__":
    run(main)
