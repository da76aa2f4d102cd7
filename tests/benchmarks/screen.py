"""How the commands show that they go on, and what they found."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import rich.progress as bars
import typer
from rich.console import Console
from rich.table import Table as RichTable

from pipeline.errors import PulseError
from pipeline.progress import Progress
from tests.benchmarks.results import RESULTS, Section, Table, keep

WIDTH_OF_A_FILE = 170

console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH_OF_A_FILE)


@contextmanager
def watched() -> Iterator[Progress]:
    """A progress bar; one task at a time."""
    with bars.Progress(
        bars.TextColumn("{task.description}"),
        bars.BarColumn(),
        bars.TextColumn("{task.completed:,.0f}"),
        bars.TimeElapsedColumn(),
        console=console,
        transient=True,
    ) as shown:
        task = shown.add_task("starting the servers", total=None)
        doing = ""

        def progress(what: str, done: int, total: int | None) -> None:
            nonlocal doing
            if what != doing:
                doing = what
                shown.reset(task, total=total)
            shown.update(task, description=what, completed=done, total=total)

        yield progress


def show(table: Table) -> None:
    """Print a table of the results."""
    printed = RichTable(title=table.title or None, title_justify="left")
    for column in table.columns:
        printed.add_column(column)
    for row in table.rows:
        printed.add_row(*row)
    console.print(printed)


def publish(section: Section, *, kept: bool) -> None:
    """Print a section, and put it among the results if it is to be kept."""
    for table in filter(lambda one: one.rows, section.tables):
        show(table)
    for note in section.notes:
        console.print(note)
    if kept:
        keep(section)
        console.print(f"written: {RESULTS}")


def run(command: Callable[..., None]) -> None:
    """Run a command; its errors are told without a traceback."""
    try:
        typer.run(command)
    except PulseError as error:
        Console(stderr=True, highlight=False).print(f"error: {error}", markup=False)
        sys.exit(error.exit_code)
