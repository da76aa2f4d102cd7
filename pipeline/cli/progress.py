"""The progress bar of long work: how much of how much, how fast, and how long it still takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import ProgressColumn as Column
from rich.text import Text

from pipeline.cli.output import err

T = TypeVar("T")


class _Speed(Column):
    """Steps a second, over the last while; over all of it once it is done."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


class Bar:
    """A bar on standard error, gone when its work is done; nothing where there is no terminal."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None

    def watched(self, what: str, things: Iterable[T], total: int | None) -> Iterator[T]:
        """The things as they pass."""
        task = self._progress.add_task(what, total=total)
        for thing in things:
            yield thing
            self._progress.advance(task)

    def __call__(self, what: str, done: int, total: int | None) -> None:
        """One task whose state is told from outside (`pipeline.progress.Progress`)."""
        if self._task is None:
            self._task = self._progress.add_task(what, total=total)
        self._progress.update(self._task, description=what, completed=done, total=total)


@contextmanager
def bar(title: str = "{task.description}") -> Iterator[Bar]:
    """Show progress while the block runs. `title` goes before the bar."""
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), _Speed())
    with Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,
    ) as progress:
        yield Bar(progress)
