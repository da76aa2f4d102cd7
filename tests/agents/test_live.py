"""The keeper of the live views: what they say once they have kept up, whatever came between.

The truth is the reference (tests/reference); the store is the embedded one.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any
from unittest.mock import MagicMock, patch

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import live
from agents.live import LiveKeeper
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import LAST_POSITION, OFFSETS_OF_AN_EPOCH, Source, offset_rows
from pipeline.core.signals import Count
from pipeline.core.snapshot import Snapshot
from pipeline.errors import Fatal
from schemas.event_type import EventType
from sinks.store import Store
from sinks.topics import topic_of
from tests.pipeline.core.test_live import assert_same
from tests.reference.cases import GRACES, HISTORIES, MINUTE, START
from tests.reference.signals import DAY, HOUR, Fact
from tests.reference.stored import LIVE, fact_frame, migrated_store

GRACE = 5 * MINUTE
NOW = START + GRACE
Counted = list[tuple[EventType, pl.DataFrame]]

_SERIAL = itertools.count()
_IDS = itertools.count(step=1_000)


class Thread:
    """Stands in for the keeper's thread: works when it is told to."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = deque()

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        done: Future[Any] = Future()
        self._waiting.append((done, work, args))
        return done

    def work(self, calls: int = 10**9) -> None:
        while self._waiting and calls > 0:
            calls -= 1
            done, work, args = self._waiting.popleft()
            done.set_result(work(*args))


class Worker:
    """Stores the facts of a history commit by commit, and lets a keeper follow.

    Two partition numbers that no other test has, so that one store serves all.
    """

    def __init__(
        self, store: Store, grace_ms: int = GRACE, epoch: int = 1, first: int | None = None
    ) -> None:
        self.store = store
        self.epoch = epoch
        self.first = 2 * next(_SERIAL) + 2 if first is None else first
        self.numbers = [self.first, self.first + 1]
        self.thread = Thread()
        patient: Any = store
        self.keeper = LiveKeeper(patient, grace_ms=grace_ms, epoch=epoch, partitions=2)
        self.keeper._thread = self.thread  # type: ignore[assignment]
        self.stored: list[Fact] = []
        self.replayed: dict[Source, int] = {}
        self._ends: dict[tuple[str, int], int] = {}

    def partition(self, fact: Fact) -> int:
        return self.first + partition_for(routing_key(fact.group_id, fact.user_id, ""), 2)

    def store_facts(self, *facts: Fact) -> Counted:
        """Facts first, then offsets; what was counted."""
        counted = []
        self.stored += facts
        for event_type in LIVE:
            its = [fact for fact in facts if fact.event_type == event_type]
            if its:
                frame = self._frame(event_type, its, next(_IDS))
                self.store.insert(f"fact_{event_type.value}", frame)
                counted.append((event_type, frame))
        self._store_offsets(counted)
        return counted

    def commit(self, *facts: Fact) -> None:
        """Store, and tell the keeper."""
        self.tell(self.store_facts(*facts))

    def tell(self, counted: Counted) -> None:
        """Tell the keeper of what is stored; what lay before it in the log was replayed."""
        replayed, self.replayed = self.replayed, {}
        self.keeper.take(counted, replayed)
        self.keeper.durable()

    def commit_elsewhere(self, *facts: Fact) -> None:
        """The partitions' last owner stores: the next commit finds these replayed."""
        for event_type, frame in self.store_facts(*facts):
            for partition, offset in frame.select("partition", "offset").iter_rows():
                source = Source(event_type, topic_of(event_type), partition, self.epoch)
                self.replayed[source] = offset

    def store_copies(self, counted: Counted) -> None:
        """Facts that are stored come into the store again, at later offsets."""
        copies = [(event_type, self._placed(event_type, frame)) for event_type, frame in counted]
        for event_type, frame in copies:
            self.store.insert(f"fact_{event_type.value}", frame)
        self._store_offsets(copies)

    def look(self, now_ms: int) -> Mapping[int, Snapshot]:
        """What the keeper publishes once its thread has worked."""
        found = self.keeper.snapshots(now_ms)
        self.thread.work()
        return found.result()

    def settle(self, now_ms: int) -> Mapping[int, Snapshot]:
        """The same once nothing is behind."""
        self.commit()
        self.thread.work()
        while self.keeper.behind:
            self.keeper.read_on(self.numbers, now_ms)
            self.thread.work()
        return self.look(now_ms)

    def check(self, views: Mapping[int, Snapshot], grace_ms: int) -> None:
        for partition, view in views.items():
            its = [fact for fact in self.stored if self.partition(fact) == partition]
            assert_same(view, its, grace_ms)

    def _frame(self, event_type: EventType, facts: list[Fact], first_id: int) -> pl.DataFrame:
        frame = fact_frame(event_type, facts, first_id=first_id)
        partitions = pl.Series("partition", [self.partition(f) for f in facts], dtype=pl.UInt16)
        return self._placed(event_type, frame.with_columns(partitions))

    def _placed(self, event_type: EventType, frame: pl.DataFrame) -> pl.DataFrame:
        """At the next offsets of their partitions."""
        topic = topic_of(event_type)
        offsets = []
        for partition in frame["partition"]:
            offset = self._ends.get((topic, partition), 0)
            offsets.append(offset)
            self._ends[topic, partition] = offset + 1 + (offset % 3 == 0)
        offset = pl.Series("offset", offsets, dtype=pl.UInt64)
        return frame.with_columns(
            offset,
            topic=pl.lit(topic),
            epoch=pl.lit(self.epoch, pl.UInt16),
            version_inverse=LAST_POSITION - (self.epoch * OFFSETS_OF_AN_EPOCH + offset),
        )

    def _store_offsets(self, counted: Counted) -> None:
        ranges = []
        for event_type, frame in counted:
            for (partition,), its in frame.partition_by("partition", as_dict=True).items():
                source = Source(event_type, topic_of(event_type), int(partition), self.epoch)
                ranges.append((source, its["offset"][0], its["offset"][-1], its.height, 0))
        if ranges:
            self.store.insert("offsets", offset_rows(ranges))


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        yield store


