"""`pulse rebuild`: minute windows computed anew from the facts."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from pipeline.cli.moments import moment, shown
from pipeline.cli.output import Json, out, print_json
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.counted import counted
from pipeline.errors import PulseError, UsageError
from pipeline.operations.perform import open_reader, perform
from pipeline.operations.rebuild import NAME, plan
from pipeline.settings import Settings, load_settings

app = typer.Typer(no_args_is_help=True, help="Compute stored windows anew from the facts.")

From = Annotated[
    str, typer.Option("--from", help="First event time: 2h or 7d (ago), a day, or a moment.")
]
To = Annotated[str, typer.Option("--to", help="Up to this event time, exclusive; written alike.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be ordered, order nothing.")
]
Wait = Annotated[bool, typer.Option(help="Wait until the workers have done it.")]


@app.callback()
def _group() -> None:
    """Compute stored windows anew from the facts."""


@app.command()
def windows(
    since: From, until: To, dry_run: DryRun = False, wait: Wait = True, as_json: Json = False
) -> None:
    """Compute the minute windows of a span anew from the facts, beside running workers.

    For when `pulse audit` says that windows differ from their facts. Orders go into the topics, and
    the worker that owns a partition obeys them at their place in the log, so events may go on.
    """
    settings = load_settings()
    from_ms, until_ms = _span(since, until, settings)
    if dry_run:
        _show_plan(settings, from_ms, until_ms, as_json=as_json)
        return
    arguments = {"from_ms": from_ms, "until_ms": until_ms, "wait": wait}
    with bar() as progress:
        done = perform(NAME, arguments, settings, progress)
    left = done["orders"] - done["obeyed"]
    if as_json:
        print_json(done)
    elif not done["orders"]:
        out.print("Nothing to rebuild: there are neither windows nor facts in that span.")
    elif not wait:
        out.print(
            f"{counted(done['orders'], 'order')} written; a worker obeys each when it comes to it."
        )
    elif not left:
        out.print(f"Rebuilt: {_days(done['orders'])}.")
    if wait and left:
        raise PulseError(
            f"{left} of {counted(done['orders'], 'order')} not obeyed yet",
            where=f"consumer group {settings.group}",
            remedy="Orders stay in the log: start a worker, and it obeys each when it comes to it.",
        )


def _span(since: str, until: str, settings: Settings) -> tuple[int, int]:
    now_ms = SharedClock(settings.clock_file).now_ms()
    from_ms = moment(since, where="--from", now_ms=now_ms, zone=settings.zone)
    until_ms = moment(until, where="--to", now_ms=now_ms, zone=settings.zone)
    if until_ms <= from_ms:
        raise UsageError(
            f"--to {until} is not after --from {since}",
            where="pulse rebuild windows",
            remedy="--to is exclusive: to rebuild one day, give the next one as --to.",
        )
    return from_ms, until_ms


def _show_plan(settings: Settings, from_ms: int, until_ms: int, *, as_json: bool) -> None:
    with closing(open_reader(settings, role="rebuild")) as store:
        planned = plan(store, from_ms=from_ms, until_ms=until_ms, epoch=settings.epoch)
    if as_json:
        print_json({"orders": len(planned), "from_ms": from_ms, "until_ms": until_ms})
        return
    out.print(
        f"To be rebuilt: {_days(len(planned))},"
        f" from {shown(from_ms, settings.zone)} to {shown(until_ms, settings.zone)}."
    )


def _days(count: int) -> str:
    return counted(count, "day of a partition", "days of partitions")
