"""Whether the store answers, as the watchdog and /readyz understand it."""

from __future__ import annotations

import threading
from typing import Any

import polars as pl
import pytest

from agents.patience import HUNG_S, SLOW_S, PatientStore
from pipeline.errors import Fatal, Retryable


class Store:
    """Does what the test tells it to, in the middle of a call."""

    def __init__(self) -> None:
        self.during: Any = lambda: None

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        self.during()

    def query(self, sql: str, params: Any = None) -> pl.DataFrame:
        self.during()
        return pl.DataFrame()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def patient(store: Store) -> PatientStore:
    stop = threading.Event()
    stop.set()  # a failure is raised instead of waited out
    return PatientStore(store, stop=stop, on_error=lambda _: None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "answers"),
    [(0, True), (SLOW_S - 1, True), (SLOW_S + 1, False), (HUNG_S - 1, False), (HUNG_S + 1, True)],
)
def test_a_call_that_takes_long_is_no_answer_but_not_for_ever(
    store: Store,
    patient: PatientStore,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
    answers: bool,
) -> None:
    now = 1_000.0
    monkeypatch.setattr("agents.patience.time.monotonic", lambda: now)
    found: list[bool] = []

    def during() -> None:
        nonlocal now
        now += seconds
        found.append(patient.answers)

    store.during = during
    patient.insert("t", pl.DataFrame())
    patient.query("SELECT 1")
    assert found == [answers, answers]
    assert patient.answers


def test_a_failure_is_no_answer_until_the_next_success(store: Store, patient: PatientStore) -> None:
    def fails() -> None:
        raise Retryable("away")

    store.during = fails
    with pytest.raises(Retryable):
        patient.query("SELECT 1")
    assert not patient.answers
    store.during = lambda: None
    patient.query("SELECT 1")
    assert patient.answers


def test_a_refusal_is_an_answer(store: Store, patient: PatientStore) -> None:
    def refuses() -> None:
        raise Fatal("never", code=1)

    store.during = refuses
    with pytest.raises(Fatal):
        patient.insert("t", pl.DataFrame())
    assert patient.answers
