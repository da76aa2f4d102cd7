"""Known-wrong variants of the pipeline: each is the real code with one thought left out.

A simulation that cannot tell one of these from the right code proves nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import polars as pl
from faust.transport.consumer import Consumer

from agents import commit, folder, readthrough
from agents.commit import Committer
from agents.folder import Folder
from agents.live import LiveKeeper
from agents.pieces import Piece
from agents.transport import BatchConsumer
from agents.writer import Writer
from pipeline.core import fold
from pipeline.core.fold import Grouped, Outcome, Outcomes
from pipeline.core.live import LiveView
from pipeline.core.measures import MEASURES
from pipeline.core.readback import windows_from
from pipeline.core.windows import PartitionWindows, Window
from schemas.event_type import EventType
from tests.simulation import store, truth
from tests.simulation.history import FIRST_MINUTE
from tests.simulation.store import WindowRow

Windows = Mapping[int, PartitionWindows]
Mutant = Callable[[], AbstractContextManager[object]]


def no_fence() -> AbstractContextManager[object]:
    """What is replayed is applied again, wherever its window stands."""
    real = fold.apply

    def apply(grouped: Grouped, windows: Windows, commit: int) -> Outcomes:
        for partition, key in zip(grouped.partitions, grouped.keys, strict=True):
            windows[partition].get(key, grouped.width).version = 0
        return real(grouped, windows, commit)

    return patch.object(fold, "apply", apply)


@contextmanager
def last_write_wins() -> Iterator[None]:
    """The store keeps the window row that was written last, not the one of the greatest version."""

    def newest(rows: Sequence[WindowRow]) -> WindowRow:
        return rows[-1]

    with patch.object(store, "newest", newest), patch.object(truth, "newest", newest):
        yield


def ack_before_insert() -> AbstractContextManager[object]:
    """Records are acked when they are folded, not when they are stored."""
    real = Committer._store_and_ack

    async def store_and_ack(self: Committer, folded: Any, piece: Piece) -> None:
        for event in piece.done:
            if self._is_ours(event):
                event.ack()
        await real(self, folded, piece)

    return patch.object(Committer, "_store_and_ack", store_and_ack)


@contextmanager
def additive_sink() -> Iterator[None]:
    """Window rows say what a commit added, and the store sums them up."""
    apply, rows_of = fold.apply, folder.window_rows
    before: dict[int, tuple[list[int], int]] = {}

    def remember(grouped: Grouped, windows: Windows, commit: int) -> Outcomes:
        before.clear()
        for partition, key in zip(grouped.partitions, grouped.keys, strict=True):
            window = windows[partition].get(key, grouped.width)
            before[id(window)] = list(window.sums), window.distinct
        return apply(grouped, windows, commit)

    def added(places: Any, keys: Any, windows: Sequence[Window], *rest: Any) -> pl.DataFrame:
        differences = []
        for window in windows:
            sums, distinct = before.get(id(window), ([0] * len(window.sums), 0))
            difference = [new - old for new, old in zip(window.sums, sums, strict=True)]
            differences.append(
                Window(difference, distinct=window.distinct - distinct, version=window.version)
            )
        return rows_of(places, keys, differences, *rest)

    def summed(rows: Sequence[WindowRow]) -> WindowRow:
        values = zip(*(row.values for row in rows), strict=True)
        return WindowRow(max(row.version for row in rows), tuple(map(sum, values)))

    with (
        patch.object(fold, "apply", remember),
        patch.object(folder, "window_rows", added),
        patch.object(store, "newest", summed),
        patch.object(truth, "newest", summed),
    ):
        yield


def commit_overtakes() -> AbstractContextManager[object]:
    """What is committed is what was read, not what was acked."""

    def new_offset(self: Any, tp: Any) -> int | None:
        self._acked[tp].clear()
        self._acked_index[tp].clear()
        read = self._read_offset[tp]
        return None if read is None else int(read) + 1

    return patch.object(BatchConsumer, "_new_offset", new_offset)


@contextmanager
def faust_bookkeeping() -> Iterator[None]:
    """Faust's own bookkeeping: what lies between two batches is taken for gaps."""
    with (
        patch.object(BatchConsumer, "_add_gap", Consumer._add_gap),
        patch.object(BatchConsumer, "_new_offset", Consumer._new_offset),
    ):
        yield


