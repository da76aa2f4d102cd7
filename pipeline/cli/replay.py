"""`pulse replay`: the log from an earlier place on, once more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from pipeline.cli.moments import moment
from pipeline.cli.output import Json, err, out, print_json, print_rows
from pipeline.clock import wall_ms
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.rereading import Step, plan, set_back
from pipeline.settings import load_settings
from sinks.group_offsets import open_group

EARLIEST = "earliest"


def command(
    *,
    reset_to: Annotated[
        str,
        typer.Option(
            "--reset-to",
            help="`earliest`, or a moment: what was appended since, like 2026-01-31T08:00:00Z"
            " or 7d.",
        ),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show from where to where, change nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Set the workers back, so that they read the log again once they start.

    It changes no fact and no window: what is known already counts as replayed. Stop every worker
    before, and start them after it.
    """
    settings = load_settings()
    since_ms = _since_ms(reset_to, settings.zone)
    with open_group(settings.kafka, settings.group) as group:
        steps = plan(group, since_ms)
        records = sum(step.records for step in steps)
        if not dry_run:
            if steps and not yes:
                _ask(steps, records)
            set_back(group, steps)
    if as_json:
        rows = [_row(step) for step in steps]
        print_json({"dry_run": dry_run, "records": records, "partitions": rows})
    elif not steps:
        out.print("There is nothing to read again.")
    elif dry_run:
        _show(steps)
    else:
        out.print(f"Once a worker starts, it reads {counted(records, 'record')} again.")


def _since_ms(text: str, zone: str) -> int | None:
    """A moment of the broker's clock, which no shared clock moves; None for the start."""
    if text == EARLIEST:
        return None
    return moment(text, where="--reset-to", now_ms=wall_ms(), zone=zone)


def _ask(steps: Sequence[Step], records: int) -> None:
    if not sys.stdin.isatty():
        raise UsageError(
            "Reading again needs a yes, and there is no terminal to ask on",
            where="pulse replay",
            remedy="Look with --dry-run, then repeat it with --yes.",
        )
    typer.confirm(
        f"Read {counted(records, 'record')} of {counted(len(steps), 'partition')} again?",
        abort=True,
        err=True,
    )


def _show(steps: Sequence[Step]) -> None:
    print_rows("To be read again", [_row(step) for step in steps], as_json=False)
    err.print("Nothing is changed by a dry run.")


def _row(step: Step) -> dict[str, Any]:
    return {**asdict(step), "records": step.records}
