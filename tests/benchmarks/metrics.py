"""`python -m tests.benchmarks.metrics`: how long GET /metrics takes with many groups to show.

Every group is live: members, chats of the last minutes and a fresh source. It is answered off the
event loop, by threads of its own; measured are answers while a light traffic goes on.
"""

from __future__ import annotations

import time
from typing import Annotated

import typer

from tests.benchmarks import targets
from tests.benchmarks.figures import percentile
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, sending, servers
from tests.benchmarks.stopwatch import await_that

GAUGE = "community_member_count{"
PERCENTS = (50, 99, 100)
PAUSE_S = 0.1


def main(
    *,
    groups: Annotated[int, typer.Option(help="Groups to show.")] = 200,
    asked: Annotated[int, typer.Option(help="How often to ask.")] = 200,
    results: Results = True,
) -> None:
    """Measure GET /metrics."""
    with (
        watched() as progress,
        course_of(0, progress) as course,
        going(ServerWorker(course, folder_of(course, "metrics"))) as worker,
        sending(course, rate=200, groups=groups, seconds=asked + 300),
    ):
        versions = servers(course)
        await_that(lambda: worker.metrics().count(GAUGE) >= groups, worker, seconds=120)
        took = []
        for number in range(asked):
            began = time.perf_counter()
            answer = worker.metrics()
            took.append((time.perf_counter() - began) * 1000)
            progress("asking", number, asked)
            time.sleep(PAUSE_S)
    shown = {f"p{percent}": percentile(took, percent) for percent in PERCENTS}
    table = Table(
        ["groups", "series", "KB", *shown],
        [
            [
                f"{groups:,}",
                f"{sum(not line.startswith('#') for line in answer.splitlines()):,}",
                f"{len(answer) / 1024:,.0f}",
                *(f"{value:.1f} ms" for value in shown.values()),
            ]
        ],
    )
    conclude(
        "metrics",
        title=f"GET /metrics at {groups:,} groups",
        command=f"python -m tests.benchmarks.metrics --groups {groups}",
        versions=versions,
        table=table,
        verdicts=[targets.at_most("GET /metrics, p50", shown["p50"], 50, " ms")],
        figures=shown,
        kept=results,
    )


if __name__ == "__main__":
    run(main)
