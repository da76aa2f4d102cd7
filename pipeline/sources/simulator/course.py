"""The course of one simulation: begun or taken up again, its history written, then lived."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Stop

from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.community import Community
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.journal import Journal, read_journal, write_journal
from pipeline.sources.simulator.live import Watch, Written, run_live, write_span
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import HOUR_MS
from pipeline.sources.simulator.scenario import Drop, Scenario, drop_after
from pipeline.sources.sink import EventSink, LiveSink

DROP_AFTER_MS = 2 * HOUR_MS
"""Calm at the beginning of live, before a drop may come."""


class Course:
    """A simulation that keeps its journal, so that it can be stopped and taken up anywhere.

    Without a path it keeps none: a dry run.
    """

    def __init__(
        self, journal: Journal, path: Path | None, pseudonyms: Pseudonyms, stop: Stop
    ) -> None:
        self.journal = journal
        self._path = path
        self._pseudonyms = pseudonyms
        self._stop = stop

    def history(
        self, sink: EventSink, until_ms: int, *, events_per_second: float = 0.0
    ) -> Iterator[Written]:
        """Write what is missing up to `until_ms`: yields what is written, by the day."""
        written = write_span(
            self._community(),
            sink,
            self.journal.written_ms,
            until_ms,
            stop=self._stop,
            events_per_second=events_per_second,
        )
        return self._noted(written)

    def live(self, sink: LiveSink, watch: Watch, *, drop: bool = False) -> Iterator[Written]:
        """Live on by the clock until stopped; with `drop`, one drop comes, and only one ever."""
        if drop and not self.journal.scenario.drops:
            self._note(scenario=Scenario((self._coming_drop(watch.now_ms()),)))
        start_ms = self.journal.written_ms
        return self._noted(
            run_live(self._community(), sink, watch, start_ms=start_ms, stop=self._stop)
        )

    def _coming_drop(self, now_ms: int) -> Drop:
        return drop_after(self.journal.plan, max(now_ms, self.journal.written_ms) + DROP_AFTER_MS)

    def _community(self) -> Community:
        return Community(self.journal.plan, self._pseudonyms, self.journal.scenario)

    def _noted(self, written: Iterator[Written]) -> Iterator[Written]:
        for step in written:
            self._note(written_ms=step.until_ms)
            yield step

    def _note(self, *, written_ms: int | None = None, scenario: Scenario | None = None) -> None:
        self.journal = replace(
            self.journal,
            written_ms=self.journal.written_ms if written_ms is None else written_ms,
            scenario=self.journal.scenario if scenario is None else scenario,
        )
        if self._path is not None:
            write_journal(self._path, self.journal)


def take_up(path: Path | None, wanted: Plan, pseudonyms: Pseudonyms, *, stop: Stop) -> Course:
    """The simulation whose journal lies at `path`, or a new one after the wanted plan."""
    journal = read_journal(path) if path is not None else None
    if journal is None:
        journal = Journal(wanted, written_ms=wanted.origin_ms)
    journal.goes_on_as(wanted)
    return Course(journal, path, pseudonyms, stop)


def origin_before(now_ms: int, *, weeks: int, opening_weeks: int) -> int:
    """When groups are founded so that they have `weeks` of grown-up history at `now_ms`."""
    return (now_ms - (weeks + opening_weeks) * WEEK_MS) // HOUR_MS * HOUR_MS
