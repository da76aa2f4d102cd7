"""What of a commit is stored at once and what waits, over a store that only takes notes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from agents.faults import NO_FAULTS
from agents.folded import Folded, Share
from agents.intake import Taken
from agents.letters import Letters
from agents.pieces import Part, Piece
from agents.probation import NO_PROBATION
from agents.storing import OPEN_COMMITS, Storing
from agents.transport import Batch, Room
from agents.writer import Writer
from pipeline.core.records import Record, Records
from pipeline.core.rows import Source
from pipeline.errors import Fatal
from schemas.event_type import EventType
from sinks.topics import topic_of

ROWS_LIMIT = 100  # so ten facts of a type are many
CHAT, JOIN, ORDER = EventType.CHAT, EventType.JOIN, EventType.ORDER


@dataclass
class Scene:
    """`Storing` with everything around it, and what it did, in order."""

    did: list[str] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    room: Room = field(default_factory=lambda: Room(10**9))
    folds: int = 0
    ends: dict[EventType, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        store: Any = SimpleNamespace(insert=self.insert)
        letters: Any = SimpleNamespace(send_letter=lambda _: None, flush=lambda: None)
        self.storing = Storing(
            self.room,
            Writer(store, on_stage=lambda *_: None),
            Letters(letters),
            rows_limit=ROWS_LIMIT,
            refold=self.refold,
            is_ours=lambda _: True,
            on_facts=lambda counted, _: self.did.extend(f"tell {kind}" for kind, _ in counted),
            on_stored=lambda folded, _: self.did.append(f"stored {folded.records}"),
            faults=NO_FAULTS,
            probation=NO_PROBATION,
        )

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        if table.startswith("fact_") and self.refuses & set(frame["event_id"]):
            raise Fatal("no", code=407)
        self.did.append(f"{table} {frame.height}")

    async def refold(self, parts: list[Part]) -> Folded:
        self.did.append(f"refold {sum(len(records) for _, records in parts)}")
        by_type: dict[EventType, list[Records]] = {}
        for event, records in parts:
            by_type.setdefault(event.kind, []).append(records)
        return self.fold({kind: Records.joined(its) for kind, its in by_type.items()})

    def fold(self, records: dict[EventType, Records]) -> Folded:
        """A commit of these records, all facts; the 100th fold knows what is refused."""
        self.folds += 1
        folded = Folded(self.folds, 0)
        for kind, its in records.items():
            source = Source(kind, topic_of(kind), 0, 1)
            ids = [(f"{kind} {offset}", offset) for offset in its.offsets.tolist()]
            kept = ids if self.folds < 100 else [one for one in ids if one[0] not in self.refuses]
            facts = pl.DataFrame(kept, schema=["event_id", "offset"], orient="row").with_columns(
                source=pl.lit("s"), epoch=1, topic=pl.lit(source.topic), partition=0, ingest_ms=1
            )
            windows = pl.DataFrame({"offset": [its.last]})
            folded.shares[kind] = Share(
                kind, [Taken.of(source, its)], facts=facts, counted=facts, windows=[windows]
            )
        return folded

    async def store(self, *, more: bool, **counts: int) -> None:
        """Store a commit of so many chats, joins and orders."""
        parts, records = [], {}
        for name, count in counts.items():
            kind = EventType(name)
            first = self.ends.get(kind, 0)
            self.ends[kind] = first + count
            its = Records.of([Record(first + at, 1, b"12345", ()) for at in range(count)])
            batch = Batch(topic_of(kind), 0, its, self.room)
            event = SimpleNamespace(
                value=batch, kind=kind, ack=lambda end=batch.offset: self.did.append(f"ack {end}")
            )
            parts.append((event, its))
            records[kind] = its
        piece = Piece(parts, done=[event for event, _ in parts])
        await self.storing.store(self.fold(records), piece, more=more)


@pytest.fixture
async def scene() -> Scene:
    """A scene in a backlog: an empty commit came first, and there is more behind it."""
    scene = Scene()
    await scene.store(more=True)
    return scene


async def test_the_first_of_a_backlog_is_stored_whole_and_the_second_waits() -> None:
    scene = Scene()
    await scene.store(more=True, chat=2)
    assert scene.did == [
        "fact_chat 2", "tell chat", "offsets 1", "group_minute 1", "stored 2", "ack 1",
    ]  # fmt: skip
    await scene.store(more=True, chat=2)
    await scene.store(more=False, chat=2)
    assert scene.did[6:] == [
        "fact_chat 4", "tell chat", "tell chat", "offsets 2", "group_minute 2",
        "stored 2", "stored 2", "ack 3", "ack 5",
    ]  # fmt: skip


async def test_after_its_last_commit_and_after_a_rebalance_a_backlog_begins_anew(
    scene: Scene,
) -> None:
    await scene.store(more=False, chat=2)
    await scene.store(more=True, chat=2)
    assert scene.did[-1] == "ack 3"
    scene.storing.drop()
    await scene.store(more=True, chat=2)
    assert scene.did[-1] == "ack 5"


async def test_a_commit_with_nothing_behind_it_is_stored_whole(scene: Scene) -> None:
    await scene.store(more=False, chat=20, join=1)
    assert scene.did == [
        "fact_chat 20", "fact_join 1", "tell chat", "tell join",
        "offsets 2", "group_minute 2", "stored 21", "ack 19", "ack 0",
    ]  # fmt: skip


async def test_what_is_few_waits_for_company_and_all_is_acked_after_it(scene: Scene) -> None:
    await scene.store(more=True, chat=20, join=6)
    assert scene.did == ["fact_chat 20", "tell chat"]
    await scene.store(more=True, chat=2, join=6)
    assert scene.did[2:] == ["fact_join 12", "tell join", "tell join"]
    await scene.store(more=False, chat=1)
    assert scene.did[5:] == [
        "fact_chat 3", "tell chat", "tell chat", "offsets 5", "group_minute 5",
        "stored 26", "stored 8", "stored 1", "ack 19", "ack 5", "ack 21", "ack 11", "ack 22",
    ]  # fmt: skip


async def test_room_is_given_back_once_facts_are_stored_and_not_twice(scene: Scene) -> None:
    await scene.store(more=True, chat=20, join=6)
    assert scene.room._held == 6 * 5
    await scene.store(more=False, join=1)
    assert scene.room._held == 0


async def test_only_so_many_commits_are_open(scene: Scene) -> None:
    for _ in range(OPEN_COMMITS):
        await scene.store(more=True, chat=2)
    assert scene.did.count("stored 2") == OPEN_COMMITS
    await scene.store(more=True, chat=2)
    assert scene.did[-1] == "ack 7"


async def test_many_windows_do_not_wait(scene: Scene) -> None:
    scene.storing._open_rows = 1
    await scene.store(more=True, chat=20, join=20)
    assert scene.did[-2:] == ["ack 19", "ack 19"]


async def test_an_order_closes_what_is_open_and_a_rebalance_drops_it(scene: Scene) -> None:
    await scene.store(more=True, chat=2)
    await scene.storing.close()
    assert scene.did[-1] == "ack 1"
    await scene.storing.close()
    await scene.store(more=True, chat=2)
    scene.storing.drop()
    await scene.storing.close()
    assert scene.did[-1] == "ack 1"


async def test_what_is_refused_is_folded_anew_once_everything_else_is_stored(scene: Scene) -> None:
    scene.refuses = {"join 2"}
    await scene.store(more=True, chat=20, join=2)
    await scene.store(more=True, chat=20, join=2, order=1)
    before = len(scene.did)
    scene.folds = 98
    await scene.store(more=False, chat=1)
    assert scene.did[before:] == [
        "fact_join 2", "fact_join 1", "fact_order 1", "fact_chat 1",
        "dead_letter 1", "tell order", "tell chat", "offsets 4", "group_minute 4",
        "stored 20", "stored 21", "stored 1",
        "refold 4", "fact_join 3", "tell join", "offsets 1", "group_minute 1", "stored 4",
        "ack 19", "ack 1", "ack 39", "ack 3", "ack 0", "ack 40",
    ]  # fmt: skip


async def test_a_refusal_among_many_closes_the_commit(scene: Scene) -> None:
    scene.refuses = {"chat 3"}
    scene.folds = 98
    await scene.store(more=True, chat=20, join=1)
    assert "refold 20" in scene.did
    assert scene.did[-2:] == ["ack 19", "ack 0"]


async def test_a_rebalance_while_it_stores_leaves_the_next_commit_alone(scene: Scene) -> None:
    task = asyncio.create_task(scene.store(more=True, chat=20))
    await asyncio.sleep(0)
    scene.storing.drop()
    await task
    await scene.store(more=False, join=1)
    assert scene.did == [
        "fact_chat 20", "fact_join 1", "tell join", "offsets 1", "group_minute 1", "stored 1",
        "ack 0",
    ]  # fmt: skip
