"""The committer finds the record that ends it. Lives follow one another as processes would."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from agents import commit, folder, intake
from agents.attempts import Attempts
from agents.commit import LEFT_ON_AN_ERROR, Committer
from agents.patience import PatientStore
from pipeline.core.probation import DEATHS, IN_A_ROW, Failure
from pipeline.core.rows import Source
from pipeline.errors import Fatal, PoisonError, Retryable
from sinks.embedded import EmbeddedStore
from tests.agents.test_commit import HOME, TOPIC, Recorder, Stage, engine, running, until

__all__ = ["engine"]

MARK = b'"bad'
EXPLAINED = "SELECT detail FROM v_dead_letter WHERE epoch = %(e)s AND reason = 'poison'"

_epochs = iter(range(2_000, 3_000))


@pytest.fixture
def stage(engine: EmbeddedStore) -> Stage:
    engine.execute("TRUNCATE TABLE fact_chat")
    return Stage(Recorder(engine), epoch=next(_epochs))


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Tracebacks in colour, of every death, would take longer than all the rest."""
    with capture_logs():
        yield


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes that processes left with."""
    codes: list[int] = []
    monkeypatch.setattr(commit.os, "_exit", codes.append)
    return codes


@pytest.fixture
def on_a_bad_record(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Do something whenever a record that is marked is decoded."""
    decode = intake._decode

    def do(what: Callable[[], Any]) -> None:
        def marked(source: Source, values: Any, *given: Any) -> Any:
            if any(MARK in value for value in values if value):
                what()
            return decode(source, values, *given)

        monkeypatch.setattr(intake, "_decode", marked)

    return do


