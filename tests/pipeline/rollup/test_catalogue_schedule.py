"""When the catalogue is rolled up, with a rollup that only notes what it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Event
from typing import cast

import pytest

from pipeline.clock import SharedClock
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.catalogue_schedule import LOOK_S, CatalogueSchedule
from pipeline.rollup.readings import Readings
from tests.reference.community import DAY, HOUR, ZONE, at

NOW = at("2025-03-05 10:00")


class Noted:
    """What a rollup was asked to do."""

    possible = True

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failed: dict[str, str] = {}

    def run_once(self, asof_ms: int) -> Iterator[tuple[None, int]]:
        self.asked.append("windows")
        yield None, 1
        yield None, 1

    def run_live(self, t_ms: int) -> int:
        self.asked.append("live")
        return 1


class NoReadings:
    """Stored milestones that are never due."""

    def run(self, slow_end_ms: int, wall_ms: int) -> int:
        return 0


@pytest.fixture
def noted() -> Noted:
    return Noted()


def schedule(noted: Noted, live_seconds: int = 60) -> CatalogueSchedule:
    return CatalogueSchedule(
        cast("CatalogueRollup", noted),
        cast("Readings", NoReadings()),
        SharedClock(),
        grace_ms=0,
        zone=ZONE,
        live_seconds=live_seconds,
    )


def test_first_it_does_all_and_then_waits(noted: Noted) -> None:
    runs = schedule(noted)
    for second in (1_000, 1_002, 1_004):
        runs.tick(NOW, second, Event())
    assert noted.asked == ["live", "windows"]


def test_trailing_windows_come_each_minute(noted: Noted) -> None:
    runs = schedule(noted)
    for second in (1_000, 1_030, 1_060):
        runs.tick(NOW, second, Event())
    assert noted.asked == ["live", "windows", "live"]


def test_a_day_that_has_closed_is_rolled_up_at_once(noted: Noted) -> None:
    runs = schedule(noted, live_seconds=0)
    runs.tick(NOW, 1_000, Event())
    runs.tick(NOW + 13 * HOUR, 1_002, Event())
    runs.tick(NOW + DAY, 1_004, Event())
    assert noted.asked == ["windows", "windows"]


def test_late_facts_are_looked_for_from_time_to_time(noted: Noted) -> None:
    runs = schedule(noted, live_seconds=0)
    runs.tick(NOW, 1_000, Event())
    runs.tick(NOW, 1_000 + LOOK_S, Event())
    assert noted.asked == ["windows", "windows"]


def test_a_stop_ends_it_between_two_windows(noted: Noted) -> None:
    stop = Event()
    stop.set()
    runs = schedule(noted)
    for second in (1_000, 1_002):
        runs.tick(NOW, second, stop)
    assert noted.asked == ["live", "windows", "windows"]  # what was cut off is due again


def test_a_store_that_is_too_old_is_left_alone(noted: Noted) -> None:
    noted.possible = False
    schedule(noted).run_forever(Event())
    assert not noted.asked
