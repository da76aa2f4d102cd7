"""`pulse retention`: what is old enough to be dropped, and dropping it."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, Any

import typer

from pipeline.cli.output import Json, out, print_json, print_rows
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.perform import open_reader, perform
from pipeline.operations.retention import NAME
from pipeline.operations.retention import plan as planned
from pipeline.settings import Settings, load_settings
from sinks.migrate import require_current

app = typer.Typer(no_args_is_help=True, help="Drop months that are old enough.")

NOTHING: Mapping[str, Any] = {"dropped": []}

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@app.command()
def plan(as_json: Json = False) -> None:
    """Show what `apply` would drop: months of facts with their windows, and dead letters.

    Facts go when PULSE_RETENTION_DAYS and the topics' own retention have passed since the end of
    their month; event types in PULSE_KEEP stay for good.
    """
    _show(_planned(load_settings()), as_json=as_json)


@app.command()
def apply(yes: Yes = False, as_json: Json = False) -> None:
    """Drop what `plan` shows; what was dropped is gone."""
    settings = load_settings()
    drops = _planned(settings)
    if drops and not yes:
        if not sys.stdin.isatty():
            raise UsageError(
                "Dropping needs a yes, and there is no terminal to ask on",
                where="pulse retention apply",
                remedy="Look at `pulse retention plan`, then add --yes.",
            )
        _show(drops, as_json=False)
        typer.confirm("Drop this for good?", abort=True)
    with bar() as progress:
        arguments = {"drops": drops}
        done = perform(NAME, arguments, settings, progress) if drops else NOTHING
    if as_json:
        print_json(done)
        return
    rows = sum(drop["rows"] for drop in done["dropped"])
    dropped = f"{counted(rows, 'row')} dropped."
    out.print(dropped if rows else "Nothing is old enough to be dropped.")


def _planned(settings: Settings) -> list[dict[str, Any]]:
    with closing(open_reader(settings, role="retention")) as store:
        require_current(store)
        return [asdict(drop) for drop in planned(store, settings, SharedClock(settings.clock_file))]


def _show(drops: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    if drops or as_json:
        print_rows("To be dropped", drops, as_json=as_json)
    else:
        out.print("Nothing is old enough to be dropped.")
