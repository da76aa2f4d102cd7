"""`python -m tests.benchmarks.memory`: resident memory of a worker with many live members.

Every member has joined and has chatted once within the last 20 hours, so every group is live and
the live view holds every member. Told are the most that was resident on the way, and what was once
the worker had stood still for half a minute.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

import numpy as np
import typer

from tests.benchmarks import targets
from tests.benchmarks.course import KEY_ID, Course
from tests.benchmarks.fill import fill
from tests.benchmarks.generate import Event, Sized, value_of
from tests.benchmarks.live import wait
from tests.benchmarks.ours import EmbeddedWorker, ServerWorker, Worker
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import Results, conclude, course_of, folder_of, going, servers
from tests.benchmarks.stopwatch import clocked

HOUR_MS = 3_600_000
LIVE_HOURS = 20
SETTLE_S = 30.0
LIMITS_MB = {"server": 600.0, "embedded": 1_200.0}
KINDS: dict[str, type[ServerWorker] | type[EmbeddedWorker]] = {
    "server": ServerWorker,
    "embedded": EmbeddedWorker,
}


def history(crowd: Sized, now_ms: int) -> Iterator[Event]:
    """Each member's join and chat, in order of time."""
    groups = np.searchsorted(crowd.ends(), np.arange(crowd.members), side="right").tolist()
    started = now_ms - LIVE_HOURS * HOUR_MS
    step = LIVE_HOURS * HOUR_MS / crowd.members
    order = np.random.default_rng(3).permutation(crowd.members).tolist()
    for kind, first_ms, first in (("join", started - HOUR_MS, 0), ("chat", started, crowd.members)):
        for place, member in enumerate(order):
            event_ms = first_ms + int(place * (step if kind == "chat" else 0))
            group = groups[member]
            value = value_of(
                kind,
                first + place,
                event_ms=event_ms,
                group=f"g{group}",
                member=member,
                key_id=KEY_ID,
            )
            yield Event(kind, group, value)


def main(
    *,
    members: Annotated[int, typer.Option(help="Members in all.")] = 1_000_000,
    groups: Annotated[int, typer.Option(help="Groups they belong to.")] = 100_000,
    store: Annotated[list[str] | None, typer.Option(help="server, embedded; or both.")] = None,
    results: Results = True,
) -> None:
    """Measure the memory of a worker, with each store."""
    found: dict[str, dict[str, float]] = {}
    with watched() as progress, course_of(0, progress) as empty:
        versions = servers(empty)
        now_ms = time.time_ns() // 1_000_000
        events = history(Sized(groups, members), now_ms)
        filled = fill(empty.kafka.address, events, 2 * members, progress)
        course = replace(empty, filled=filled)
        for name in store or KINDS:
            with going(_worker(name, course)) as worker:
                lap = clocked(worker, {}, progress, name)
                wait(SETTLE_S, f"{name}: standing still", progress)
                settled = worker.usage().rss_mb
            found[name] = {"peak_mb": lap.peak_rss_mb, "settled_mb": settled}
    table = Table(
        ["store", "peak RSS MB", "settled RSS MB"],
        [
            [name, f"{one['peak_mb']:,.0f}", f"{one['settled_mb']:,.0f}"]
            for name, one in found.items()
        ],
    )
    conclude(
        "memory",
        title=f"Memory: {members:,} members in {groups:,} live groups",
        command=f"python -m tests.benchmarks.memory --members {members} --groups {groups}",
        versions=versions,
        table=table,
        verdicts=[
            targets.at_most(f"{name}, peak", one["peak_mb"], LIMITS_MB[name], " MB")
            for name, one in found.items()
        ],
        figures=found,
        kept=results,
    )


def _worker(name: str, course: Course) -> Worker:
    return KINDS[name](course, folder_of(course, f"memory_{name}"))


if __name__ == "__main__":
    run(main)
