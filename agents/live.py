"""The live views in the worker: read from the store, carried on by commits, published.

A view holds the facts up to an offset of each topic, the one it has *reached*, and nothing beyond.
The next commit carries it on. A worker with a backlog stores faster than views take it in: they
are then *behind*, commits pass them by, and once these come slowly again they read on in the store
from where they stand. So what waits for them is bounded, and nothing is counted twice or left out.

Views live on a thread of their own; who calls the keeper does so from one thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import polars as pl
import structlog

from agents import memory
from agents.live_facts import NOWHERE, LiveFacts
from agents.patience import PatientStore
from pipeline.core.live import COLUMNS, LIVE_TYPES, LiveView
from pipeline.core.rows import Source
from pipeline.core.snapshot import Snapshot
from pipeline.errors import Retryable
from schemas.event_type import EventType
from sinks.topics import topic_of

log = structlog.get_logger("pulse.live")

WAITING_ROWS = 100_000
"""Facts that may wait for the views and be taken in by them, or one commit: some tens of MB."""

READ_ROWS = 50_000
"""Facts that a view takes in at a time when it is read: some are objects for a moment."""


@dataclass
class _Standing:
    """A view, and the last offset by topic up to which it holds the facts; none at first."""

    view: LiveView
    reached: dict[str, int] = field(default_factory=dict)


class LiveKeeper:
    """Owns one `LiveView` per partition number that this worker has."""

    def __init__(self, store: PatientStore, *, grace_ms: int, epoch: int, partitions: int) -> None:
        self._facts = LiveFacts(store, epoch=epoch, partitions=partitions)
        self._grace_ms = grace_ms
        self._thread = ThreadPoolExecutor(1, "live")
        self._reading: Future[None] | None = None
        self._owned: frozenset[int] = frozenset()
        self._behind: set[int] = set()
        self._offered_rows = 0
        self._passed_by = False
        """Whether facts were passed by of which the stored offsets do not tell yet."""
        # The thread's own:
        self._standings: dict[int, _Standing] = {}
        self._taken_rows = 0
        self._now_ms = 0

    @property
    def behind(self) -> frozenset[int]:
        """Partition numbers whose views miss something."""
        return frozenset(self._behind)

    def assign(self, partitions: Iterable[int], now_ms: int) -> None:
        """Have views of exactly these partition numbers, and read them."""
        self._thread.submit(self._standings.clear)
        self._owned = frozenset(partitions)
        self._behind = set(self._owned)
        self._passed_by = False
        self.read_on(self._owned, now_ms)

    def revoke(self) -> None:
        """Drop every view."""
        self._owned = frozenset()
        self._behind.clear()
        self._thread.submit(self._standings.clear)

    def take(
        self, counted: list[tuple[EventType, pl.DataFrame]], replayed: Mapping[Source, int]
    ) -> None:
        """Carry the views on by facts that are stored; `replayed`: each source's last such offset.

        Their offsets may be stored later, which `durable` tells: until then nothing is read. The
        views are behind from here on if more than `WAITING_ROWS` facts would wait for them.
        """
        self._passed_by |= bool(self._behind)
        if self._behind >= self._owned:
            return
        needed = [
            (event_type, facts[["partition", "offset", *COLUMNS[event_type]]])
            for event_type, facts in counted
            if event_type in LIVE_TYPES
        ]
        waiting = self._offered_rows - self._taken_rows
        if waiting:
            waiting += sum(facts.height for _, facts in needed)
        if waiting > WAITING_ROWS:
            self._behind |= self._owned
            self._passed_by = True
            self._thread.submit(self._fold)
            return
        fed = self._owned - self._behind
        if fed < self._owned:
            is_fed = pl.col("partition").is_in(sorted(fed))
            needed = [(event_type, facts.filter(is_fed)) for event_type, facts in needed]
        found = {source: last for source, last in replayed.items() if source.partition in fed}
        rows = sum(facts.height for _, facts in needed)
        self._offered_rows += rows
        self._thread.submit(self._take, needed, found, rows)

    def durable(self) -> None:
        """Note that the offsets of all that was taken or passed by are stored."""
        self._passed_by = False

    def read_on(self, partitions: Iterable[int], now_ms: int) -> None:
        """Let the views of these numbers that are behind read what they miss; commits go on.

        Called again and again with those whose commits come slowly. What is stored meanwhile
        waits; where that is too much, they are behind again, but by less each time.
        """
        behind = self._behind.intersection(partitions)
        if behind and not self._passed_by and (self._reading is None or self._reading.done()):
            self._behind -= behind
            self._reading = self._thread.submit(self._read_on, sorted(behind), now_ms)

    def snapshots(self, now_ms: int) -> Future[Mapping[int, Snapshot]]:
        """The view of each partition number that is not behind, advanced to `now_ms`."""
        return self._thread.submit(self._snapshots, self._owned - self._behind, now_ms)

    def close(self) -> None:
        """Forget what waits; the store has it."""
        self._thread.shutdown(cancel_futures=True)

    def _read_on(self, partitions: Iterable[int], now_ms: int) -> None:
        self._now_ms = now_ms
        memory.give_back()  # what the large commits of a backlog took
        for partition in partitions:
            with self._or_anew(partition):
                self._read(partition)
        memory.give_back()

    def _read(self, partition: int) -> None:
        """Carry one view on by the store: offsets first, then the facts up to them."""
        now_ms = self._now_ms
        if partition not in self._standings:
            self._standings[partition] = _Standing(LiveView(self._grace_ms))
        view, reached = self._standings[partition].view, self._standings[partition].reached
        view.advance(now_ms)
        stored = self._facts.reached(partition)
        for event_type in LIVE_TYPES:
            topic = topic_of(event_type)
            after, until = reached.get(topic), stored.get(topic, NOWHERE)
            if after is None or after < until:
                facts = self._facts.between(event_type, partition, after, until, now_ms=now_ms)
                for part in facts.iter_slices(READ_ROWS):
                    view.apply(event_type, part)
                view.note_sources(self._facts.fed(event_type, partition, now_ms=now_ms))
                reached[topic] = until
        view.fold()

    def _fold(self) -> None:
        """Hold no facts of any commit: it may be long until the next come."""
        for partition, standing in list(self._standings.items()):
            with self._or_anew(partition):
                standing.view.fold()

    def _take(
        self,
        counted: list[tuple[EventType, pl.DataFrame]],
        replayed: Mapping[Source, int],
        rows: int,
    ) -> None:
        for source, offset in replayed.items():
            standing = self._standings.get(source.partition)
            if standing and offset > standing.reached.get(source.topic, offset):
                # Whoever had the partition before stored it after the view was read.
                with self._or_anew(source.partition):
                    self._read(source.partition)
        for event_type, facts in counted:
            for partition, its_facts in _by_partition(facts):
                if partition in self._standings:
                    with self._or_anew(partition):
                        self._carry_on(self._standings[partition], event_type, its_facts)
        self._taken_rows += rows

    def _carry_on(self, standing: _Standing, event_type: EventType, facts: pl.DataFrame) -> None:
        """Apply the newer ones of a commit's facts, which are in order: it may have been read."""
        topic = topic_of(event_type)
        reached = standing.reached[topic]
        if facts["offset"][0] <= reached:
            facts = facts.filter(pl.col("offset").cast(pl.Int64) > reached)
        if facts.height:
            standing.view.apply(event_type, facts)
            standing.reached[topic] = facts["offset"][-1]

    @contextmanager
    def _or_anew(self, partition: int) -> Iterator[None]:
        """Let go of a view that something went wrong with: it is read anew."""
        try:
            yield
        except Exception as error:
            if not isinstance(error, Retryable):  # else the worker stops: it would have waited
                log.exception("a live view was lost, and is read anew", partition=partition)
            self._standings.pop(partition, None)
            self._behind.add(partition)

    def _snapshots(self, partitions: Iterable[int], now_ms: int) -> Mapping[int, Snapshot]:
        self._now_ms = now_ms
        found = {}
        for partition in partitions:
            if partition in self._standings:
                view = self._standings[partition].view
                view.advance(now_ms)
                found[partition] = view.snapshot()
        return found


def _by_partition(facts: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    """The facts of each partition of a commit, in which they lie one after the other."""
    partitions = facts["partition"].to_numpy()
    ends = (np.flatnonzero(partitions[1:] != partitions[:-1]) + 1).tolist()
    for start, stop in pairwise([0, *ends, len(partitions)]):
        if start < stop:
            yield int(partitions[start]), facts[start:stop]
