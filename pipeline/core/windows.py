"""Minute windows of one topic: the state that a fold reads and writes, as columns.

A window is a pure function of a prefix of its partition's log. `version` is the last applied
offset + 1, so of two copies of a window the one with the greater version knows more.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from pipeline.core.measures import Measures
from pipeline.core.pairs import ABSENT, Hashes, Mask, Numbers, Owners, Pairs, grown
from schemas.compiled import compiled, reading

WindowKey = tuple[str, int]
"""(group_id, minute), the minute as whole minutes since 1970."""

PAIR_BYTES = 32
"""About what an id or a person of a window takes."""

WINDOW_BYTES = 100
"""About what a window takes besides."""

Partitions = npt.NDArray[np.uint16]
Ints = npt.NDArray[np.int64]

_FEWEST = 64
_FRESH = -1
_PARTITIONS = 1 << 16


class Windows:
    """The windows at hand of the partitions of one topic, a row each.

    A partition's minute above its floor holds no window that is not here, so it need not be read
    from the store. Floors start at `floor`, the topic's highest stored minute, and rise as the
    partition's windows are let go of: in a backlog partitions are hours of event time apart.
    `ids` and `people` also hold those of earlier epochs, which the values do not count.
    """

    def __init__(self, measures: Measures, floor: int) -> None:
        self.version: Hashes = np.zeros(_FEWEST, np.uint64)
        self.distinct: Ints = np.zeros(_FEWEST, np.int64)
        self.sums = {name: np.zeros(_FEWEST, np.int64) for name in measures.sums}
        self._commits: Ints = np.zeros(_FEWEST, np.int64)  # the last that wrote each
        self._keys = Pairs()
        self._ids = Pairs()
        self._people = Pairs()
        self._partitions: Partitions = np.zeros(_FEWEST, np.uint16)
        self._floors: Owners = np.full(_PARTITIONS, floor, np.uint32)
        self._whole: dict[
            int, set[int]
        ] = {}  # by minute below a floor: where it is here as a whole

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def bytes(self) -> int:
        """About what all of them take."""
        return WINDOW_BYTES * len(self) + PAIR_BYTES * (len(self._ids) + len(self._people))

    def find(self, places: Hashes, minutes: Owners) -> Numbers:
        """The rows of windows by `measures.place` and minute, `ABSENT` where one is not here."""
        return self._keys.find(places, minutes)

    def unknown(self, partitions: Partitions, places: Hashes, minutes: Owners) -> Mask:
        """Which of these windows only the store can tell."""
        asked = minutes <= self._floors[partitions]
        if asked.any():
            whole = [
                minute * _PARTITIONS + partition
                for minute, its_partitions in self._whole.items()
                for partition in its_partitions
            ]
            asked &= ~np.isin(
                minutes * np.uint64(_PARTITIONS) + partitions, np.array(whole, np.uint64)
            )
        if asked.any():
            asked[asked] = self.find(places[asked], minutes[asked]) == ABSENT
        return asked

    def rows(self, partitions: Partitions, places: Hashes, minutes: Owners) -> Numbers:
        """The rows of windows; one that is not here is new and empty."""
        rows, is_new = self._keys.admit(places, minutes)
        count = len(self._keys)
        if count > len(self.version):
            old, room = count - int(is_new.sum()), count + count // 2
            self.version = grown(self.version, old, room)
            self.distinct = grown(self.distinct, old, room)
            self._commits = grown(self._commits, old, room)
            self._partitions = grown(self._partitions, old, room)
            self.sums = {name: grown(column, old, room) for name, column in self.sums.items()}
        self._partitions[rows[is_new]] = partitions[is_new]
        return rows

    def note_ids(self, ids: Hashes, rows: Numbers) -> Mask:
        """Take in the identities of events of these windows; which of them were not known."""
        return self._ids.admit(ids, rows.view(np.uint32))[1]

    def note_people(self, people: Hashes, rows: Numbers) -> Mask:
        """Take in persons of these windows; which of them were not known."""
        return self._people.admit(people, rows.view(np.uint32))[1]

    def touch(self, rows: Numbers, commit: int) -> Ints:
        """These windows, each once or more, are written by this commit: they stay until it is
        durable. Where in `rows` each comes first.
        """
        return _touch(reading(rows), self._commits, commit)

    def know(self, partition: int, minutes: Iterable[int]) -> None:
        """All that the store has of these minutes and this partition is here."""
        for minute in minutes:
            self._whole.setdefault(minute, set()).add(partition)

    def drop(self, partition: int, from_minute: int, until_minute: int, highest: int) -> None:
        """Let go of the minutes [from_minute, until_minute), all of which are durable.

        `highest` is the latest minute among them that has a row of `partition` now, in here or not.
        """
        here = {*self._whole, *np.unique(self._keys.owners).tolist()}
        gone = [minute for minute in here if from_minute <= minute < until_minute]
        floors = self._floors.copy()
        floors[partition] = max(floors[partition], highest)
        self._let_go(gone, floors)

    def evict(self, durable_commit: int, excess: int) -> int:
        """Let go of the minutes written longest ago, about `excess` bytes; return how many went.

        A minute that a later commit than `durable_commit` wrote stays: the store lacks it, and it
        is what is being folded. Nothing goes before it is an eighth of all, since it costs as much
        to let go of little as of much.
        """
        minutes, place = np.unique(self._keys.owners, return_inverse=True)
        commits, sizes = np.zeros(len(minutes), np.int64), np.zeros(len(minutes), np.int64)
        np.maximum.at(commits, place, self._commits[: len(self)])
        np.add.at(sizes, place, WINDOW_BYTES)
        for known in (self._ids, self._people):
            np.add.at(sizes, place[known.owners], PAIR_BYTES)
        found = zip(commits.tolist(), minutes.tolist(), sizes.tolist(), strict=True)
        empty = self._whole.keys() - set(minutes.tolist())
        gone, size = [], 0
        for its_commit, minute, its_size in sorted((*found, *((0, each, 0) for each in empty))):
            if size >= excess or its_commit > durable_commit:
                break
            gone.append(minute)
            size += its_size
        if 8 * size < self.bytes:
            return 0
        self._let_go(gone, self._floors.copy())
        return size

    def _let_go(self, gone: list[int], floors: Owners) -> None:
        """Without these minutes, of which the store has all. Others that were whole still are.

        `floors`: what the floors have to be at least, by partition.
        """
        for minute in gone:
            self._whole.pop(minute, None)
        kept = ~np.isin(self._keys.owners, np.array(gone, np.uint32))
        np.maximum.at(floors, self._partitions[: len(kept)][~kept], self._keys.owners[~kept])
        risen = np.flatnonzero(floors > self._floors)
        for minute in {*self._whole, *np.unique(self._keys.owners[kept]).tolist()}:
            is_whole = (self._floors[risen] < minute) & (minute <= floors[risen])
            if is_whole.any():
                self._whole.setdefault(minute, set()).update(risen[is_whole].tolist())
        self._floors = floors
        count = int(kept.sum())
        if count == len(kept):
            return
        renumbered = np.cumsum(kept, dtype=np.uint32) - np.uint32(1)
        for known in (self._ids, self._people):
            stays = kept[known.owners]
            known.keep(stays, renumbered[known.owners[stays]])
        self.version = self.version[: len(kept)][kept]
        self.distinct = self.distinct[: len(kept)][kept]
        self._commits = self._commits[: len(kept)][kept]
        self._partitions = self._partitions[: len(kept)][kept]
        self.sums = {name: column[: len(kept)][kept] for name, column in self.sums.items()}
        self._keys.keep(kept, self._keys.owners[kept])


@compiled
def _touch(rows: Numbers, commits: Ints, commit: int) -> Ints:
    for row in rows:
        commits[row] = _FRESH
    firsts, count = np.empty(len(rows), np.int64), 0
    for place in range(len(rows)):
        if commits[rows[place]] == _FRESH:
            commits[rows[place]] = commit
            firsts[count] = place
            count += 1
    return firsts[:count]
