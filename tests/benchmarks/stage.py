"""What the target commands share: a course and a worker of ours on it, and a section to write."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.local.servers import Kafka
from pipeline.errors import PulseError
from pipeline.progress import Progress
from tests.benchmarks import sender, targets
from tests.benchmarks.course import ROOT, Course, open_course
from tests.benchmarks.generate import Crowd
from tests.benchmarks.machine import machine, servers
from tests.benchmarks.ours import Worker
from tests.benchmarks.results import Section, Table
from tests.benchmarks.screen import publish

Results = Annotated[bool, typer.Option("--results/--no-results", help="Write RESULTS.md.")]


@contextmanager
def course_of(
    count: int,
    progress: Progress,
    crowd: Crowd | None = None,
    broker: type[Kafka] = Kafka,
    folder: Path | None = None,
) -> Iterator[Course]:
    """A course in a new folder, which goes with it, or in one that is given."""
    with ExitStack() as stack:
        if folder is None:
            folder = stack.enter_context(kept_folder())
        yield stack.enter_context(
            open_course(folder, count, crowd=crowd, broker=broker, progress=progress)
        )


@contextmanager
def kept_folder() -> Iterator[Path]:
    """For what several courses leave: see `Running.leave`."""
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as folder:
        yield Path(folder)


def folder_of(course: Course, name: str) -> Path:
    """A new folder for a run."""
    folder = course.kafka.folder.parent / "runs" / name
    folder.mkdir(parents=True)
    return folder


@contextmanager
def going(worker: Worker) -> Iterator[Worker]:
    """Stop the worker in the end, and its store's work."""
    try:
        yield worker
    finally:
        worker.stop()
        worker.leave()


@contextmanager
def sending(course: Course, **how: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A sender at work (sender.py)."""
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "KILL", "--", *sender.command(course.kafka.address, **how)],
        cwd=ROOT,
        env=course.environment,
        stdin=subprocess.DEVNULL,
    )
    try:
        yield process
        if process.poll():
            raise PulseError(f"The sender ended with exit code {process.returncode}")
    finally:
        process.kill()
        process.wait()


def conclude(
    name: str,
    *,
    title: str,
    command: str,
    versions: Mapping[str, str],
    table: Table,
    verdicts: Sequence[targets.Verdict],
    figures: Mapping[str, Any],
    kept: bool,
    notes: Sequence[str] = (),
) -> None:
    """Print a target's figures and verdicts, and keep them if wanted."""
    reached = Table(targets.COLUMNS, [one.row for one in verdicts])
    section = Section(
        name=name,
        title=title,
        command=command,
        measured_on=machine() | versions,
        tables=[table, reached],
        notes=notes,
        figures=figures,
    )
    publish(section, kept=kept)


__all__ = [
    "Results",
    "conclude",
    "course_of",
    "folder_of",
    "going",
    "kept_folder",
    "sending",
    "servers",
]
