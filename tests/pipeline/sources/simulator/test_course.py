"""Stopped anywhere and taken up again, a simulation is the same one."""

from dataclasses import replace
from pathlib import Path
from threading import Event as Stop

import pytest

from pipeline.errors import SettingsError, UsageError
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.simulator.course import Course, origin_before, take_up
from pipeline.sources.simulator.groups import Plan
from pipeline.sources.simulator.journal import Journal, read_journal, write_journal
from pipeline.sources.simulator.live import Watch
from pipeline.sources.simulator.membership import WEEK_MS
from pipeline.sources.simulator.rhythm import DAY_MS, HOUR_MS
from pipeline.sources.simulator.scenario import Drop, Scenario
from pipeline.sources.sink import ListSink
from schemas.event import Event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "simulator.json"


def course(path: Path | None, plan: Plan, pseudonyms: Pseudonyms) -> Course:
    return take_up(path, plan, pseudonyms, stop=Stop())


def test_a_stopped_history_goes_on_where_it_was(
    path: Path, plan: Plan, pseudonyms: Pseudonyms, history: list[Event]
) -> None:
    sink, until_ms = ListSink(), plan.origin_ms + 6 * DAY_MS
    first = course(path, plan, pseudonyms).history(sink, until_ms)
    for _ in range(3):
        next(first)
    list(course(path, plan, pseudonyms).history(sink, until_ms))
    assert sink.events == [event for event in history if event.event_time < until_ms]


def test_a_finished_history_is_not_written_again(
    path: Path, plan: Plan, pseudonyms: Pseudonyms
) -> None:
    until_ms = plan.origin_ms + DAY_MS
    list(course(path, plan, pseudonyms).history(ListSink(), until_ms))
    assert not list(course(path, plan, pseudonyms).history(ListSink(), until_ms))


def test_a_later_call_keeps_the_founding(path: Path, plan: Plan, pseudonyms: Pseudonyms) -> None:
    list(course(path, plan, pseudonyms).history(ListSink(), plan.origin_ms + HOUR_MS))
    later = replace(plan, origin_ms=plan.origin_ms + WEEK_MS)
    assert course(path, later, pseudonyms).journal.plan == plan


def test_other_numbers_are_refused(path: Path, plan: Plan, pseudonyms: Pseudonyms) -> None:
    list(course(path, plan, pseudonyms).history(ListSink(), plan.origin_ms + HOUR_MS))
    with pytest.raises(UsageError, match="seed 1, 5 groups"):
        course(path, replace(plan, seed=2), pseudonyms)


def test_without_a_journal_nothing_is_kept(plan: Plan, pseudonyms: Pseudonyms) -> None:
    dry = course(None, plan, pseudonyms)
    list(dry.history(ListSink(), plan.origin_ms + HOUR_MS))
    assert dry.journal.written_ms == plan.origin_ms + HOUR_MS


def test_the_drop_is_decided_once(path: Path, plan: Plan, pseudonyms: Pseudonyms) -> None:
    def live(now_ms: int) -> Scenario:
        stop = Stop()
        run = take_up(path, plan, pseudonyms, stop=stop)
        watch = Watch(lambda: now_ms, lambda: 0.0)
        stop.set()
        list(run.live(ListSink(), watch, drop=True))
        return run.journal.scenario

    first = live(plan.origin_ms + WEEK_MS)
    assert len(first.drops) == 1
    assert first.drops[0].start_ms >= plan.origin_ms + WEEK_MS + 2 * HOUR_MS
    assert live(plan.origin_ms + 2 * WEEK_MS) == first


def test_a_journal_is_read_as_it_was_written(path: Path, plan: Plan) -> None:
    journal = Journal(plan, 7, Scenario((Drop(1, 2, (3, 4), 0.5),)))
    write_journal(path, journal)
    assert read_journal(path) == journal


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"plan": {}, "written_ms": 0, "drops": []}'])
def test_a_broken_journal_says_what_to_do(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(SettingsError, match="Delete it"):
        read_journal(path)


def test_groups_are_founded_at_a_full_hour_before_history() -> None:
    now_ms = 1_760_000_123_456
    origin_ms = origin_before(now_ms, weeks=5, opening_weeks=2)
    assert origin_ms % HOUR_MS == 0
    assert now_ms - 7 * WEEK_MS - HOUR_MS < origin_ms <= now_ms - 7 * WEEK_MS
