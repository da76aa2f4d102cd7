"""The demo's history: imported, made up, and waited for until the worker has taken it in."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from deploy.local.demo_processes import PulseUp, Simulator
from deploy.local.watch import Worker, fetch, read_worker
from pipeline.errors import PulseError
from pipeline.sources.dimensions.files import PACKAGED_REFERENCE
from pipeline.sources.simulator.groups import PLATFORM

POLL_S = 0.5
QUIET_POLLS = 3
"""Looks in a row at which nothing may wait: the broker tells of new records with each fetch."""
PATIENCE_S = 120.0
"""How long the worker may take in nothing while something waits."""
BEAT_WITHIN_S = 60.0
FRESH_BEAT_S = 30.0


@dataclass(frozen=True)
class Step:
    """One `pulse` command that writes history.

    `tell` makes a line for people of its `--json` and of the seconds it took.
    """

    name: str
    title: str
    arguments: tuple[str, ...]
    tell: Callable[[Mapping[str, Any], float], str]


def history_steps(seed: int) -> tuple[Step, ...]:
    """In this order: the simulation is the largest and the last."""
    return (
        Step(
            "reference",
            "Reference data (MADE UP)",
            ("dims", "load", str(PACKAGED_REFERENCE), "--platform", PLATFORM),
            _declared,
        ),
        Step("irc", "IRC", ("import", "irc", "--shift"), _imported),
        Step("orders", "Orders", ("import", "orders", "--shift"), _imported),
        Step(
            "simulation",
            "Community (MADE UP)",
            ("simulate", "--history-only", *simulation(seed)),
            _simulated,
        ),
    )


def simulation(seed: int) -> tuple[str, ...]:
    """What makes the community the same one in history and live."""
    return ("--weeks", "5", "--seed", str(seed))


def wait_until_applied(up: PulseUp, console: Console) -> str:
    """Wait, with a bar, until nothing is left to take in; say how much it was and how fast.

    PulseError when the worker ends, or stands still for PATIENCE_S.
    """
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, TimeElapsedColumn(), console=console, transient=True)
    bar.disable = not console.is_terminal
    looks: list[tuple[float, int]] = []
    with bar:
        task = bar.add_task("Taking it in", total=None)
        for worker in _until_quiet(up):
            read, waiting = worker.pipeline.records, worker.pipeline.lag_records
            looks.append((time.monotonic(), read))
            bar.update(task, completed=read, total=(read + waiting) or None)
    (began, before), (_, read) = looks[0], looks[-1]
    if read == before:
        return f"Worker: {read:,} records taken in while they were written"
    ended = next(moment for moment, seen in looks if seen == read)
    speed = (read - before) / (ended - began)
    return f"Worker: {read:,} records taken in, the last {read - before:,} at {speed:,.0f}/s"


def wait_for_beat(simulator: Simulator, up: PulseUp) -> None:
    """Wait until the worker has heard the live source; PulseError if it does not."""
    deadline = time.monotonic() + BEAT_WITHIN_S
    while simulator.running and time.monotonic() < deadline:
        beats = read_worker(fetch(up.url)).pipeline.beats
        if max(beats.values(), default=0.0) > time.time() - FRESH_BEAT_S:
            return
        time.sleep(POLL_S)
    raise PulseError(
        f"No heartbeat of the simulator arrived within {BEAT_WITHIN_S:.0f} s",
        where=f"{simulator.log}, {up.log}",
    )


def _until_quiet(up: PulseUp) -> Iterator[Worker]:
    """Readings of /metrics until QUIET_POLLS of them in a row show nothing that waits."""
    quiet, read, moved = 0, -1, time.monotonic()
    while quiet < QUIET_POLLS:
        if not up.running:
            raise PulseError("The worker has ended", where=str(up.log))
        worker = read_worker(fetch(up.url))
        pipeline = worker.pipeline
        quiet = quiet + 1 if pipeline.caught_up and not pipeline.lag_records else 0
        if pipeline.records != read:
            read, moved = pipeline.records, time.monotonic()
        elif not quiet and time.monotonic() - moved > PATIENCE_S:
            raise PulseError(
                f"The worker has taken in nothing for {PATIENCE_S:.0f} s, though"
                f" {pipeline.lag_records:,} records wait",
                where=str(up.log),
            )
        yield worker
        time.sleep(POLL_S)


def sent(told: Mapping[str, Any]) -> str:
    """What an import has sent, by kind."""
    return ", ".join(f"{n:,} {kind}" for kind, n in told["sent"].items())


def _imported(told: Mapping[str, Any], seconds: float) -> str:
    rejected = sum(told["rejected"].values())
    note = f"; {told['note']}" if told["note"] else ""
    moved = f"dates moved by {told['shift_weeks']} weeks"
    speed = _speed(sum(told["sent"].values()), seconds)
    return f"{sent(told)} ({speed}); {rejected} lines rejected; {moved}{note}"


def _simulated(told: Mapping[str, Any], seconds: float) -> str:
    speed = _speed(told["events"], seconds)
    return f"{told['events']:,} events ({speed}) of {told['groups']} groups, seed {told['seed']}"


def _declared(told: Mapping[str, Any], seconds: float) -> str:
    tables = told["tables"].values()
    rows = sum(counts["added"] + counts["unchanged"] for counts in tables)
    return f"{rows} rows of {len(tables)} dimension tables ({seconds:.1f} s)"


def _speed(events: int, seconds: float) -> str:
    return f"{seconds:.1f} s, {events / seconds:,.0f}/s"