@pytest.fixture
def worker(store: Store) -> Worker:
    worker = Worker(store)
    worker.keeper.assign(worker.numbers, NOW)
    return worker


@pytest.fixture
def bound() -> Iterator[None]:
    """Two facts may wait."""
    with patch.object(live, "WAITING_ROWS", 2):
        yield


def chats(count: int, group_id: str = "a") -> list[Fact]:
    return [Fact("chat", START - HOUR, group_id, "u", detail="text") for _ in range(count)]


def messages(views: Mapping[int, Snapshot]) -> int:
    return sum(view.count("a", Count.MESSAGES) for view in views.values())


@settings(max_examples=40, deadline=None)
@given(HISTORIES, GRACES, st.data())
def test_whatever_comes_between_a_view_that_keeps_up_is_exact(
    store: Store, history: list[Fact], grace_ms: int, data: st.DataObject
) -> None:
    waiting = data.draw(st.sampled_from([0, 3, 1_000]), "facts that may wait")
    with patch.object(live, "WAITING_ROWS", waiting):
        worker = Worker(store, grace_ms)
        now = START - data.draw(st.sampled_from([0, HOUR, 30 * HOUR, 3 * DAY]))
        worker.keeper.assign(worker.numbers, now)
        coming = deque(history)
        actions = st.sampled_from(["commit"] * 4 + ["elsewhere", "copies", "work", "read", "look"])
        while coming:
            some = data.draw(st.integers(1, 6), "facts")
            match data.draw(actions):
                case "commit":
                    worker.commit(*_taken(coming, some))
                case "elsewhere":
                    worker.commit_elsewhere(*_taken(coming, some))
                case "copies":
                    counted = worker.store_facts(*_taken(coming, some))
                    worker.store_copies(counted)
                    worker.tell(counted)
                case "work":
                    worker.thread.work(data.draw(st.integers(1, 3)))
                case "read":
                    worker.keeper.read_on(worker.numbers[: data.draw(st.integers(1, 2))], now)
                case "look":
                    now += data.draw(st.sampled_from([0, MINUTE, HOUR, 25 * HOUR]))
                    views = worker.look(now)
                    if not worker.replayed:
                        worker.check(views, grace_ms)
        views = worker.settle(now)
        assert list(views) == worker.numbers
        worker.check(views, grace_ms)


def _taken(coming: deque[Fact], count: int) -> list[Fact]:
    return [coming.popleft() for _ in range(min(count, len(coming)))]


@pytest.mark.usefixtures("bound")
def test_a_view_for_which_too_much_waits_is_withheld_until_it_has_read_on(worker: Worker) -> None:
    for _ in range(3):
        worker.commit(*chats(2))
    assert worker.keeper.behind == set(worker.numbers)
    assert worker.look(NOW) == {}
    worker.commit(*chats(1))
    assert worker.look(NOW) == {}
    worker.keeper.read_on(worker.numbers, NOW)
    assert messages(worker.look(NOW)) == 7
    worker.commit(*chats(1))
    assert messages(worker.look(NOW)) == 8


@pytest.mark.usefixtures("bound")
def test_only_where_nothing_waits_a_commit_may_have_more_than_may_wait(worker: Worker) -> None:
    worker.thread.work()
    worker.commit(*chats(9))
    assert messages(worker.look(NOW)) == 9
    worker.commit(*chats(1))
    worker.commit(*chats(1))
    assert not worker.keeper.behind
    worker.commit(*chats(1))
    assert worker.keeper.behind == set(worker.numbers)