class Grave:
    """A thread that gets here does not come back while the test runs, as in a process that died."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._over = threading.Event()

    def die(self) -> None:
        self.reached.set()
        self._over.wait()
        raise SystemExit

    def close(self) -> None:
        self._over.set()


@pytest.fixture
def grave() -> Iterator[Grave]:
    made = Grave()
    yield made
    made.close()


async def life(stage: Stage, *batches: list[str], grave: Grave | None = None) -> bool:
    """One process on these batches; whether it got through to the last ack."""
    committer = stage.committer(on_probation=True)
    before = len(stage.acked)
    task = asyncio.create_task(committer.run())
    first = 0
    for ids in batches:
        await committer.offer(stage.batch(first, *ids))
        first += len(ids)

    def dead() -> bool:
        return task.done() if grave is None else grave.reached.is_set()

    await until(lambda: dead() or len(stage.acked) == before + len(batches))
    if dead():
        task.cancel()
        if grave is not None:
            grave.reached.clear()
        return False
    await committer.stop()
    await asyncio.wait_for(task, 60)
    return True


def failures(stage: Stage) -> list[Failure]:
    patient = PatientStore(stage.store, stop=threading.Event(), on_error=lambda _: None)
    source = stage.source(TOPIC, HOME)
    return Attempts(patient).failures({source: 0})[source]


def raise_(error: BaseException) -> Callable[[], None]:
    def raises() -> None:
        raise error.with_traceback(None)

    return raises


class Panic(BaseException):
    """As libraries written in Rust raise it."""


@pytest.mark.parametrize("error", [ZeroDivisionError("bad1 / 0"), Panic("bad1")])
async def test_a_record_whose_fold_raises_is_found_after_three_deaths(
    stage: Stage, left: list[int], on_a_bad_record: Any, error: BaseException
) -> None:
    on_a_bad_record(raise_(error))
    batches = [[f"a{n}" for n in range(40)], [*(f"b{n}" for n in range(25)), "bad1", "c"]]
    for _ in range(DEATHS):
        assert not await life(stage, *batches)
    assert stage.letters() == []
    assert await life(stage, *batches)
    assert left == [LEFT_ON_AN_ERROR] * DEATHS
    assert stage.letters() == [(65, "poison")]
    assert stage.windows() == 66
    (detail,) = stage.store.query(EXPLAINED, {"e": stage.epoch})["detail"]
    assert detail.startswith(f"{type(error).__name__} in raises (test_probation.py:")
    assert "bad1" not in detail
    assert sum(one.outcomes[TOPIC, "rejected", "poison"] for one in stage.stored) == 1
    assert stage.sent == []


async def test_a_record_that_kills_is_found_by_the_deaths_alone(
    stage: Stage, on_a_bad_record: Any, grave: Grave
) -> None:
    on_a_bad_record(grave.die)
    batches = [[f"a{n}" for n in range(40)], [*(f"b{n}" for n in range(25)), "bad1", "c", "bad2"]]
    deaths = 0
    while not await life(stage, *batches, grave=grave):
        deaths += 1
        assert deaths <= DEATHS + 2 * (1 + 2 + DEATHS)
    assert stage.letters() == [(65, "poison"), (67, "poison")]
    assert stage.windows() == 66
    assert await life(stage, *batches, grave=grave)
    assert stage.windows() == 66


@pytest.mark.parametrize("error", [Fatal("no right", code=497), MemoryError(), OSError(28, "full")])
async def test_what_is_no_records_fault_condemns_nobody(
    stage: Stage, left: list[int], on_a_bad_record: Any, error: Exception
) -> None:
    on_a_bad_record(raise_(error))
    for _ in range(DEATHS + 1):
        assert not await life(stage, ["a", "bad1", "b"])
    assert failures(stage) == []
    on_a_bad_record(raise_(ValueError()))
    for _ in range(DEATHS):
        assert not await life(stage, ["a", "bad1", "b"])
    on_a_bad_record(raise_(error))  # careful by now, and still no verdict
    assert not await life(stage, ["a", "bad1", "b"])
    assert stage.letters() == []
    on_a_bad_record(lambda: None)
    assert await life(stage, ["a", "bad1", "b"])
    assert stage.windows() == 3
    assert len(left) == 2 * (DEATHS + 1)


async def test_more_than_ten_in_a_row_are_the_programs_fault(
    stage: Stage, left: list[int], on_a_bad_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_bad_record(raise_(ValueError()))
    told: list[BaseException] = []
    spare = commit.Probation.spare

    def spared(*given: Any) -> Any:
        try:
            return spare(*given)
        except PoisonError as error:
            told.append(error)
            raise

    monkeypatch.setattr(commit.Probation, "spare", spared)
    ids = ["a", *(f"bad{number}" for number in range(IN_A_ROW + 2)), "b"]
    for _ in range(DEATHS + 2):
        assert not await life(stage, ids)
    assert [offset for offset, _ in stage.letters()] == list(range(1, 1 + IN_A_ROW))
    assert len(told) == 2
    assert f"{TOPIC}/{HOME}, offset {1 + IN_A_ROW}" in str(told[0])
    assert "replayed" in str(told[0])
    on_a_bad_record(lambda: None)  # it is mended
    assert await life(stage, ids)
    assert stage.windows() == len(ids) - IN_A_ROW


async def test_once_the_broker_is_beyond_the_first_batch_nothing_is_noted(stage: Stage) -> None:
    committer = stage.committer(on_probation=True)
    async with running(committer):
        await committer.offer(stage.batch(7, "a"))
        await until(lambda: len(stage.acked) == 1)
        assert stage.store.tables.count("batch_attempt") == 2
        await committer.offer(stage.batch(8, "b"))
        await until(lambda: len(stage.acked) == 2)
        assert stage.store.tables.count("batch_attempt") == 4
        stage.committed = 9
        await committer.offer(stage.batch(9, "c"))
        await until(lambda: len(stage.acked) == 3)
        assert stage.store.tables.count("batch_attempt") == 4
    assert failures(stage) == []


async def end_in_order(committer: Committer) -> None:
    await committer.stop()


async def rebalance(committer: Committer) -> None:
    await committer.on_revoked()


@pytest.mark.parametrize("end", [end_in_order, rebalance])
async def test_an_end_in_order_is_no_failure(stage: Stage, grave: Grave, end: Any) -> None:
    committer = stage.committer(on_probation=True)
    committer._storing._letters.publish = lambda _: grave.die()  # type: ignore[method-assign]
    task = asyncio.create_task(committer.run())
    await committer.offer(stage.batch(0, "a", "b"))
    await until(grave.reached.is_set)
    assert failures(stage) == [Failure(0, 1, alone=False)]
    await end(committer)
    assert failures(stage) == []
    task.cancel()


async def test_a_wait_for_the_store_is_no_failure(stage: Stage, grave: Grave) -> None:
    insert, tried = stage.store.insert, []

    def refuses_windows(table: str, frame: Any) -> None:
        if table == "group_minute":
            tried.append(table)
            if len(tried) == 2:
                grave.die()
            raise Retryable("too many parts", where="here")
        insert(table, frame)

    stage.store.insert = refuses_windows  # type: ignore[method-assign]
    assert not await life(stage, ["a"], grave=grave)
    assert failures(stage) == []


async def test_a_fold_that_fails_in_the_middle_leaves_nothing_behind(
    stage: Stage, left: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It raises when the windows have taken the events in: they are counted once all the same."""
    rows = folder.fact_rows

    def fact_rows(events: Any, *given: Any) -> Any:
        if "bad1" in events["event_id"].to_list():
            raise ValueError
        return rows(events, *given)

    monkeypatch.setattr(folder, "fact_rows", fact_rows)
    for _ in range(DEATHS):
        assert not await life(stage, ["a", "b", "bad1", "c"])
    assert await life(stage, ["a", "b", "bad1", "c"])
    assert (stage.letters(), stage.windows()) == ([(2, "poison")], 3)
    assert stage.store.query("SELECT count() AS n FROM fact_chat")["n"][0] == 3


