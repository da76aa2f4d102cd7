"""`pulse rollup`: baselines and metric values, on a schedule or once."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from threading import Event, Thread
from typing import Annotated, Any

import typer

from pipeline.audit.schedule import AuditSchedule
from pipeline.cli.logs import Level, start_logging
from pipeline.cli.moments import moment
from pipeline.cli.output import Json, err, out, print_json
from pipeline.cli.progress import bar
from pipeline.clock import SharedClock
from pipeline.core.calendar import Period, window_at
from pipeline.counted import counted
from pipeline.errors import UsageError
from pipeline.operations.perform import perform
from pipeline.operations.rolling import NAME, rollup_of, schedule_of
from pipeline.settings import Settings, load_settings
from sinks.migrate import require_current
from sinks.store import open_store


def command(
    *,
    follow: Annotated[
        bool, typer.Option("--follow", help="Go on until SIGTERM: the default.")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Compute what is due, then stop.")] = False,
    day: Annotated[
        str, typer.Option("--day", help="Compute the windows that hold this day again, then stop.")
    ] = "",
    since: Annotated[
        str, typer.Option("--since", help="Compute the windows from this day on again, then stop.")
    ] = "",
    until: Annotated[
        str, typer.Option("--until", help="With --since: up to this day, exclusive.")
    ] = "",
    as_json: Json = False,
) -> None:
    """Compute baselines and metric values on a schedule until SIGTERM, or once.

    By itself it computes windows as they close, those whose facts came late once more, and no
    further back than 35 days, 13 weeks, 13 months; for more, ask with --since. On its schedule it
    audits as well, each PULSE_AUDIT_MINUTES. A day is one of PULSE_ZONE, such as 2026-01-31.
    Exit code 1 if the store could not compute a metric; all others are.
    """
    settings = load_settings()
    if follow and (once or day or since):
        raise UsageError(
            "--follow goes on; --once, --day and --since stop",
            where="pulse rollup",
            remedy="Choose one of them.",
        )
    if day and since:
        raise UsageError(
            "--day and --since name two spans",
            where="pulse rollup",
            remedy="Choose one of them.",
        )
    if until and not since:
        raise UsageError(
            "--until is the end of a span", where="--until", remedy="Say --since as well."
        )
    start_logging(Level.INFO)
    if once or day or since:
        with bar() as progress:
            report = perform(NAME, _span(settings, day, since, until), settings, progress)
        _tell(report, as_json=as_json)
        if report["failed"]:
            raise typer.Exit(1)
        return
    _follow(settings)


def _span(settings: Settings, day: str, since: str, until: str) -> dict[str, int | None]:
    """The span of event time that is asked for; None = what is due."""
    now_ms = SharedClock(settings.clock_file).now_ms()

    def read(text: str, where: str) -> int:
        return moment(text, where=where, now_ms=now_ms, zone=settings.zone)

    if day:
        held = window_at(Period.DAY, read(day, "--day"), settings.zone_info)
        if held.start_ms > now_ms:
            raise UsageError(f"--day {day} has not begun", where="pulse rollup")
        return {"since_ms": held.start_ms, "before_ms": held.end_ms}
    if not since:
        return {"since_ms": None, "before_ms": None}
    since_ms = read(since, "--since")
    before_ms = read(until, "--until") if until else now_ms
    if before_ms <= since_ms:
        raise UsageError(
            f"--until {until or 'now'} is not after --since {since}",
            where="pulse rollup",
            remedy="--until is exclusive: to compute one day, give the next one, or use --day.",
        )
    return {"since_ms": since_ms, "before_ms": before_ms}


def _follow(settings: Settings) -> None:
    store = open_store(settings, role="rollup")
    try:
        require_current(store)
        stop, clock = _stop_on_signals(), SharedClock(settings.clock_file)
        beside = [
            Thread(target=schedule.run_forever, args=(stop,))
            for schedule in (
                AuditSchedule(settings, store, clock),
                schedule_of(settings, store, clock),
            )
        ]
        for thread in beside:
            thread.start()
        rollup_of(settings, store, clock).run_forever(stop)
        for thread in beside:
            thread.join()
    finally:
        store.close()


def _tell(report: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(report)
    elif report["note"]:
        out.print(f"Nothing computed: {report['note']}.")
    else:
        out.print(
            f"{counted(report['baselines'], 'baseline')} and"
            f" {counted(report['values'], 'signal value')} of"
            f" {counted(report['groups'], 'group')} in {report['seconds']:.1f} s;"
            f" {counted(report['catalogue_values'], 'value')} of"
            f" {counted(report['catalogue_windows'], 'window')} of the catalogue;"
            f" {counted(report['milestones'], 'milestone')} compared."
        )
        for metric, error in report["failed"].items():
            err.print(f"{metric} cannot be computed: {error}", highlight=False, markup=False)


def _stop_on_signals() -> Event:
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    return stop