@pytest.mark.usefixtures("bound")
def test_a_view_that_is_behind_holds_no_facts(worker: Worker) -> None:
    """They are slices of a commit's, and would keep all of it until the view reads on."""
    worker.thread.work()
    worker.commit(*chats(2))
    worker.thread.work()
    held = [standing.view for standing in worker.keeper._standings.values()]
    assert any(view._waiting for view in held)
    worker.commit(*chats(2))
    worker.commit(*chats(2))
    worker.thread.work()
    assert worker.keeper.behind == set(worker.numbers)
    assert not any(view._waiting for view in held)
    assert messages(worker.settle(NOW)) == 6


@pytest.mark.usefixtures("bound")
def test_one_that_stays_behind_takes_nothing_from_the_others(worker: Worker) -> None:
    hot = worker.partition(chats(1)[0])
    (other,) = set(worker.numbers) - {hot}
    for _ in range(3):
        worker.commit(*chats(2))
    worker.thread.work()
    worker.keeper.read_on([other], NOW)
    for _ in range(5):
        worker.commit(*chats(9))
        assert list(worker.look(NOW)) == [other]
    assert messages(worker.settle(NOW)) == 51


def test_a_read_that_takes_long_comes_to_an_end_while_commits_go_on(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For two facts read one comes, and many more than may wait."""
    monkeypatch.setattr(live, "WAITING_ROWS", 5)
    worker.thread.work()
    facts = worker.keeper._facts
    real, reads = facts.between, []

    def slow(event_type: EventType, *args: Any, **named: Any) -> pl.DataFrame:
        frame = real(event_type, *args, **named)
        reads.append(frame.height)
        for _ in range(frame.height // 6):
            worker.commit(*chats(3))
        return frame

    monkeypatch.setattr(facts, "between", slow)
    worker.keeper._behind.update(worker.numbers)
    worker.commit(*chats(400))
    assert messages(worker.settle(NOW)) == len(worker.stored)
    assert reads == sorted(reads, reverse=True)
    assert len(reads) < 12


@pytest.mark.usefixtures("bound")
def test_a_view_that_could_not_be_read_is_read_anew(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MagicMock()
    monkeypatch.setattr(live, "log", log)
    worker.commit(*chats(2))
    with monkeypatch.context() as away:
        refused = MagicMock(side_effect=Fatal("no such right", code=497))
        away.setattr(worker.keeper._facts, "between", refused)
        assert worker.look(NOW) == {}
    assert worker.keeper.behind == set(worker.numbers)
    assert log.exception.call_count == 2
    worker.commit(*chats(1))
    assert messages(worker.settle(NOW)) == 3


def test_what_is_stored_before_a_view_is_read_counts_once(worker: Worker) -> None:
    worker.commit(*chats(4))
    assert messages(worker.look(NOW)) == 4


def test_nothing_is_read_while_what_was_passed_by_has_no_offsets(worker: Worker) -> None:
    """Facts of an open commit are told before its offsets are stored: a read would miss them."""
    worker.thread.work()
    worker.keeper._behind = {worker.numbers[0]}
    worker.keeper.take(worker.store_facts(*chats(4)), {})
    worker.keeper.read_on(worker.numbers, NOW)
    assert worker.keeper.behind
    worker.keeper.durable()
    worker.keeper.read_on(worker.numbers, NOW)
    assert not worker.keeper.behind
    assert messages(worker.look(NOW)) == 4


def test_a_commit_that_comes_twice_counts_once(worker: Worker) -> None:
    """One under way at a rebalance is folded again if the store does not have it yet."""
    worker.thread.work()
    counted = worker.store_facts(*chats(4))
    worker.keeper.take(counted, {})
    worker.keeper.take(counted, {})
    assert messages(worker.look(NOW)) == 4


def test_facts_of_an_earlier_epoch_are_read_once(store: Store) -> None:
    for event_type in LIVE:
        store.execute(f"TRUNCATE TABLE fact_{event_type.value}")
    past = Worker(store, epoch=1, first=40)
    past.store_facts(*chats(3))
    worker = Worker(store, epoch=2, first=0)
    worker.keeper.assign(worker.numbers, NOW)
    assert messages(worker.look(NOW)) == 3
    worker.keeper._behind.update(worker.numbers)
    worker.commit(*chats(2))
    assert worker.look(NOW) == {}
    assert messages(worker.settle(NOW)) == 5


def test_a_partition_number_that_was_let_go_of_has_no_view(worker: Worker) -> None:
    worker.commit(*chats(2))
    worker.keeper.revoke()
    worker.commit(*chats(2))
    worker.keeper.read_on(worker.numbers, NOW)
    assert worker.look(NOW) == {}
    worker.keeper.assign(worker.numbers, NOW)
    assert messages(worker.look(NOW)) == 4
