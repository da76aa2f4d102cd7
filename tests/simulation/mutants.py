"""Known-wrong variants of the pipeline: each is the real code with one thought left out.

A simulation that cannot tell one of these from the right code proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

import numpy as np
import polars as pl
from faust.transport.consumer import Consumer

from agents import folder, readthrough
from agents.commit import Committer
from agents.folder import Folder
from agents.transport import BatchConsumer
from pipeline.core import fold, readback, rebuild
from pipeline.core.fold import Applied, Events, Outcome, Outcomes
from pipeline.core.hashes import hashed
from pipeline.core.measures import MEASURES, PLACE, Measures
from pipeline.core.pairs import ABSENT
from pipeline.core.windows import Windows
from tests.simulation import store, truth
from tests.simulation.commit_mutants import (
    ack_before_insert,
    acked_while_open,
    folded_beside_an_order,
    order_beside_others,
    order_beside_what_is_open,
    refused_while_windows_wait,
    stored_after_a_given_up_commit,
    windows_before_facts,
)
from tests.simulation.store import WindowRow
from tests.simulation.view_mutants import (
    netting_by_the_clock,
    view_blind_to_replays,
    view_goes_on_over_a_gap,
    view_reads_beside_what_is_open,
    view_reads_facts_first,
)

Mutant = Callable[[], AbstractContextManager[object]]


def no_fence() -> AbstractContextManager[object]:
    """What is replayed is applied again, wherever its window stands."""
    real = fold.apply

    def apply(events: Events, windows: Windows, *rest: Any) -> Applied:
        windows.version[:] = 0
        return real(events, windows, *rest)

    return patch.object(fold, "apply", apply)


@contextmanager
def last_write_wins() -> Iterator[None]:
    """The store keeps the window row that was written last, not the one of the greatest version."""

    def newest(rows: Sequence[WindowRow]) -> WindowRow:
        return rows[-1]

    with patch.object(store, "newest", newest), patch.object(truth, "newest", newest):
        yield


@contextmanager
def additive_sink() -> Iterator[None]:
    """Window rows say what a commit added, and the store sums them up."""
    real = fold.apply

    def apply(events: Events, windows: Windows, measures: Measures, commit: int) -> Applied:
        windows.rows(events.partitions, events.places, events.minutes)
        values = [*windows.sums.values(), windows.distinct]
        before = [column.copy() for column in values]
        applied = real(events, windows, measures, commit)
        places = hashed(applied.changed, PLACE)[0]
        rows = windows.find(places, applied.changed["minute"].to_numpy())
        added = [
            pl.col(name) - pl.Series(old[rows])
            for name, old in zip(measures.columns, before, strict=False)
        ]
        return replace(applied, changed=applied.changed.with_columns(added))

    def summed(rows: Sequence[WindowRow]) -> WindowRow:
        values = zip(*(row.values for row in rows), strict=True)
        return WindowRow(max(row.version for row in rows), tuple(map(sum, values)))

    with (
        patch.object(fold, "apply", apply),
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
        self._storing.drop()

    return patch.object(Committer, "on_revoked", on_revoked)


@contextmanager
def one_version_across_partitions() -> Iterator[None]:
    """All partitions of a topic share a window, and its version."""
    with ExitStack() as patched:
        for module in (fold, readback, rebuild):
            patched.enter_context(patch.object(module, "PLACE", ("group_id",)))
        yield


def last_copy_wins() -> AbstractContextManager[object]:
    """Of copies in one batch the last is taken for the event."""
    real = fold.judged

    def judged(events: Events, windows: Windows, rows: Any) -> Outcomes:
        backwards = replace(events, frame=events.frame.reverse(), ids=events.ids[::-1].copy())
        return real(backwards, windows, rows[::-1])[::-1]

    return patch.object(fold, "judged", judged)


@contextmanager
def facts_before_version() -> Iterator[None]:
    """Facts are read first, then the versions they are held against."""

    def read(patient: Any, source: Any, keys: pl.DataFrame, windows: Windows) -> None:
        asked = readthrough._position(source) | readthrough.places(keys.rows())
        put(patient, source, readthrough._FACTS, readthrough._NEWEST, asked, keys, windows)

    def read_minutes(patient: Any, source: Any, minutes: Any, windows: Windows) -> None:
        asked = readthrough._position(source) | readthrough._minutes(minutes)
        keys = pl.DataFrame(schema={"group_id": pl.String, "minute": pl.UInt32})
        facts, newest = readthrough._FACTS_OF_MINUTES, readthrough._NEWEST_OF_MINUTES
        put(patient, source, facts, newest, asked, keys, windows)
        windows.know(source.partition, minutes)

    def put(patient: Any, source: Any, *rest: Any) -> None:
        facts_query, newest_query, asked, keys, windows = rest
        person = MEASURES[source.event_type].counts_person
        query = readthrough._of_facts(facts_query, source.event_type, person)
        facts = patient.query(query, asked)
        rows = readthrough._newest(patient, source, newest_query, asked)
        readthrough._put(windows, source, keys, rows, facts)

    with (
        patch.object(readthrough, "_read_keys", read),
        patch.object(readthrough, "_read_minutes", read_minutes),
    ):
        yield


def minute_whole_for_all() -> AbstractContextManager[object]:
    """A minute that was read as a whole for one partition is taken for known in all of them."""
    real = Windows.unknown

    def unknown(self: Windows, _: Any, *rest: Any) -> Any:
        for partitions in self._whole.values():
            partitions.update(range(9))
        return real(self, _, *rest)

    return patch.object(Windows, "unknown", unknown)


def evicted_minute_whole() -> AbstractContextManager[object]:
    """What was let go of is taken for known."""
    real = Windows._let_go

    def let_go(self: Windows, gone: list[int], floors: Any) -> None:
        before = self._floors
        real(self, gone, floors)
        self._floors = before

    return patch.object(Windows, "_let_go", let_go)


def floor_of_another_partition() -> AbstractContextManager[object]:
    """What one partition lets go of raises the floor of its neighbour."""
    real = Windows._let_go

    def let_go(self: Windows, gone: list[int], floors: Any) -> None:
        self._partitions ^= 1
        real(self, gone, floors)
        self._partitions ^= 1

    return patch.object(Windows, "_let_go", let_go)


def dirty_window_evicted() -> AbstractContextManager[object]:
    """The cache lets go of windows that the store does not have yet."""
    real = Windows.evict

    def evict(self: Windows, _: int, excess: int) -> int:
        return real(self, 1_000_000_000, excess)

    return patch.object(Windows, "evict", evict)


def old_fold_into_the_cache() -> AbstractContextManager[object]:
    """A rebalance empties the cache while a fold still writes into it."""

    async def on_revoked(self: Committer) -> None:
        self._app.room.clear()
        self._waiting.clear()
        self._waiting_rows = 0
        self._storing.drop()
        self._folder._windows.clear()
        self._folder._refused.clear()

    return patch.object(Committer, "on_revoked", on_revoked)


def fence_by_batch() -> AbstractContextManager[object]:
    """A batch that ends above its window's version is applied whole."""
    real = fold.judged

    def judged(events: Events, windows: Windows, rows: Any) -> Outcomes:
        last = {}
        for row, offset in zip(rows.tolist(), events.frame["offset"].to_list(), strict=True):
            last[row] = offset
        ends_above = np.array([last[row] >= windows.version[row] for row in rows.tolist()], bool)
        outcomes = real(events, windows, rows)
        outcomes[ends_above & (outcomes == Outcome.REPLAYED)] = Outcome.COUNTED
        return outcomes

    return patch.object(fold, "judged", judged)


