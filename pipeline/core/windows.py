"""Minute windows of one topic: the state that a fold reads and writes, as columns.

A window is a pure function of a prefix of its partition's log. `version` is the last applied
offset + 1, so of two copies of a window the one with the greater version knows more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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


@dataclass(slots=True)
class _Known:
    """What is known of a minute, although it is not above `known_above`.

    `whole`: a window that is not here exists nowhere; `whole_in`: so it is in these partitions.
    """

    whole: bool = False
    whole_in: set[int] = field(default_factory=set)


class Windows:
    """The windows at hand of the partitions of one topic, a row each.

    A minute above `known_above` holds no window that is not here, so it need not be read from the
    store: `known_above` starts as the topic's highest stored minute and rises with evictions.
    `ids` and `people` also hold those of earlier epochs, which the values do not count.
    """

    def __init__(self, measures: Measures, known_above: int) -> None:
        self.known_above = known_above
        self.version: Hashes = np.zeros(_FEWEST, np.uint64)
        self.distinct: Ints = np.zeros(_FEWEST, np.int64)
        self.sums = {name: np.zeros(_FEWEST, np.int64) for name in measures.sums}
        self._commits: Ints = np.zeros(_FEWEST, np.int64)  # the last that wrote each
        self._keys = Pairs()
        self._ids = Pairs()
        self._people = Pairs()
        self._known: dict[int, _Known] = {}

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
        asked = minutes <= self.known_above
        if asked.any():
            whole = [minute for minute, its in self._known.items() if its.whole]
            whole_in = [
                minute * _PARTITIONS + partition
                for minute, its in self._known.items()
                for partition in its.whole_in
            ]
            asked &= ~np.isin(minutes, np.array(whole, np.uint32))
            asked &= ~np.isin(
                minutes * np.uint64(_PARTITIONS) + partitions, np.array(whole_in, np.uint64)
            )
        if asked.any():
            asked[asked] = self.find(places[asked], minutes[asked]) == ABSENT
        return asked

    def rows(self, places: Hashes, minutes: Owners) -> Numbers:
        """The rows of windows; one that is not here is new and empty."""
        rows, is_new = self._keys.admit(places, minutes)
        count = len(self._keys)
        if count > len(self.version):
            old, room = count - int(is_new.sum()), count + count // 2
            self.version = grown(self.version, old, room)
            self.distinct = grown(self.distinct, old, room)
            self._commits = grown(self._commits, old, room)
            self.sums = {name: grown(column, old, room) for name, column in self.sums.items()}
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
            self._known.setdefault(minute, _Known()).whole_in.add(partition)

    def drop(self, from_minute: int, until_minute: int, highest: int) -> None:
        """Let go of the minutes [from_minute, until_minute), all of which are durable.

        `highest` is the latest minute among them that has a row now, in here or not.
        """
        here = {*self._known, *np.unique(self._keys.owners).tolist()}
        self._let_go([minute for minute in here if from_minute <= minute < until_minute], highest)

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
        empty = self._known.keys() - set(minutes.tolist())
        gone, size = [], 0
        for its_commit, minute, its_size in sorted((*found, *((0, each, 0) for each in empty))):
            if size >= excess or its_commit > durable_commit:
                break
            gone.append(minute)
            size += its_size
        if 8 * size < self.bytes:
            return 0
        self._let_go(gone, 0)
        return size

    def _let_go(self, gone: list[int], highest: int) -> None:
        """Without these minutes, of which the store has all. Others that were whole still are."""
        for minute in gone:
            self._known.pop(minute, None)
        floor = max(self.known_above, highest, *gone, 0)
        kept = ~np.isin(self._keys.owners, np.array(gone, np.uint32))
        for minute in {*self._known, *np.unique(self._keys.owners[kept]).tolist()}:
            if self.known_above < minute <= floor:
                self._known.setdefault(minute, _Known()).whole = True
        self.known_above = floor
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
