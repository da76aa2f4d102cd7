"""`pulse simulate`: a made-up community, its history first and then live."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from threading import Event as Stop
from typing import Annotated

import typer

from pipeline.cli.output import Json, out, print_json
from pipeline.cli.progress import bar
from pipeline.cli.writing import DryRun, open_sink
from pipeline.clock import SharedClock
from pipeline.core.signals import HOUR_MS
from pipeline.counted import counted
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import load_settings
from pipeline.sources.simulator.course import Course, origin_before, take_up
from pipeline.sources.simulator.groups import SOURCE, Plan
from pipeline.sources.simulator.live import Watch, Written

JOURNAL = "simulator.json"


class ScenarioName(StrEnum):
    """What happens once the community lives."""

    CALM = "calm"
    DROP = "drop"


def command(
    *,
    scenario: Annotated[
        ScenarioName,
        typer.Option(
            "--scenario",
            help="calm: everyday life. drop: from the first busy hour, two hours or more after"
            " live begins, most members of three larger groups are silent for six hours.",
        ),
    ] = ScenarioName.CALM,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="Another seed, another community.")
    ] = 7,
    groups: Annotated[int, typer.Option("--groups", min=1, help="Groups of 20 to 2,000.")] = 24,
    rate: Annotated[
        float,
        typer.Option(
            "--rate",
            min=0,
            help="Events a second at most while history is written; 0 = as fast as it goes."
            " Live, the clock sets the pace.",
        ),
    ] = 0.0,
    weeks: Annotated[
        int,
        typer.Option(
            "--weeks", min=0, max=1_000, help="Weeks of history, after two in which all join."
        ),
    ] = 5,
    history_only: Annotated[
        bool, typer.Option("--history-only", help="Stop when history is written; send no beats.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Write a made-up community: seeded, every event labelled `simulator(made-up)`.

    A second call goes on where the first one stopped, with the same people; ids are derived, so
    nothing counts twice. Stop it with Ctrl-C or SIGTERM.
    """
    settings = load_settings()
    clock = SharedClock(settings.clock_file)
    plan = Plan(
        seed=seed,
        origin_ms=origin_before(clock.now_ms(), weeks=weeks, opening_weeks=Plan.opening_weeks),
        zone=settings.zone,
        groups=groups,
        currency=settings.currency,
    )
    pseudonyms = load_pseudonyms(settings)
    with (
        _stopped_by_signals() as stop,
        open_sink(settings, pseudonyms.key_id, dry_run=dry_run) as sink,
    ):
        journal = None if dry_run else settings.state_dir / JOURNAL
        course = take_up(journal, plan, pseudonyms, stop=stop)
        written = course.history(sink, clock.now_ms(), events_per_second=rate)
        events = _watched(written, course.journal.written_ms, clock.now_ms())
        if not as_json:
            _tell_history(course, events)
        if not history_only and not stop.is_set():
            drop = scenario is ScenarioName.DROP
            events += sum(step.events for step in course.live(sink, Watch(clock.now_ms), drop=drop))
    if as_json:
        print_json(
            {
                "source": SOURCE,
                "seed": course.journal.plan.seed,
                "groups": course.journal.plan.groups,
                "events": events,
                "origin_ms": course.journal.plan.origin_ms,
                "written_ms": course.journal.written_ms,
                "drops": [vars(drop) for drop in course.journal.scenario.drops],
            }
        )


def _watched(written: Iterator[Written], start_ms: int, end_ms: int) -> int:
    """Let it run under a bar; how many events it was."""
    events = 0
    with bar("History (made up), hours") as show:
        for step in written:
            events += step.events
            show("", (step.until_ms - start_ms) // HOUR_MS, (end_ms - start_ms) // HOUR_MS)
    return events


def _tell_history(course: Course, events: int) -> None:
    plan = course.journal.plan
    members = sum(plan.members(group) for group in range(plan.groups))
    out.print(
        f"{counted(events, 'made-up event')} written: {counted(plan.groups, 'group')},"
        f" {counted(members, 'member')},"
        f" seed {plan.seed}",
        style="yellow",
        soft_wrap=True,
    )


@contextmanager
def _stopped_by_signals() -> Iterator[Stop]:
    """A stop that SIGINT and SIGTERM set, for as long as the block runs."""
    stop = Stop()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
