"""The window cache against the store: a tiny cache, restarts and epochs give the same windows."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import polars as pl
import pytest

from agents import readthrough
from agents.folder import Folder
from agents.intake import Intake
from agents.letters import condemned
from agents.patience import PatientStore
from agents.writer import Writer
from pipeline.clock import SharedClock
from pipeline.core.records import Record, Records
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import Source, offset_rows
from pipeline.core.windows import PAIR_BYTES, WINDOW_BYTES
from schemas.chat import Chat
from schemas.control import RebuildWindows, record_of
from schemas.decode import Limits
from schemas.event import to_wire
from schemas.event_type import EventType
from sinks.dead_letter import rows
from sinks.embedded import EmbeddedStore
from tests.reference.stored import migrated_store

START_MS = 1_700_000_000_000
HOME = partition_for(routing_key("g", "", ""), 4)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStore]:
    with migrated_store(tmp_path_factory.mktemp("store")) as engine:
        yield engine


@pytest.fixture(autouse=True)
def empty(store: EmbeddedStore) -> None:
    for table in ("fact_chat", "group_minute"):
        store.execute(f"TRUNCATE TABLE {table}")


def folder(store: Any, bytes_limit: int = 10**8) -> tuple[Folder, Writer]:
    patient = PatientStore(store, stop=threading.Event(), on_error=lambda _: None)
    limits = Limits(currency="CNY", key_id="k", kept_ms=10**13)
    intake = Intake(dict.fromkeys(EventType, limits), SharedClock(), future_ms=0, partitions=4)
    return Folder(patient, intake, bytes_limit=bytes_limit), Writer(
        patient, on_stage=lambda *_: None
    )


def record(offset: int, minute: int, event_id: str, user: str, group_id: str = "g") -> Record:
    chat = Chat(
        event_id=event_id, event_time=START_MS + minute * 60_000, group_id=group_id, user_id=user,
        source="test", key_id="k", message_id="m", msg_type="text",
    )  # fmt: skip
    return Record(offset, START_MS + 86_400_000, to_wire(chat), ())


def carry(pair: tuple[Folder, Writer], epoch: int, records: list[Any]) -> Counter[str]:
    """One commit through fold and store; outcomes."""
    source = Source(EventType.CHAT, "community.chat", HOME, epoch)
    return commit(pair, {source: Records.of(records)})


def commit(pair: tuple[Folder, Writer], records: dict[Source, Records]) -> Counter[str]:
    """One commit of any partitions through fold and store; outcomes."""
    its_folder, writer = pair
    folded = its_folder.fold(records)
    share = folded.shares[EventType.CHAT]
    if share.facts is not None:
        assert not writer.facts({EventType.CHAT: share.facts})
    writer.rest(rows([]), offset_rows([]), share.windows)
    its_folder.durable = folded.number
    return Counter({outcome: n for (_, outcome, _), n in folded.outcomes.items() if n})


def windows(store: EmbeddedStore) -> dict[int, tuple[int, int]]:
    found = store.query(
        "SELECT toInt64(intDiv(toUInt32(minute), 60)) AS m, messages, chatters FROM v_group_minute"
    )
    return {minute: (messages, chatters) for minute, messages, chatters in found.iter_rows()}


def made_up(count: int) -> list[tuple[int, str, str]]:
    """(minute, event id, user): 20 minutes, out of order, one in ten a copy."""
    rng = random.Random(5)
    events: list[tuple[int, str, str]] = []
    for number in range(count):
        if events and rng.random() < 0.1:
            events.append(rng.choice(events))
        else:
            events.append((rng.randrange(20), f"e{number}", f"u{rng.randrange(6)}"))
    return events


def truth(events: list[tuple[int, str, str]]) -> dict[int, tuple[int, int]]:
    base = START_MS // 60_000
    by_minute: dict[int, set[tuple[str, str]]] = {}
    for minute, event_id, user in events:
        by_minute.setdefault(base + minute, set()).add((event_id, user))
    return {
        minute: (len(seen), len({user for _, user in seen})) for minute, seen in by_minute.items()
    }


@pytest.mark.parametrize("keys_in_a_query", [1, 500])
@pytest.mark.parametrize("bytes_limit", [1, 3_000, 10**8])
def test_a_small_cache_reads_back_what_it_let_go(
    store: EmbeddedStore, monkeypatch: pytest.MonkeyPatch, bytes_limit: int, keys_in_a_query: int
) -> None:
    monkeypatch.setattr(readthrough, "KEYS_IN_A_QUERY", keys_in_a_query)
    pair = folder(store, bytes_limit)
    events = made_up(300)
    for first in range(0, 300, 10):
        chunk = enumerate(events[first : first + 10], first)
        carry(pair, 1, [record(offset, *event) for offset, event in chunk])
    # The last commit's windows stay until the next one is folded.
    largest = WINDOW_BYTES + 2 * PAIR_BYTES * max(n for n, _ in truth(events).values())
    assert pair[0].held <= max(bytes_limit, 10 * largest)
    assert windows(store) == truth(events)


def test_a_new_worker_goes_on_where_the_old_one_stopped(store: EmbeddedStore) -> None:
    events = made_up(200)
    log = [record(offset, *event) for offset, event in enumerate(events)]
    carry(folder(store), 1, log[:120])
    outcomes = carry(folder(store), 1, log[80:])
    assert outcomes["replayed"] + outcomes["duplicate"] >= 40
    assert windows(store) == truth(events)


def test_a_new_epoch_counts_only_what_the_old_one_lacks(store: EmbeddedStore) -> None:
    carry(folder(store), 1, [record(0, 0, "a", "u1"), record(1, 0, "b", "u2")])
    outcomes = carry(
        folder(store), 2, [record(0, 0, "b", "u2"), record(1, 0, "c", "u1"), record(2, 1, "d", "u")]
    )
    assert outcomes == {"duplicate": 1, "counted": 2}
    base = START_MS // 60_000
    assert windows(store) == {base: (3, 2), base + 1: (1, 1)}


def test_a_condemned_order_or_letter_is_passed_over(store: EmbeddedStore) -> None:
    value, headers = record_of(RebuildWindows(from_minute=1, until_minute=2))
    order = record(1, 0, "-", "-")._replace(value=value, headers=headers)
    chats = Source(EventType.CHAT, "community.chat", HOME, 9)
    letters = Source(None, "community.dead_letter", 0, 9)
    for source in (chats, letters):
        store.insert("dead_letter", condemned(source, order, "it died"))
    its_folder, _ = folder(store)
    assert its_folder.fold({chats: Records.of([order])}).outcomes == {
        ("community.chat", "rejected", "poison"): 1
    }
    others = [Record(at, START_MS, b"{}", ()) for at in (0, 2)]
    folded = its_folder.fold({letters: Records.of([others[0], order, others[1]])})
    assert folded.shares[None].letters == [(letters, others)]
    assert folded.taken[0].records == 3
    assert folded.outcomes == {
        ("community.dead_letter", "counted", ""): 2,
        ("community.dead_letter", "rejected", "poison"): 1,
    }


def test_a_minute_that_very_many_share_is_read_back_once(store: EmbeddedStore) -> None:
    """60,000 chats of 6,000 groups in one minute, a worker that stops halfway, a tiny cache."""
    asked: list[str] = []

    class Counting:
        def query(self, sql: str, params: Any = None) -> pl.DataFrame:
            if "newest_" in sql or "event_id" in sql:
                asked.append(sql)
            return store.query(sql, params)

        def insert(self, table: str, frame: pl.DataFrame) -> None:
            store.insert(table, frame)

    partitions = [partition_for(routing_key(f"g{n}", "", ""), 4) for n in range(6_000)]
    logs: dict[int, list[Record]] = {partition: [] for partition in range(4)}
    for number in range(60_000):
        group = number % 6_000
        log = logs[partitions[group]]
        log.append(record(len(log), 0, f"e{number}", f"u{number}", f"g{group}"))
    for cut in (slice(0, 7_000), slice(6_000, None)):
        pair = folder(Counting(), bytes_limit=1_000_000)
        for first in range(0, 16_000, 2_000):
            records = {
                Source(EventType.CHAT, "community.chat", partition, 1): Records.of(part)
                for partition, log in logs.items()
                if (part := log[cut][first : first + 2_000])
            }
            if records:
                commit(pair, records)
    assert store.query("SELECT sum(messages) AS n FROM v_group_minute").item() == 60_000
    assert len(asked) == 2 * len(logs)
