"""`python -m tests.benchmarks.growth`: does an event cost the same as the work grows?

The full job into the server store with more and more events of 500 groups, and with the same
number of events in more and more groups, where the sizes of groups follow a Pareto law and all
members are equally active. Of a backlog a worker shows the first commit, at most 100,000 events, by
itself, and up to four at once from then on: all that is timed of 300,000 may be a single look. So
the fewest events are a million, and theirs is the roughest figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from tests.benchmarks import contest, targets
from tests.benchmarks.figures import Figures
from tests.benchmarks.generate import Busy, Crowd, Sized
from tests.benchmarks.ours import FULL_SERVER
from tests.benchmarks.results import Table
from tests.benchmarks.screen import run, watched
from tests.benchmarks.stage import (
    Results,
    conclude,
    course_of,
    folder_of,
    kept_folder,
    servers,
)

EVENTS = (1_000_000, 3_000_000, 10_000_000)
GROUPS = (100, 10_000, 100_000)


def main(
    *,
    events: Annotated[list[int] | None, typer.Option(help="Events; repeat it.")] = None,
    groups: Annotated[list[int] | None, typer.Option(help="Groups; repeat it.")] = None,
    members: Annotated[int, typer.Option(help="Members of all those groups.")] = 1_000_000,
    grouped: Annotated[int, typer.Option(help="Events of each number of groups.")] = 1_000_000,
    runs: Annotated[int, typer.Option(help="Runs of each; of the longest, one.")] = 3,
    results: Results = True,
) -> None:
    """Measure the full job with more events, and with more groups."""
    counts, sizes = events or EVENTS, groups or GROUPS
    found: dict[str, Figures] = {}
    versions: dict[str, str] = {}

    def measure(label: str, count: int, crowd: Crowd, times: int) -> None:
        folder = kept / str(len(found))
        with watched() as progress, course_of(count, progress, crowd, folder=folder) as course:
            versions.update(servers(course))
            base = folder_of(course, "of")
            laps = [
                contest.run(course, FULL_SERVER, base / f"growth_{number}", progress)
                for number in range(times)
            ]
        found[label] = Figures(tuple(laps))

    by_events = [f"{count:,} events, 500 groups" for count in counts]
    by_groups = [f"{size:,} groups, {members:,} members" for size in sizes]
    with kept_folder() as kept:
        for label, count in zip(by_events, counts, strict=True):
            measure(label, count, Busy(), 1 if count > 2_000_000 else runs)
        for label, size in zip(by_groups, sizes, strict=True):
            measure(label, grouped, Sized(size, members), runs)
    verdicts = [
        _flat("from the fewest to the most events", [found[label] for label in by_events], 0.10),
        _flat("from the fewest to the most groups", [found[label] for label in by_groups], 0.25),
    ]
    table = Table(
        ["work", "events/s", "min", "max", "CPU-s/M", "store CPU-s/M", "peak RSS MB"],
        [_row(label, figures) for label, figures in found.items()],
    )
    conclude(
        "growth",
        title="Growth: the full job, server store",
        command="python -m tests.benchmarks.growth",
        versions=versions,
        table=table,
        verdicts=verdicts,
        figures={label: figures.as_json() for label, figures in found.items()},
        kept=results,
    )


def _flat(what: str, found: Sequence[Figures], share: float) -> targets.Verdict:
    """How far the speeds lie apart, as a share of the fastest."""
    speeds = [one.speed.median for one in found]
    apart = 1 - min(speeds) / max(speeds)
    return targets.at_most(f"events/s {what} differ by", apart * 100, share * 100, " %")


def _row(label: str, figures: Figures) -> list[str]:
    speed = figures.speed
    return [
        label,
        *(f"{value:,.0f}" for value in (speed.median, speed.low, speed.high)),
        f"{figures.cpu:.2f}",
        f"{figures.beside('store'):.2f}",
        f"{figures.rss_mb:,.0f}",
    ]


if __name__ == "__main__":
    run(main)
