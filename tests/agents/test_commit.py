"""The committer over the embedded engine: order, verdicts, rebalances; Faust is stood in for."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import accumulate
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from agents import commit
from agents.commit import LEFT_ON_AN_ERROR, Committer
from agents.folded import Folded
from agents.folder import Folder
from agents.intake import Intake
from agents.letters import Letters
from agents.patience import PatientStore
from agents.probation import NO_PROBATION, Probation
from agents.transport import Batch, Room
from agents.writer import Writer
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.records import Record, Records
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import Source
from pipeline.errors import Fatal, Retryable
from schemas.chat import Chat
from schemas.control import RebuildWindows, record_of
from schemas.decode import Limits
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.texts import Texts
from sinks.embedded import EmbeddedStore
from tests.reference.stored import migrated_store

TOPIC = "community.chat"
HOME = partition_for(routing_key("g", "", ""), 4)
DATA_ERROR, NO_RIGHTS = 407, 497


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@dataclass
class Recorder:
    """A store that notes the order of inserts and refuses facts of one id on demand."""

    engine: EmbeddedStore
    tables: list[str] = field(default_factory=list)
    refuses: str = ""
    code: int = DATA_ERROR
    fails_at: threading.Event | None = None
    held: threading.Event | None = None

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        if self.fails_at is not None:
            failing, self.fails_at = self.fails_at, None
            failing.wait(60)
            raise Retryable("away")
        if self.held is not None:
            self.held.wait(60)
        if self.refuses and table == "fact_chat" and self.refuses in frame["event_id"].to_list():
            raise Fatal("no", code=self.code)
        self.tables.append(table)
        self.engine.insert(table, frame)

    def query(self, sql: str, params: Any = None) -> pl.DataFrame:
        return self.engine.query(sql, params)


@dataclass
class Stage:
    """A committer with everything around it, and what it did."""

    store: Recorder
    epoch: int
    app: Any = None
    acked: list[int] = field(default_factory=list)
    stored: list[Folded] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    committed: int = 0
    """What the broker says of every partition."""

    def committer(self, *, on_probation: bool = False, rows_limit: int = 50_000) -> Committer:
        self.app = SimpleNamespace(consumer_generation_id=1, room=Room(10**9))
        stop = threading.Event()
        patient = PatientStore(self.store, stop=stop, on_error=lambda _: probation.excuse())
        limits = Limits(currency="CNY", key_id="k", kept_ms=10**13)
        intake = Intake(dict.fromkeys(EventType, limits), SharedClock(), future_ms=0, partitions=4)
        letters = SimpleNamespace(send_letter=self.sent.append, flush=lambda: None)
        folder = Folder(patient, intake, bytes_limit=10**8)
        probation = NO_PROBATION
        if on_probation:
            probation = Probation(
                patient, folder, source_of=self.source, committed=lambda *_: self.committed
            )
        return Committer(
            self.app,
            folder,
            Writer(patient, on_stage=lambda *_: None),
            Letters(letters),
            source_of=self.source,
            on_facts=lambda *_: None,
            on_stored=lambda folded, _: self.stored.append(folded),
            stopping=stop,
            rows_limit=rows_limit,
            longest_age_s=0.05,
            probation=probation,
        )

    def source(self, topic: str, number: int) -> Source:
        return Source(EventType.CHAT, topic, number, self.epoch)

    def batch(self, first: int, *ids: str, generation: int = 1) -> Any:
        """Chats with these ids at offsets from `first` on, as Faust would hand them over."""
        now = wall_ms()
        records = [
            Record(offset=first + place, timestamp=now, value=chat(event_id), headers=())
            for place, event_id in enumerate(ids)
        ]
        return self.event(Records.of(records), generation)

    def event(self, records: Records, generation: int = 1) -> Any:
        batch = Batch(TOPIC, HOME, records, self.app.room)
        return SimpleNamespace(
            value=batch,
            message=SimpleNamespace(generation_id=generation),
            ack=lambda: self.acked.append(batch.offset),
        )

    def order(self, first: int, *ids: str) -> Any:
        """An order to rebuild the minute of all chats, and chats behind it in the same batch."""
        minute = 1_700_000_000_000 // 60_000
        value, headers = record_of(RebuildWindows(from_minute=minute, until_minute=minute + 1))
        records: Records = self.batch(first, "-", *ids).value.records
        records.values = Texts.of([value, *list(records.values)[1:]])
        records.headers = [headers, *[()] * len(ids)]
        return self.event(records)

    def windows(self) -> int:
        rows = self.store.query(
            "SELECT toInt64(sum(messages)) AS n FROM group_minute FINAL WHERE epoch = %(e)s",
            {"e": self.epoch},
        )
        return int(rows["n"][0] or 0)

    def letters(self) -> list[tuple[int, str]]:
        rows = self.store.query(
            "SELECT offset, reason FROM v_dead_letter WHERE epoch = %(e)s ORDER BY offset",
            {"e": self.epoch},
        )
        return list(rows.iter_rows())


def chat(event_id: str) -> bytes:
    return to_wire(
        Chat(
            event_id=event_id, event_time=1_700_000_000_000, group_id="g", user_id="u",
            source="test", key_id="k", message_id="m", msg_type="text",
        )
    )  # fmt: skip


_epochs = iter(range(1, 1000))


@pytest.fixture
def stage(engine: EmbeddedStore) -> Stage:
    engine.execute("TRUNCATE TABLE fact_chat")
    return Stage(Recorder(engine), epoch=next(_epochs))


@asynccontextmanager
async def running(committer: Committer) -> AsyncIterator[None]:
    task = asyncio.create_task(committer.run())
    yield
    await committer.stop()
    await asyncio.wait_for(task, 60)


async def until(what: Any) -> None:
    async with asyncio.timeout(60):
        while not what():
            await asyncio.sleep(0.01)


async def test_facts_go_first_then_offsets_then_windows_then_the_ack(stage: Stage) -> None:
    committer = stage.committer()
    async with running(committer):
        await committer.offer(stage.batch(0, "a", "b"))
        await until(lambda: stage.acked)
    assert stage.store.tables == ["fact_chat", "offsets", "group_minute"]
    assert (stage.acked, stage.windows()) == ([1], 2)


async def test_many_batches_become_one_commit_and_are_acked_in_order(stage: Stage) -> None:
    committer = stage.committer()
    async with running(committer):
        for first in range(0, 30, 3):
            await committer.offer(stage.batch(first, f"a{first}", f"b{first}", f"c{first}"))
        await until(lambda: len(stage.acked) == 10)
    assert stage.acked == sorted(stage.acked)
    assert len(stage.stored) < 10
    assert stage.windows() == 30


@pytest.mark.parametrize(("sizes", "commits"), [([2, 2, 2, 5], [4, 2, 5]), ([7, 1], [7, 1])])
async def test_a_commit_has_no_more_records_than_it_may_unless_one_batch_has(
    stage: Stage, sizes: list[int], commits: list[int]
) -> None:
    committer = stage.committer(rows_limit=5)
    for first, size in zip(accumulate(sizes, initial=0), sizes, strict=False):
        await committer.offer(stage.batch(first, *(f"{first}-{at}" for at in range(size))))
    async with running(committer):
        await until(lambda: len(stage.acked) == len(sizes))
    assert [folded.records for folded in stage.stored] == commits


async def test_what_the_store_refuses_is_a_dead_letter_and_the_rest_counts(stage: Stage) -> None:
    stage.store.refuses = "bad"
    committer = stage.committer()
    async with running(committer):
        await committer.offer(stage.batch(0, "a", "b", "bad", "c"))
        await committer.offer(stage.batch(4, "d"))
        await until(lambda: len(stage.acked) == 2)
        await committer.offer(stage.batch(5, "e"))
        await until(lambda: len(stage.acked) == 3)
    assert stage.letters() == [(2, "store_refused")]
    assert stage.windows() == 5
    assert stage.stored[0].outcomes[TOPIC, "rejected", "store_refused"] == 1


async def test_a_verdict_of_the_store_holds_on_a_replay_that_would_not_refuse(
    stage: Stage,
) -> None:
    stage.store.refuses = "bad"
    committer = stage.committer()
    async with running(committer):
        await committer.offer(stage.batch(0, "a", "bad"))
        await until(lambda: stage.acked)
    stage.store.refuses = ""
    again = stage.committer()
    async with running(again):
        await again.offer(stage.batch(0, "a", "bad"))
        await until(lambda: len(stage.acked) == 2)
    assert stage.windows() == 1
    assert stage.stored[-1].outcomes[TOPIC, "replayed", ""] == 1
    assert stage.stored[-1].outcomes[TOPIC, "rejected", "store_refused"] == 1


async def test_an_order_rebuilds_windows_over_all_that_lies_before_it(stage: Stage) -> None:
    """A wrong row of the highest version, as no fault of ours can write, is put right."""
    committer = stage.committer()
    minute = 1_700_000_000_000 // 60_000
    async with running(committer):
        await committer.offer(stage.batch(0, "a", "b"))
        await until(lambda: stage.acked)
        rows = stage.store.query(
            "SELECT * FROM group_minute WHERE epoch = %(e)s", {"e": stage.epoch}
        )
        stage.store.insert("group_minute", rows.with_columns(messages=pl.lit(99, pl.UInt64)))
        records = stage.batch(2, "c", "d", "a").value.records
        value, headers = record_of(RebuildWindows(from_minute=minute, until_minute=minute + 1))
        first, _, last = records.values
        records.values = Texts.of([first, value, last])
        records.headers = [(), headers, ()]
        await committer.offer(stage.event(records))
        await until(lambda: len(stage.acked) == 2)
    assert stage.windows() == 3
    assert [(one.first_offset, one.last_offset) for each in stage.stored for one in each.taken] == [
        (0, 1), (2, 2), (3, 3), (4, 4),
    ]  # fmt: skip
    assert stage.stored[-1].outcomes[TOPIC, "duplicate", ""] == 1
    assert stage.stored[-2].outcomes[TOPIC, "control", ""] == 1


async def test_an_order_finds_stored_what_was_open_before_it(stage: Stage) -> None:
    """In a backlog the windows of a commit wait for the next; an order is carried out over all."""
    committer = stage.committer(rows_limit=100)
    await committer.offer(stage.batch(0, *(f"a{at}" for at in range(60))))
    await committer.offer(stage.batch(60, *(f"b{at}" for at in range(60))))
    await committer.offer(stage.order(120, *(f"c{at}" for at in range(50))))
    async with running(committer):
        await until(lambda: len(stage.acked) == 3)
    assert stage.store.tables[3:7] == ["fact_chat", "offsets", "group_minute", "offsets"]
    assert stage.windows() == 170
    assert stage.acked == [59, 119, 170]


async def test_nothing_is_folded_while_an_order_is_stored(stage: Stage) -> None:
    """It would read back windows that the order has just let go of."""
    committer = stage.committer(rows_limit=1)
    stage.store.held = threading.Event()
    await committer.offer(stage.order(0))
    await committer.offer(stage.batch(1, "a"))
    async with running(committer):
        await until(lambda: committer._folder._number == 1)
        await asyncio.sleep(0.3)
        assert committer._folder._number == 1
        stage.store.held.set()
        await until(lambda: len(stage.acked) == 2)
    assert stage.windows() == 1


async def test_batches_of_an_old_generation_are_neither_folded_nor_acked(stage: Stage) -> None:
    committer = stage.committer()
    async with running(committer):
        await committer.offer(stage.batch(0, "old", generation=0))
        await committer.offer(stage.batch(0, "new"))
        await until(lambda: stage.acked)
    assert stage.windows() == 1
    assert stage.store.query("SELECT event_id FROM fact_chat")["event_id"].to_list() == ["new"]


async def test_a_rebalance_drops_the_cache_and_what_waits(stage: Stage) -> None:
    committer = stage.committer()
    async with running(committer):
        await committer.offer(stage.batch(0, "a"))
        await until(lambda: stage.acked)
        await committer.on_revoked()
        stage.app.consumer_generation_id = 2
        await committer.offer(stage.batch(0, "a", "b", generation=2))
        await until(lambda: len(stage.acked) == 2)
    assert stage.stored[-1].outcomes[TOPIC, "replayed", ""] == 1
    assert stage.windows() == 2


async def test_a_batch_taken_before_a_rebalance_is_not_folded_after_it(stage: Stage) -> None:
    """Faust names the next generation only when it assigns: until then the old id still stands."""
    committer = stage.committer()
    async with running(committer):
        late = stage.batch(0, "late")
        async with committer._folding:
            revoking = asyncio.create_task(committer.on_revoked())
            await asyncio.sleep(0)
            await committer.offer(late)
            await asyncio.sleep(0.2)
        await revoking
        await asyncio.sleep(0.2)
    assert (stage.acked, stage.windows(), committer._folder.held) == ([], 0, 0)


async def test_nothing_is_stored_after_a_commit_that_was_given_up_for_a_stop(stage: Stage) -> None:
    """Its windows count the events of the one before, whose facts are in no store."""
    committer = stage.committer()
    task = asyncio.create_task(committer.run())
    failing = stage.store.fails_at = threading.Event()
    await committer.offer(stage.batch(0, "a"))
    await until(lambda: stage.store.fails_at is None)
    await committer.offer(stage.batch(1, "b"))
    await until(lambda: committer._folder._number == 2)
    await committer.stop()
    failing.set()
    await asyncio.wait_for(task, 60)
    assert (stage.acked, stage.store.tables) == ([], [])


async def test_an_error_that_is_not_about_rows_leaves_the_process(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[int] = []
    monkeypatch.setattr(commit.os, "_exit", left.append)
    stage.store.refuses, stage.store.code = "a", NO_RIGHTS
    committer = stage.committer()
    task = asyncio.create_task(committer.run())
    await committer.offer(stage.batch(0, "a"))
    await until(lambda: left)
    await committer.stop()
    await asyncio.wait_for(task, 60)
    assert left == [LEFT_ON_AN_ERROR]
    assert (stage.acked, stage.letters()) == ([], [])