def order_from_the_cache() -> AbstractContextManager[object]:
    """An order writes the windows at hand again instead of reading the facts."""

    def rebuild(self: Folder, source: Any, records: Any, order: Any, share: Any) -> None:
        windows, measures = self._of(source), MEASURES[source.event_type]
        keys = pl.DataFrame(
            [
                (source.partition, group_id, minute)
                for group_id in ("", *(f"g{source.partition}{number}" for number in range(2)))
                for minute in range(order.from_minute, order.until_minute)
            ],
            schema={"partition": pl.UInt16, "group_id": pl.String, "minute": pl.UInt32},
            orient="row",
        )
        rows = windows.find(hashed(keys, PLACE)[0], keys["minute"].to_numpy())
        here = rows != ABSENT
        windows.version[rows[here]] = records.first + 1
        changed = fold.state(keys, np.flatnonzero(here), windows, measures, rows[here])
        if changed.height:
            share.windows.append(folder.window_rows(changed, measures, source))
        share.taken.append(folder.Taken.of(source, records))
        share.outcomes[source.topic, "control", ""] += 1

    return patch.object(Folder, "_rebuild", rebuild)


def verdict_forgotten() -> AbstractContextManager[object]:
    """A replay asks the store again for what it refused for good."""
    return patch.object(folder, "refused_offsets", lambda *_: frozenset())


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
            minute_whole_for_all,
            evicted_minute_whole,
            floor_of_another_partition,
            dirty_window_evicted,
            old_fold_into_the_cache,
            fence_by_batch,
            order_beside_others,
            order_from_the_cache,
            netting_by_the_clock,
            view_blind_to_replays,
            view_goes_on_over_a_gap,
            view_reads_facts_first,
            view_reads_beside_what_is_open,
            stored_after_a_given_up_commit,
            folded_beside_an_order,
            verdict_forgotten,
            windows_before_facts,
            acked_while_open,
            order_beside_what_is_open,
            refused_while_windows_wait,
        )
    }
)