def cache_kept_on_revoke() -> AbstractContextManager[object]:
    """The window cache outlives a rebalance."""

    async def on_revoked(self: Committer) -> None:
        self._app.room.clear()
        self._waiting.clear()
        self._waiting_rows = 0

    return patch.object(Committer, "on_revoked", on_revoked)


def one_version_across_partitions() -> AbstractContextManager[object]:
    """All partitions of a topic share a window, and its version."""

    def of(self: Folder, source: Any) -> PartitionWindows:
        for other, windows in self._windows.items():
            if other.topic == source.topic:
                return windows
        floor = readthrough.highest_minute(self._store, source.topic)
        return self._windows.setdefault(source, PartitionWindows(floor))

    return patch.object(Folder, "_of", of)


def last_copy_wins() -> AbstractContextManager[object]:
    """Of copies in one batch the last is taken for the event."""
    real = fold._apply_one_by_one

    def apply(grouped: Grouped, index: int, window: Window, outcomes: Any, commit: int) -> None:
        last = dict(zip(grouped.ids[index], grouped.rows[index], strict=True))
        earlier = [row for row in grouped.rows[index] if row not in last.values()]
        grouped.rows[index][:] = sorted(last.values())
        real(grouped, index, window, outcomes, commit)
        outcomes[earlier] = Outcome.DUPLICATE

    return patch.object(fold, "_apply_one_by_one", apply)


def facts_before_version() -> AbstractContextManager[object]:
    """Facts are read first, then the versions they are held against."""

    def read(patient: Any, source: Any, keys: Any) -> Any:
        measures = MEASURES[source.event_type]
        query = readthrough._of_facts(readthrough._FACTS, source.event_type, measures.counts_person)
        facts = patient.query(query, readthrough.places(keys))
        values = ", ".join(f"argMax({name}, version) AS newest_{name}" for name in measures.columns)
        rows = patient.query(
            readthrough._NEWEST.format(values=values),
            readthrough._position(source) | readthrough.places(keys),
        )
        names = {f"newest_{name}": name for name in measures.columns}
        rows = rows.rename(names | {"m": "minute", "newest": "version"})
        return windows_from(
            keys, rows, facts, measures, epoch=source.epoch, partition=source.partition
        )

    return patch.object(readthrough, "_read_chunk", read)


def dirty_window_evicted() -> AbstractContextManager[object]:
    """The cache lets go of windows that the store does not have yet."""
    real = PartitionWindows.evict

    def evict(self: PartitionWindows, _: int, excess: int) -> int:
        return real(self, 1_000_000_000, excess)

    return patch.object(PartitionWindows, "evict", evict)


def old_fold_into_the_cache() -> AbstractContextManager[object]:
    """A rebalance empties the cache while a fold still writes into it."""

    async def on_revoked(self: Committer) -> None:
        self._app.room.clear()
        self._waiting.clear()
        self._waiting_rows = 0
        self._folder._windows.clear()
        self._folder._refused.clear()

    return patch.object(Committer, "on_revoked", on_revoked)


def fence_by_batch() -> AbstractContextManager[object]:
    """A batch that ends above its window's version is applied whole."""

    def apply(grouped: Grouped, index: int, window: Window, outcomes: Any, commit: int) -> None:
        version = window.version
        window.version = 0
        for row in grouped.rows[index]:
            _, _, offset, _, _, identity, person, *sums = grouped.events.row(row)
            if identity in window.ids and offset >= version:
                outcomes[row] = Outcome.DUPLICATE
            else:
                people = () if person is None else (person,)
                fold._add(window, {identity}, people, sums)
                window.version = offset + 1
                window.commit = commit

    return patch.object(fold, "_apply_one_by_one", apply)


def order_beside_others() -> AbstractContextManager[object]:
    """An order is carried out while what lies before it is still being stored."""
    real = commit.pieces

    def pieces(events: Sequence[Any]) -> list[Piece]:
        found = real(events)
        for piece in found:
            piece.alone = False
        return found

    return patch.object(commit, "pieces", pieces)


