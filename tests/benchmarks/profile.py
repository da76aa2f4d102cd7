"""`python -m tests.benchmarks.profile`: where a worker's CPU goes while it reads a backlog.

Two runs of the full job into the server store. In one the CPU of each thread is read from /proc; in
the other py-spy looks 250 times a second who holds Python's lock, and in which line. What
compiled loops, numpy and polars do without that lock is in the first table alone.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from pipeline.errors import PulseError
from pipeline.progress import Progress
from tests.benchmarks.course import ROOT, Course
from tests.benchmarks.machine import machine
from tests.benchmarks.ours import ServerWorker
from tests.benchmarks.process_tree import TICKS_PER_S, Stat
from tests.benchmarks.results import Section, Table
from tests.benchmarks.screen import publish, run, watched
from tests.benchmarks.stage import Results, course_of, folder_of, going, servers
from tests.benchmarks.stopwatch import await_that, clocked

SPY = Path(sys.executable).with_name("py-spy")
LOOKS_PER_S = 250
LINES = 15
LEAST_CPU_S = 0.005
"""Of a thread, a million events: those that have less are not told."""


def main(
    *,
    events: Annotated[int, typer.Option(help="Events to read.")] = 3_000_000,
    results: Results = True,
) -> None:
    """Measure the CPU of each thread, and find the lines that hold Python's lock."""
    with watched() as progress, course_of(events, progress) as course:
        versions = servers(course)
        threads = _threads(course, progress)
        lines = _lines(course, progress)
    looks = sum(lines.values())
    section = Section(
        name="profile",
        title="Profile of a worker: the full job, server store",
        command=f"python -m tests.benchmarks.profile --events {events}",
        measured_on=machine() | versions,
        tables=[
            Table(
                ["thread", "CPU-s/M"],
                [[name, f"{cpu_s:.3f}"] for name, cpu_s in threads.most_common()],
                "CPU seconds of each thread, per million events",
            ),
            Table(
                ["line", "share"],
                [[line, f"{count / looks:.1%}"] for line, count in lines.most_common(LINES)],
                "Who holds Python's lock",
            ),
        ],
        notes=[f"In {looks:,} looks somebody held it."],
        figures={"threads": dict(threads), "looks": looks},
    )
    publish(section, kept=results)


def _threads(course: Course, progress: Progress) -> Counter[str]:
    """CPU seconds per million events, by the name of the thread."""
    with going(ServerWorker(course, folder_of(course, "threads"))) as worker:
        await_that(lambda: worker.counted() > 0, worker)
        counted, before = worker.counted(), _ticks(worker.pid)
        clocked(worker, {}, progress, "CPU by thread")
        after, names = _ticks(worker.pid), _names(worker.pid)
    millions = (worker.target - counted) / 1e6
    found: Counter[str] = Counter()
    for thread, (name, ticks) in after.items():
        spent = ticks - before.get(thread, ("", 0))[1]
        found[names.get(thread, name)] += spent / TICKS_PER_S / millions
    return Counter({name: cpu_s for name, cpu_s in found.items() if cpu_s >= LEAST_CPU_S})


def _ticks(pid: int) -> Mapping[int, tuple[str, int]]:
    """Of each thread what the system calls it, and its time so far."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found[int(task.name)] = (
                (task / "comm").read_text().strip(),
                Stat.parse((task / "stat").read_text()).ticks,
            )
        except OSError:  # it has ended
            continue
    return found


def _names(pid: int) -> Mapping[int, str]:
    """What Python calls its threads, by their number for the system."""
    told = subprocess.run(
        [SPY, "dump", "--json", "--pid", str(pid)], capture_output=True, text=True, check=False
    )
    if told.returncode:
        raise _unseen(told.stderr)
    return {one["os_thread_id"]: one["thread_name"] for one in json.loads(told.stdout)}


def _lines(course: Course, progress: Progress) -> Counter[str]:
    """In how many looks a line held Python's lock."""
    folder = folder_of(course, "lines")
    looked = folder / "looks"
    with going(ServerWorker(course, folder)) as worker:
        await_that(lambda: worker.counted() > 0, worker)
        spy = subprocess.Popen(
            [
                SPY, "record", "--gil", "--pid", str(worker.pid), "--rate", str(LOOKS_PER_S),
                "--format", "raw", "--duration", "unlimited", "--output", looked,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        clocked(worker, {}, progress, "lines")
        spy.send_signal(signal.SIGINT)
        _, said = spy.communicate()
    if not looked.exists():
        raise _unseen(said)
    found: Counter[str] = Counter()
    for line in looked.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        found[_line(stack)] += int(count)
    return found


def _line(stack: str) -> str:
    """The line that runs: function, file within this project or its packages, and number."""
    running = stack.rpartition(";")[2].replace(f"{ROOT}/", "")
    function, _, place = running.partition(" (")
    return f"{function} ({place.rpartition('site-packages/')[2]}"


def _unseen(said: str) -> PulseError:
    return PulseError(
        f"py-spy could not look at the worker: {said.strip()[-500:]}",
        remedy="Run it as root, or set kernel.yama.ptrace_scope to 0.",
    )


if __name__ == "__main__":
    run(main)
