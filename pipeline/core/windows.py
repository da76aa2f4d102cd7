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

WindowKey = tuple[str, int]
"""(group_id, minute), the minute as whole minutes since 1970."""

PAIR_BYTES = 32
"""About what an id or a person of a window takes."""

WINDOW_BYTES = 100
"""About what a window takes besides."""

Partitions = npt.NDArray[np.uint16]

_FEWEST = 64
_PARTITIONS = 1 << 16


@dataclass(slots=True)
class _Minute:
    """All windows of one minute: about their bytes, and the last commit that wrote one.

    `whole`: one that is not here exists nowhere, although the minute is not above `known_above`;
    `whole_in`: so it is with those of these partitions.
    """

    size: int = 0
    commit: int = 0
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
        self.distinct: npt.NDArray[np.int64] = np.zeros(_FEWEST, np.int64)
        self.sums = {name: np.zeros(_FEWEST, np.int64) for name in measures.sums}
        self._keys = Pairs()
        self._ids = Pairs()
        self._people = Pairs()
        self._minutes: dict[int, _Minute] = {}
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._keys)

    def find(self, places: Hashes, minutes: Owners) -> Numbers:
        """The rows of windows by `measures.place` and minute, `ABSENT` where one is not here."""
        return self._keys.find(places, minutes)

    def unknown(self, partitions: Partitions, places: Hashes, minutes: Owners) -> Mask:
        """Which of these windows only the store can tell."""
        asked = minutes <= self.known_above
        if asked.any():
            whole = [minute for minute, its in self._minutes.items() if its.whole]
            whole_in = [
                minute * _PARTITIONS + partition
                for minute, its in self._minutes.items()
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
            self.sums = {name: grown(column, old, room) for name, column in self.sums.items()}
        self._weigh(minutes[is_new], WINDOW_BYTES)
        return rows

    def note_ids(self, ids: Hashes, rows: Numbers) -> Mask:
        """Take in the identities of events of these windows; which of them were not known."""
        return self._note(self._ids, ids, rows)

    def note_people(self, people: Hashes, rows: Numbers) -> Mask:
        """Take in persons of these windows; which of them were not known."""
        return self._note(self._people, people, rows)

    def touch(self, rows: Numbers, commit: int) -> None:
        """These windows were written by this commit: they stay until it is durable."""
        for minute in np.unique(self._keys.owners[rows]).tolist():
            self._minutes[minute].commit = commit

    def know(self, partition: int, minutes: Iterable[int]) -> None:
        """All that the store has of these minutes and this partition is here."""
        for minute in minutes:
            self._minutes.setdefault(minute, _Minute()).whole_in.add(partition)

    def drop(self, from_minute: int, until_minute: int, highest: int) -> None:
        """Let go of the minutes [from_minute, until_minute), all of which are durable.

        `highest` is the latest minute among them that has a row now, in here or not.
        """
        gone = [minute for minute in self._minutes if from_minute <= minute < until_minute]
        self._let_go(gone, highest)

    def evict(self, durable_commit: int, excess: int) -> int:
        """Let go of the minutes written longest ago, about `excess` bytes; return how many went.

        A minute that a later commit than `durable_commit` wrote stays: the store lacks it, and it
        is what is being folded. Nothing goes before it is an eighth of all, since it costs as much
        to let go of little as of much.
        """
        durable = [
            (its.commit, minute)
            for minute, its in self._minutes.items()
            if its.commit <= durable_commit
        ]
        gone, size = [], 0
        for _, minute in sorted(durable):
            if size >= excess:
                break
            gone.append(minute)
            size += self._minutes[minute].size
        if 8 * size < self.bytes:
            return 0
        self._let_go(gone, 0)
        return size

    def _note(self, known: Pairs, hashes: Hashes, rows: Numbers) -> Mask:
        _, is_new = known.admit(hashes, rows.astype(np.uint32))
        self._weigh(self._keys.owners[rows[is_new]], PAIR_BYTES)
        return is_new

    def _weigh(self, minutes: Owners, size: int) -> None:
        found, counts = np.unique(minutes, return_counts=True)
        for minute, count in zip(found.tolist(), counts.tolist(), strict=True):
            its = self._minutes.get(minute)
            if its is None:
                its = self._minutes[minute] = _Minute()
            its.size += size * count
        self.bytes += size * len(minutes)

    def _let_go(self, gone: list[int], highest: int) -> None:
        """Without these minutes, of which the store has all. Others that were whole still are."""
        for minute in gone:
            self.bytes -= self._minutes.pop(minute).size
        floor = max(self.known_above, highest, *gone, 0)
        for minute, its in self._minutes.items():
            its.whole |= self.known_above < minute <= floor
        self.known_above = floor
        kept = ~np.isin(self._keys.owners, np.array(gone, np.uint32))
        count = int(kept.sum())
        if count == len(kept):
            return
        renumbered = np.cumsum(kept, dtype=np.uint32) - np.uint32(1)
        for known in (self._ids, self._people):
            stays = kept[known.owners]
            known.keep(stays, renumbered[known.owners[stays]])
        self.version = self.version[: len(kept)][kept]
        self.distinct = self.distinct[: len(kept)][kept]
        self.sums = {name: column[: len(kept)][kept] for name, column in self.sums.items()}
        self._keys.keep(kept, self._keys.owners[kept])
