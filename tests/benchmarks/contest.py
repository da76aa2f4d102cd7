"""Runs contestants on one course, round by round, and tells what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PulseError
from pipeline.progress import Progress
from tests.benchmarks.contestant import Contestant
from tests.benchmarks.course import Course
from tests.benchmarks.figures import BESIDE, Figures, ratio
from tests.benchmarks.results import Table
from tests.benchmarks.stopwatch import Lap, clocked

BASE = "full_server"
TITLE = "Events per second (median, min, max), CPU seconds per million events"


@dataclass(frozen=True)
class Outcome:
    """Figures of those that finished, and why others did not, by name."""

    found: Mapping[str, Figures]
    failed: Mapping[str, str]


def prepare(contestants: Sequence[Contestant], progress: Progress) -> dict[str, str]:
    """Install what each needs; the ones that cannot be, and why."""
    failed = {}
    for number, one in enumerate(contestants):
        progress(f"installing what {one.name} needs", number, len(contestants))
        try:
            one.prepare()
        except PulseError as error:
            failed[one.name] = str(error)
    return failed


def compete(
    course: Course,
    contestants: Sequence[Contestant],
    runs: int,
    folder: Path,
    progress: Progress,
) -> Outcome:
    """Let all run `runs` times, alternating; one that fails once is out."""
    laps: dict[str, list[Lap]] = {one.name: [] for one in contestants}
    failed: dict[str, str] = {}
    for number in range(1, runs + 1):
        for one in contestants:
            if one.name in failed:
                continue
            try:
                lap = run(course, one, folder / f"{one.name}_{number}", progress)
                laps[one.name].append(lap)
            except PulseError as error:
                failed[one.name] = str(error)
    found = {name: Figures(tuple(its)) for name, its in laps.items() if name not in failed}
    return Outcome(found, failed)


def run(course: Course, one: Contestant, folder: Path, progress: Progress) -> Lap:
    """One run in a new folder, checked."""
    folder.mkdir(parents=True)
    progress(f"{folder.name}: starting", 0, None)
    running = one.start(course, folder)
    beside = dict(zip(BESIDE, (course.clickhouse.pid, course.kafka.pid), strict=True))
    try:
        lap = clocked(running, beside, progress, folder.name)
        running.check()
    finally:
        running.stop()
        running.leave()
    return lap


def table(contestants: Sequence[Contestant], found: Mapping[str, Figures]) -> Table:
    """The figures, fastest first within each job."""
    ran = [one for one in contestants if one.name in found]
    ran.sort(key=lambda one: (one.job != "full", -found[one.name].speed.median))
    columns = [
        "contestant", "job", "events/s", "min", "max", "CPU-s/M", "store CPU-s/M",
        "broker CPU-s/M", "peak RSS MB", "cold start s", f"{BASE} is x times as fast",
    ]  # fmt: skip
    return Table(columns, [list(_row(one, found)) for one in ran], TITLE)


def settings(contestants: Sequence[Contestant]) -> Table:
    """What each is and how it was set."""
    rows = [[one.name, one.title, one.settings] for one in contestants]
    return Table(["contestant", "what", "settings"], rows, "Contestants")


def _row(one: Contestant, found: Mapping[str, Figures]) -> Iterator[str]:
    figures = found[one.name]
    yield from (one.name, one.job)
    speed = figures.speed
    yield from (f"{value:,.0f}" for value in (speed.median, speed.low, speed.high))
    yield f"{figures.cpu:.2f}"
    yield from (f"{figures.beside(name):.2f}" for name in BESIDE)
    yield f"{figures.rss_mb:,.0f}"
    yield f"{figures.cold_start_s:.1f}"
    times = ratio(found, BASE, one.name)
    yield "" if times is None else f"{times:.2f}"
