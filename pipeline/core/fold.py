"""The fold: a batch of one topic into the windows of its partitions, each event with one outcome.

Pure: the shell reads missing windows (`Windows.unknown`) and puts them in before `apply`. All of
it works on columns; no event and no window is looked at by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.core.hashes import hashed
from pipeline.core.measures import IDENTITY, PERSON, PLACE, Measures
from pipeline.core.pairs import Hashes, Numbers, Owners
from pipeline.core.windows import Ints, Partitions, Windows
from schemas.compiled import compiled, reading

Outcomes = npt.NDArray[np.int8]
Places = npt.NDArray[np.intp]


class Outcome(IntEnum):
    """What became of an event that could be read; a rejection is the fourth outcome."""

    COUNTED = 0
    DUPLICATE = 1
    REPLAYED = 2


@dataclass(frozen=True)
class Events:
    """What the fold looks at in each event of a batch.

    `frame` is `Measures.per_event`; `places`, `ids` and `persons` are hashes (`measures.PLACE`,
    `IDENTITY`, `PERSON`).
    """

    frame: pl.DataFrame
    places: Hashes
    ids: Hashes
    persons: Hashes

    @property
    def partitions(self) -> Partitions:
        """Where each was read."""
        return self.frame["partition"].to_numpy()

    @property
    def minutes(self) -> Owners:
        """Whole minutes since 1970."""
        return self.frame["minute"].to_numpy()


@dataclass(frozen=True)
class Applied:
    """The outcome of each event, and the windows that any of them changed.

    `changed`: partition, group_id, minute, version and every measure, a row for each window.
    """

    outcomes: Outcomes
    changed: pl.DataFrame


def look(batch: pl.DataFrame, measures: Measures) -> Events:
    """What the fold needs of a batch.

    It has fact columns, `partition` and `offset`, which ascends within a partition.
    """
    return Events(batch.select(measures.per_event), *hashed(batch, PLACE, IDENTITY, PERSON))


def apply(events: Events, windows: Windows, measures: Measures, commit: int) -> Applied:
    """Fold events into `windows` as commit number `commit`.

    An event is applied only if its offset is not below its window's version (the fence) and its
    identity is new to the window; of copies within the batch the lowest offset is the event.
    """
    rows = windows.rows(events.partitions, events.places, events.minutes)
    outcomes = judged(events, windows, rows)
    counted = np.flatnonzero(outcomes == Outcome.COUNTED)
    add(events, windows, measures, rows, counted)
    first = counted[windows.touch(rows[counted], commit)]
    return Applied(outcomes, state(events.frame, first, windows, measures, rows[first]))


def judged(events: Events, windows: Windows, rows: Numbers) -> Outcomes:
    """The outcome of each event, those that count noted as known."""
    outcomes = np.zeros(len(rows), np.int8)
    is_past = events.frame["offset"].to_numpy() < windows.version[rows]
    if not is_past.any():
        outcomes[~windows.note_ids(events.ids, rows)] = Outcome.DUPLICATE
        return outcomes
    outcomes[is_past] = Outcome.REPLAYED
    later = np.flatnonzero(~is_past)
    is_new = windows.note_ids(events.ids[later], rows[later])
    outcomes[later[~is_new]] = Outcome.DUPLICATE
    return outcomes


def add(
    events: Events, windows: Windows, measures: Measures, rows: Numbers, counted: Places
) -> None:
    """Add what the events at the places `counted` say to their windows."""
    columns = {name: events.frame[name].to_numpy() for name in ("offset", *measures.sums)}
    its_rows = rows
    if len(counted) < len(rows):
        columns = {name: column[counted] for name, column in columns.items()}
        its_rows = rows[counted]
    for name in measures.sums:
        _add(windows.sums[name], reading(its_rows), reading(columns[name]))
    _raise(windows.version, reading(its_rows), reading(columns["offset"]))
    if measures.people:
        by_one = counted[events.frame["counts"].to_numpy()[counted]]
        its_rows = rows[by_one]
        is_new = windows.note_people(events.persons[by_one], its_rows)
        _add(windows.distinct, reading(its_rows), reading(is_new.astype(np.int64)))


@compiled
def _add(sums: Ints, rows: Numbers, values: Ints) -> None:
    for at in range(len(rows)):
        sums[rows[at]] += values[at]


@compiled
def _raise(versions: Hashes, rows: Numbers, offsets: Hashes) -> None:
    """The version of each window is beyond its offsets."""
    for at in range(len(rows)):
        versions[rows[at]] = max(versions[rows[at]], offsets[at] + np.uint64(1))


def state(
    keys: pl.DataFrame, places: Places, windows: Windows, measures: Measures, rows: Numbers
) -> pl.DataFrame:
    """What the windows in these rows say; `keys` has their keys, at `places`."""
    columns = [pl.Series(name, keys[name].to_numpy()[places]) for name in ("partition", "minute")]
    columns.insert(1, keys["group_id"][places])
    columns.append(pl.Series("version", windows.version[rows]))
    columns += [pl.Series(name, windows.sums[name][rows]) for name in measures.sums]
    if measures.people:
        columns.append(pl.Series(measures.people, windows.distinct[rows]))
    return pl.DataFrame(columns)
