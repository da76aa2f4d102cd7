"""The fold: a batch of one topic into the windows of its partitions, each event with one outcome.

Pure: the shell reads missing windows (`PartitionWindows.unknown`) and puts them in before
`apply`. Columns do the grouping; Python touches each window once, and each event only where a
window meets a copy or a replay.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.core.measures import Measures
from pipeline.core.windows import PartitionWindows, Window, WindowKey

Outcomes = npt.NDArray[np.int8]


class Outcome(IntEnum):
    """What became of an event that could be read; a rejection is the fourth outcome."""

    COUNTED = 0
    DUPLICATE = 1
    REPLAYED = 2


@dataclass(frozen=True)
class Grouped:
    """A batch by window: parallel lists, an entry a window. `rows` index `events`."""

    partitions: list[int]
    keys: list[WindowKey]
    rows: list[list[int]]
    ids: list[list[int]]
    people: list[list[int]]
    sums: list[tuple[int, ...]]
    first_offset: list[int]
    last_offset: list[int]
    events: pl.DataFrame
    width: int


def group(batch: pl.DataFrame, measures: Measures) -> Grouped:
    """Sort a batch by partition, group and minute.

    It has fact columns, `partition` and `offset`, which ascends within a partition.
    """
    events = batch.select(measures.per_event).with_row_index("row")
    windows = events.group_by("partition", "group_id", "minute").agg(measures.per_window)
    return Grouped(
        partitions=windows["partition"].to_list(),
        keys=list(zip(windows["group_id"].to_list(), windows["minute"].to_list(), strict=True)),
        rows=windows["row"].to_list(),
        ids=windows["id"].to_list(),
        people=windows["person"].to_list(),
        sums=windows.select(list(measures.sums)).rows(),
        first_offset=windows["first"].to_list(),
        last_offset=windows["last"].to_list(),
        events=events,
        width=len(measures.sums),
    )


def apply(grouped: Grouped, windows: Mapping[int, PartitionWindows], commit: int) -> Outcomes:
    """Fold a grouped batch into each partition's `windows` as commit number `commit`.

    Gives the outcome of each event.

    An event is applied only if its offset is not below its window's version (the fence) and its
    identity is new to the window; of copies within the batch the lowest offset is the event.
    """
    outcomes = np.zeros(grouped.events.height, dtype=np.int8)
    for index, (partition, key) in enumerate(zip(grouped.partitions, grouped.keys, strict=True)):
        its_windows = windows[partition]
        window = its_windows.get(key, grouped.width)
        ids = grouped.ids[index]
        fresh = set(ids)
        held = len(window.ids)
        if (
            grouped.first_offset[index] >= window.version
            and len(fresh) == len(ids)
            and window.ids.isdisjoint(fresh)
        ):
            _add(window, fresh, grouped.people[index], grouped.sums[index])
            window.version = grouped.last_offset[index] + 1
            window.commit = commit
        elif grouped.last_offset[index] < window.version:
            outcomes[grouped.rows[index]] = Outcome.REPLAYED
        else:
            _apply_one_by_one(grouped, index, window, outcomes, commit)
        its_windows.held += len(window.ids) - held
    return outcomes


def _add(window: Window, ids: set[int], people: Sequence[int], sums: Sequence[int]) -> None:
    window.ids |= ids
    known = len(window.people)
    window.people.update(people)
    window.distinct += len(window.people) - known
    window.sums = [old + new for old, new in zip(window.sums, sums, strict=True)]


def _apply_one_by_one(
    grouped: Grouped, index: int, window: Window, outcomes: Outcomes, commit: int
) -> None:
    for row in grouped.rows[index]:
        _, _, offset, _, _, identity_hash, person_hash, *sums = grouped.events.row(row)
        if offset < window.version:
            outcomes[row] = Outcome.REPLAYED
        elif identity_hash in window.ids:
            outcomes[row] = Outcome.DUPLICATE
        else:
            people = () if person_hash is None else (person_hash,)
            _add(window, {identity_hash}, people, sums)
            window.version = offset + 1
            window.commit = commit
