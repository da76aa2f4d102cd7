"""What a run notes is what the next one reads, on both stores."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from agents.attempts import Attempts
from agents.patience import PatientStore
from pipeline.core.probation import Failure
from pipeline.core.rows import Source
from pipeline.errors import Retryable
from schemas.event_type import EventType
from sinks.store import Store

ONE, OTHER = (Source(EventType.CHAT, "community.chat", number, 1) for number in (0, 1))
EARLIER = Source(EventType.CHAT, "community.chat", 0, 2)


@pytest.fixture
def patient(migrated: Store) -> PatientStore:
    return PatientStore(migrated, stop=threading.Event(), on_error=lambda _: None)


def failures(patient: PatientStore, source: Source = ONE, first: int = 0) -> list[Failure]:
    return Attempts(patient).failures({source: first})[source]


def test_what_was_under_way_last_is_a_failure_of_its_partition(patient: PatientStore) -> None:
    run = Attempts(patient)
    run.begin({ONE: (0, 99), OTHER: (5, 7)}, alone=False)
    run.passed({ONE: 99, OTHER: 7})
    run.begin({ONE: (100, 149)}, alone=True)
    assert failures(patient) == [Failure(100, 149, alone=True)]
    assert failures(patient, OTHER) == []
    assert failures(patient, EARLIER) == []


def test_a_failure_below_the_first_offset_is_history(patient: PatientStore) -> None:
    Attempts(patient).begin({ONE: (0, 9)}, alone=False)
    assert len(failures(patient, first=9)) == 1
    assert failures(patient, first=10) == []


def test_every_run_has_its_own_failure(patient: PatientStore) -> None:
    run = Attempts(patient)
    run.begin({ONE: (0, 9)}, alone=False)
    run.renew()
    run.begin({ONE: (0, 9)}, alone=False)
    Attempts(patient).begin({ONE: (0, 4)}, alone=True)
    assert sorted(failures(patient), key=lambda each: each.last) == [
        Failure(0, 4, alone=True),
        Failure(0, 9, alone=False),
        Failure(0, 9, alone=False),
    ]


def test_what_is_stored_excuses_nothing_that_was_begun_since(patient: PatientStore) -> None:
    run = Attempts(patient)
    run.begin({ONE: (0, 9)}, alone=False)
    run.begin({ONE: (10, 19)}, alone=False)
    run.passed({ONE: 9})
    assert failures(patient) == [Failure(10, 19, alone=False)]
    run.passed({ONE: 19})
    assert failures(patient) == []


def test_what_is_excused_is_no_failure(patient: PatientStore) -> None:
    run = Attempts(patient)
    run.begin({ONE: (0, 9), OTHER: (0, 9)}, alone=True)
    run.excuse()
    assert failures(patient) == failures(patient, OTHER) == []
    run.begin({ONE: (0, 9)}, alone=True)
    assert len(failures(patient)) == 1


def test_an_excuse_that_a_store_away_did_not_take_is_made_again(
    patient: PatientStore, migrated: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Attempts(patient)
    run.begin({ONE: (0, 9)}, alone=True)

    def away(*_: Any) -> None:
        raise Retryable("away")

    with monkeypatch.context() as patched:
        patched.setattr(migrated, "insert", away)
        run.excuse()
    assert len(failures(patient)) == 1
    run.excuse()
    assert failures(patient) == []


def test_nothing_is_written_for_nothing(patient: PatientStore, migrated: Store) -> None:
    run = Attempts(patient)
    run.begin({}, alone=False)
    run.passed({ONE: 9})
    run.excuse()
    assert migrated.query("SELECT run FROM batch_attempt").is_empty()
