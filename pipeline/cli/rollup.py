"""`pulse rollup`: baselines and metric values, on a schedule or once."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Annotated, Any

import typer

from pipeline.audit.schedule import AuditSchedule
from pipeline.cli.logs import start_logging
from pipeline.cli.output import Json, out, print_json
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.operations.perform import perform
from pipeline.operations.rolling import NAME, rollup_of
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
    """Compute baselines and metric values on a schedule until SIGTERM, or what is due `--once`.

    On its schedule it audits as well, each PULSE_AUDIT_MINUTES.
    """
    if since is not None and not once:
        raise typer.BadParameter("--since goes with --once", param_hint="--since")
    settings = load_settings()
    start_logging("info")
    if once:
        since_ms = None if since is None else int(since.replace(tzinfo=UTC).timestamp() * 1000)
        with bar() as progress:
            report = perform(NAME, {"since_ms": since_ms}, settings, progress)
        _tell(report, as_json=as_json)
        return
    store = open_store(settings, role="rollup")
    try:
        require_current(store)
        stop, clock = _stop_on_signals(), SharedClock(settings.clock_file)
        auditor = Thread(target=AuditSchedule(settings, store, clock).run_forever, args=(stop,))
        auditor.start()
        rollup_of(settings, store, clock).run_forever(stop)
        auditor.join()
    finally:
        store.close()


def _tell(report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    elif report["note"]:
        out.print(f"Nothing computed: {report['note']}.")
    else:
        out.print(
            f"{report['baselines']} baselines and {report['values']} metric values of"
            f" {report['groups']} groups in {report['seconds']:.1f} s."
        )


def _stop_on_signals() -> Event:
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
