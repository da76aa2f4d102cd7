"""`pulse rollup`: baselines and metric values, on a schedule or once."""

from __future__ import annotations

import signal
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Event
from typing import Annotated

import typer

from pipeline.cli.logs import start_logging
from pipeline.cli.output import Json, out, print_json
from pipeline.clock import SharedClock, wall_ms
from pipeline.rollup.runner import Rollup, RollupReport
from pipeline.settings import load_settings
from sinks.migrate import require_current
from sinks.store import open_store


def command(
    *,
    once: Annotated[bool, typer.Option("--once", help="Compute what is due, then stop.")] = False,
    since: Annotated[
        datetime | None,
        typer.Option(
            "--since",
            formats=["%Y-%m-%d"],
            help="With --once: compute the values of windows closed since that day (UTC) again,"
            " for events that came late.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compute baselines and metric values on a schedule until SIGTERM, or what is due `--once`."""
    if since is not None and not once:
        raise typer.BadParameter("--since goes with --once", param_hint="--since")
    settings = load_settings()
    clock = SharedClock(settings.clock_file)
    start_logging("info")
    store = open_store(settings, role="rollup")
    try:
        require_current(store)
        rollup = Rollup(
            store,
            clock,
            grace_ms=settings.grace_seconds * 1000,
            zone=settings.zone,
            groups_limit=settings.alert_groups,
        )
        if once:
            now, segments = wall_ms(), clock.clock()
            since_ms = None if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1000)
            _tell(
                rollup.run_once(segments.at(now), segments.rate(now), since_ms=since_ms),
                as_json=as_json,
            )
        else:
            rollup.run_forever(_stop_on_signals())
    finally:
        store.close()


def _tell(report: RollupReport, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
    elif report.note:
        out.print(f"Nothing computed: {report.note}.")
    else:
        out.print(
            f"{report.baselines} baselines and {report.values} metric values of"
            f" {report.groups} groups in {report.seconds:.1f} s."
        )


def _stop_on_signals() -> Event:
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