async def test_who_is_guilty_is_not_tried_again_in_a_later_commit_either(
    stage: Stage, on_a_bad_record: Any, grave: Grave
) -> None:
    on_a_bad_record(grave.die)
    patient = PatientStore(stage.store, stop=threading.Event(), on_error=lambda _: None)
    for _ in range(DEATHS):
        Attempts(patient).begin({stage.source(TOPIC, HOME): (1, 1)}, alone=True)
    committer = stage.committer(on_probation=True)
    async with running(committer):
        await committer.offer(stage.batch(0, "a"))
        await until(lambda: len(stage.acked) == 1)
        stage.committed = 1
        await committer.offer(stage.batch(1, "bad1", "b"))
        await until(lambda: len(stage.acked) == 2 or grave.reached.is_set())
    assert (stage.letters(), stage.windows()) == ([(1, "poison")], 2)


async def test_what_is_counted_already_is_not_condemned(
    stage: Stage, on_a_bad_record: Any, grave: Grave
) -> None:
    """It died three times by itself, but after its fact was stored: nobody knows of what."""
    patient = PatientStore(stage.store, stop=threading.Event(), on_error=lambda _: None)
    assert await life(stage, ["a", "b"])
    for _ in range(DEATHS):
        Attempts(patient).begin({stage.source(TOPIC, HOME): (1, 1)}, alone=True)
    assert await life(stage, ["a", "b"])
    assert (stage.letters(), stage.windows()) == ([], 2)
    assert sum(one.outcomes[TOPIC, "replayed", ""] for one in stage.stored) == 2


async def test_a_verdict_cut_off_from_its_commit_stands(
    stage: Stage, on_a_bad_record: Any, grave: Grave, left: list[int]
) -> None:
    """Killed right after the letter was stored: the next life neither tries nor doubles it."""
    on_a_bad_record(raise_(ValueError()))
    for _ in range(DEATHS):
        assert not await life(stage, ["a", "bad1", "b"])
    insert = stage.store.insert

    def dies_after_the_letter(table: str, frame: Any) -> None:
        insert(table, frame)
        if table == "dead_letter":
            grave.die()

    stage.store.insert = dies_after_the_letter  # type: ignore[method-assign]
    assert not await life(stage, ["a", "bad1", "b"], grave=grave)
    stage.store.insert = insert  # type: ignore[method-assign]
    assert await life(stage, ["a", "bad1", "b"])
    assert (stage.letters(), stage.windows()) == ([(1, "poison")], 2)