def order_from_the_cache() -> AbstractContextManager[object]:
    """An order writes the windows at hand again instead of reading the facts."""

    def rebuild(self: Folder, source: Any, records: Any, order: Any, folded: Any) -> None:
        windows = self._of(source)._windows
        for (_, minute), window in windows.items():
            if order.from_minute <= minute < order.until_minute:
                window.version = records.first + 1
                window.commit = folded.number
        changed = [it for it in windows.items() if it[1].commit == folded.number]
        if changed:
            keys, values = zip(*changed, strict=True)
            partitions = [source.partition] * len(keys)
            measures = MEASURES[source.event_type]
            rows = folder.window_rows(partitions, keys, values, measures, source)
            folded.windows.append(rows)
        folded.taken.append(folder.Taken.of(source, records))
        folded.outcomes[source.topic, "control", ""] += 1

    return patch.object(Folder, "_rebuild", rebuild)


def netting_by_the_clock() -> AbstractContextManager[object]:
    """A leave and a re-join are netted by when they are processed, not by when they happened."""
    real = LiveView.apply

    def apply(self: LiveView, event_type: EventType, facts: pl.DataFrame) -> None:
        now_ms = int(FIRST_MINUTE * 60_000 + commit.time.monotonic() * 1000)
        real(self, event_type, facts.with_columns(event_ms=pl.lit(now_ms)))

    return patch.object(LiveView, "apply", apply)


def view_blind_to_replays() -> AbstractContextManager[object]:
    """A live view misses what the owner before stored after the view was read."""
    real = LiveKeeper.take

    def take(self: LiveKeeper, counted: Any, _: Any) -> None:
        real(self, counted, {})

    return patch.object(LiveKeeper, "take", take)


def stored_after_a_given_up_commit() -> AbstractContextManager[object]:
    """A commit is stored although the one before it was given up for a stop."""
    return patch.object(Committer, "_commit_next", _commit_next(minds_a_stop=False))


def folded_beside_an_order() -> AbstractContextManager[object]:
    """The commit after an order is folded while the order is still being stored."""
    return patch.object(Committer, "_commit_next", _commit_next(minds_an_order=False))


def _commit_next(*, minds_a_stop: bool = True, minds_an_order: bool = True) -> Any:
    async def commit_next(self: Committer, storing: Any) -> Any:
        for piece in commit.pieces(await self._gather()):
            if piece.alone and storing is not None:
                await storing
            folded = await self._fold(piece)
            if storing is not None:
                await storing
            if folded.incarnation != self._folder.incarnation:
                folded = await self._fold(piece)
            if minds_a_stop and self._stopping.is_set():
                break
            storing = asyncio.create_task(self._store(folded, piece))
            if minds_an_order and piece.alone:
                await storing
        return storing

    return commit_next


def verdict_forgotten() -> AbstractContextManager[object]:
    """A replay asks the store again for what it refused for good."""
    return patch.object(folder, "refused_offsets", lambda *_: frozenset())


def windows_before_facts() -> AbstractContextManager[object]:
    """Windows are stored first, facts after them."""

    def write(self: Writer, folded: Any, letters: Any, offsets: Any) -> None:
        if folded.windows:
            self.insert("group_minute", pl.concat(folded.windows))
        for event_type, facts in folded.facts.items():
            self._write_facts(event_type, facts)
        self.insert("dead_letter", letters)
        self.insert("offsets", offsets)

    return patch.object(Writer, "write", write)


MUTANTS: Mapping[str, Mutant] = MappingProxyType(
    {
        each.__name__: each
        for each in (
            no_fence,
            last_write_wins,
            ack_before_insert,
            additive_sink,
            commit_overtakes,
            faust_bookkeeping,
            cache_kept_on_revoke,
            one_version_across_partitions,
            last_copy_wins,
            facts_before_version,
            dirty_window_evicted,
            old_fold_into_the_cache,
            fence_by_batch,
            order_beside_others,
            order_from_the_cache,
            netting_by_the_clock,
            view_blind_to_replays,
            stored_after_a_given_up_commit,
            folded_beside_an_order,
            verdict_forgotten,
            windows_before_facts,
        )
    }
)
