"""When the audit runs by itself, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from pipeline.audit import schedule
from pipeline.audit.schedule import AuditSchedule
from pipeline.clock import SharedClock
from pipeline.errors import BrokerError
from pipeline.settings import Settings
from sinks.embedded import EmbeddedStore
from tests.reference.stored import migrated_store

HOUR_MS = 3_600_000
NOW_MS = 1_764_072_000_000


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The spans that were audited."""
    found: list[tuple[int, int]] = []

    def audit(*_: Any, since_ms: int, until_ms: int, **__: Any) -> list[Any]:
        found.append((since_ms, until_ms))
        return []

    monkeypatch.setattr(schedule, "audit", audit)
    return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with migrated_store(tmp_path / "store") as store:
        yield store


def scheduled(store: EmbeddedStore, minutes: int = 60) -> AuditSchedule:
    return AuditSchedule(Settings(audit_minutes=minutes), store, SharedClock(None))


def test_each_hour_over_what_came_since_two_hours_before_the_last(
    store: EmbeddedStore, spans: list[tuple[int, int]]
) -> None:
    audits = scheduled(store)
    assert audits.run_if_due(NOW_MS)
    assert not audits.run_if_due(NOW_MS + HOUR_MS - 1)
    assert audits.run_if_due(NOW_MS + HOUR_MS)
    first, second = spans
    assert first == (NOW_MS - 2 * HOUR_MS, NOW_MS)
    assert second == (NOW_MS - 2 * HOUR_MS, NOW_MS + HOUR_MS)


def test_a_stop_ends_one_that_is_under_way(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, steps = Event(), []

    def audit(*_: Any, progress: Any, **__: Any) -> list[Any]:
        for step in range(5):
            progress("looking", step, 5)
            steps.append(step)
            if step == 1:
                stop.set()
        return []

    monkeypatch.setattr(schedule, "audit", audit)
    scheduled(store).run_forever(stop)
    assert steps == [0, 1]


def test_one_that_cannot_be_done_is_tried_again(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, tries = Event(), []

    def audit(*_: Any, **__: Any) -> list[Any]:
        tries.append(1)
        if len(tries) == 2:
            stop.set()
            return []
        raise BrokerError("no broker")

    monkeypatch.setattr(schedule, "audit", audit)
    monkeypatch.setattr(schedule, "RETRY_S", 0.0)
    scheduled(store).run_forever(stop)
    assert len(tries) == 2


def test_none_is_wanted(store: EmbeddedStore, spans: list[tuple[int, int]]) -> None:
    scheduled(store, minutes=0).run_forever(Event())
    assert spans == []
