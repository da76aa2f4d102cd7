"""`python -m tests.benchmarks.live`: what a worker costs while little happens.

A few events a second spread over many groups, as one chat at a time: the CPU seconds of the worker
over the seconds that passed, once its start is behind it.
"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from pipeline.progress import Progress
from tests.benchmarks import targets
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.process_tree import usage
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, sending, servers
from tests.benchmarks.stopwatch import await_that

SETTLE_S = 15.0


def main(
    *,
    rate: Annotated[float, typer.Option(help="Events per second.")] = 200,
    groups: Annotated[int, typer.Option(help="Groups they belong to.")] = 200,
    seconds: Annotated[float, typer.Option(help="Measured seconds.")] = 60,
    results: Results = True,
) -> None:
    """Measure the share of a core under light traffic."""
    with (
        watched() as progress,
        course_of(0, progress) as course,
        going(ServerWorker(course, folder_of(course, "live"))) as worker,
        sending(course, rate=rate, groups=groups, seconds=seconds + SETTLE_S + 60),
    ):
        versions = servers(course)
        await_that(lambda: worker.counted() > 0, worker)
        wait(SETTLE_S, "settling", progress)
        before, counted = usage(worker.pid), worker.counted()
        store, broker = usage(course.clickhouse.pid), usage(course.kafka.pid)
        began = time.monotonic()
        wait(seconds, "live", progress)
        after = usage(worker.pid)
        passed = time.monotonic() - began
        per_s = (worker.counted() - counted) / passed
        shares = {
            "worker": (after.cpu_s - before.cpu_s) / passed,
            "store": (usage(course.clickhouse.pid).cpu_s - store.cpu_s) / passed,
            "broker": (usage(course.kafka.pid).cpu_s - broker.cpu_s) / passed,
        }
    table = Table(
        ["process", "share of one core"],
        [[name, f"{share:.1%}"] for name, share in shares.items()],
    )
    conclude(
        "live",
        title=f"Live traffic: {rate:g} events/s over {groups} groups",
        command=f"python -m tests.benchmarks.live --rate {rate:g} --groups {groups}"
        f" --seconds {seconds:g}",
        versions=versions,
        table=table,
        verdicts=[
            targets.at_most("share of one core, the worker", shares["worker"] * 100, 5, " %")
        ],
        figures={"shares": shares, "events_per_second": per_s},
        notes=[f"{per_s:,.0f} records a second were stored, heartbeats among them."],
        kept=results,
    )


def wait(seconds: float, what: str, progress: Progress) -> None:
    """Let time pass, and show it."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        progress(what, int(passed), int(seconds))
        time.sleep(0.2)


if __name__ == "__main__":
    run(main)
