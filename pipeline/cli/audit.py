"""`pulse audit`: whether what is stored is what the log says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.table import Table

from pipeline.audit.scope import FOREVER_MS, Check
from pipeline.cli.moments import moment
from pipeline.cli.output import Json, err, out, print_json, print_rows
from pipeline.cli.progress import bar
from pipeline.clock import wall_ms
from pipeline.errors import UsageError
from pipeline.operations.auditing import NAME
from pipeline.operations.perform import perform
from pipeline.settings import load_settings

ROWS_SHOWN = 20


def command(
    *,
    since: Annotated[
        str, typer.Option(help="What Kafka took in since: 2h or 7d (ago), a day, or a moment.")
    ] = "",
    until: Annotated[str, typer.Option(help="And before this, exclusive; written alike.")] = "",
    check: Annotated[
        list[Check] | None, typer.Option("--check", help="Only this; may be given again.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Hold what is stored to the log and to itself, beside running workers.

    holes: every record lies in a stored range. committed: what is committed is stored. ids: each
    record is a fact, a dead letter or a copy. windows: each counts its facts. conflicts: no
    event_id names two events. live: /metrics says what SQL says. Exit code 1 if one is wrong.
    """
    settings = load_settings()
    # Append times are the broker's: wall time, whatever the shared clock says.
    now = wall_ms()
    since_ms = moment(since, where="--since", now_ms=now, zone=settings.zone) if since else 0
    until_ms = (
        moment(until, where="--until", now_ms=now, zone=settings.zone) if until else FOREVER_MS
    )
    if min(until_ms, now) <= since_ms:
        end = until if until_ms < now else "now"
        raise UsageError(
            f"--until {end} is not after --since {since}",
            where="pulse audit",
            remedy="--until is exclusive: to audit one day, give the next one as --until.",
        )
    checks = [each.value for each in check or Check]
    arguments = {"since_ms": since_ms, "until_ms": until_ms, "checks": checks}
    with bar() as progress:
        report = perform(NAME, arguments, settings, progress)
    if as_json:
        print_json(report)
    else:
        _show(report)
    if report["mismatches"]:
        raise typer.Exit(1)


def _show(report: Mapping[str, Any]) -> None:
    table = Table(title=f"Audited in {report['seconds']:.1f} s", title_justify="left")
    for column in ("check", "looked at", "mismatches", "note"):
        table.add_column(column, justify="right" if column == "mismatches" else "left")
    for result in report["checks"]:
        looked_at = f"{result['looked_at']:,} {result['unit']}"
        table.add_row(result["check"], looked_at, f"{result['mismatches']:,}", result["note"])
    out.print(table)
    for result in report["checks"]:
        rows = result["rows"]
        if rows:
            print_rows(f"{result['check']}: what is wrong", rows[:ROWS_SHOWN], as_json=False)
        if len(rows) > ROWS_SHOWN:
            err.print(f"{result['mismatches'] - ROWS_SHOWN:,} more; --json has up to 1,000.")
    if report["mismatches"]:
        err.print("deploy/runbook.md#communityauditmismatch says what to do.")
