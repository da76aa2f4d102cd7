"""The folder: batches of many partitions into one commit's rows, over the window cache.

Runs in one thread. It changes no store; what it returns is what the committer writes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from agents.intake import Intake, Taken
from agents.patience import PatientStore
from agents.readthrough import highest_minute, read_days, read_windows, refused_offsets
from pipeline.core import fold
from pipeline.core.fold import Grouped, Outcome, Outcomes
from pipeline.core.measures import MEASURES
from pipeline.core.rebuild import rebuilt
from pipeline.core.records import Record, Records
from pipeline.core.rows import Source, fact_rows, window_rows
from pipeline.core.windows import PartitionWindows, WindowKey
from schemas.control import RebuildWindows, order_of
from schemas.event_type import EventType
from schemas.rejection import Reason


@dataclass
class Folded:
    """One commit, folded but not stored: rows by table, outcomes, and what the live view takes.

    `seconds`: how long the fold took.
    """

    number: int
    incarnation: int
    seconds: float = 0.0
    facts: dict[EventType, pl.DataFrame] = field(default_factory=dict)
    windows: list[pl.DataFrame] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    counted: list[tuple[EventType, pl.DataFrame]] = field(default_factory=list)
    replayed: dict[Source, int] = field(default_factory=dict)
    letters: list[tuple[Source, Sequence[Record]]] = field(default_factory=list)

    @property
    def records(self) -> int:
        """Records read for this commit."""
        return sum(taken.records for taken in self.taken)


class Folder:
    """Owns the window cache of the partitions this worker has.

    `durable` is the number of the last commit that the store holds; the cache stays within
    `ids_limit` ids, but a window of a later commit is never let go.
    """

    def __init__(self, store: PatientStore, intake: Intake, *, ids_limit: int) -> None:
        self._store = store
        self._intake = intake
        self._ids_limit = ids_limit
        self._windows: dict[Source, PartitionWindows] = {}
        self._refused: dict[Source, frozenset[int]] = {}
        self._condemned: dict[Source, frozenset[int]] = {}
        self._number = 0
        self.durable = 0
        self.incarnation = 0

    def forget(self) -> None:
        """Throw the whole cache away: after a rebalance, or when folded rows were refused."""
        self._windows.clear()
        self._refused.clear()
        self._condemned.clear()
        self.incarnation += 1

    def forget_verdicts(self, source: Source) -> None:
        """Read anew which records of this partition are condemned: one more is."""
        self._condemned.pop(source, None)

    def fold(self, records: Mapping[Source, Records]) -> Folded:
        """Fold each partition's records, in offset order, into one commit."""
        self._number += 1
        folded = Folded(self._number, self.incarnation)
        by_type: dict[EventType, dict[Source, Records]] = {}
        for source, its_records in records.items():
            if source.carries is None:
                self._take_letters(source, its_records, folded)
            elif (order := self._order_in(source, its_records)) is not None:
                self._rebuild(source, its_records[:1], order, folded)
            else:
                by_type.setdefault(source.carries, {})[source] = its_records
        for event_type, its_sources in by_type.items():
            self._fold_type(event_type, its_sources, folded)
        self._evict()
        return folded

    def _evict(self) -> None:
        excess = self.held - self._ids_limit
        while excess > 0:
            fullest = max(self._windows.values(), key=lambda windows: windows.held)
            gone = fullest.evict(self.durable, excess)
            if not gone:
                break
            excess -= gone

    @property
    def held(self) -> int:
        """Ids in the cache."""
        return sum(windows.held for windows in self._windows.values())

    def _take_letters(self, source: Source, records: Records, folded: Folded) -> None:
        condemned = self._condemned_among(source, records)
        sound = records.without(condemned)
        folded.letters.append((source, sound))
        folded.taken.append(Taken.of(source, records))
        folded.outcomes[source.topic, "counted", ""] += len(sound)
        if condemned:
            folded.outcomes[source.topic, "rejected", Reason.POISON.value] += len(condemned)

    def _order_in(self, source: Source, records: Records) -> RebuildWindows | None:
        """The order that the first record is, unless it is condemned."""
        if not records.headers or source.event_type not in MEASURES:
            return None
        if self._condemned_among(source, records):
            return None
        return order_of(records.values[0], records.headers[0])

    def _fold_type(
        self, event_type: EventType, records: Mapping[Source, Records], folded: Folded
    ) -> None:
        source = next(iter(records))
        judged = self._intake.take(
            records,
            {each: self._refused_in(each) for each in records},
            {each: self._condemned_among(each, its) for each, its in records.items()},
        )
        folded.taken += judged.taken
        for taken in judged.taken:
            for rejected in taken.rejected:
                folded.outcomes[source.topic, "rejected", rejected.rejection.reason.value] += 1
        events = judged.events
        measures = MEASURES.get(event_type)
        if measures is None:  # a heartbeat: it leaves neither fact nor window
            folded.outcomes[source.topic, "counted", ""] += events.height
            folded.counted.append((event_type, events))
            return
        if events.is_empty():
            return
        windows = {each.partition: self._of(each) for each in records}
        grouped = fold.group(events, measures)
        self._read_back(records, grouped, windows)
        outcomes = fold.apply(grouped, windows, folded.number)
        for outcome in Outcome:
            count = int((outcomes == outcome).sum())
            folded.outcomes[source.topic, outcome.name.lower(), ""] += count
        for each in records:
            again = _last_replayed(events, outcomes, each.partition)
            if again is not None:
                folded.replayed[each] = again
        facts = fact_rows(events, outcomes, source)
        if facts.height:
            folded.facts[event_type] = facts
            folded.counted.append((event_type, facts))
        changed = [
            (partition, key, window)
            for partition, key in zip(grouped.partitions, grouped.keys, strict=True)
            if (window := windows[partition].at(key)).commit == folded.number
        ]
        if changed:
            partitions, keys, values = zip(*changed, strict=True)
            folded.windows.append(window_rows(partitions, keys, values, measures, source))

    def _read_back(
        self,
        sources: Iterable[Source],
        grouped: Grouped,
        windows: Mapping[int, PartitionWindows],
    ) -> None:
        """Put the windows that only the store can tell into the cache."""
        keys: dict[int, list[WindowKey]] = defaultdict(list)
        for partition, key in zip(grouped.partitions, grouped.keys, strict=True):
            keys[partition].append(key)
        for source in sources:
            its_windows = windows[source.partition]
            unknown = its_windows.unknown(keys[source.partition])
            for key, window in read_windows(self._store, source, unknown).items():
                its_windows.put(key, window)

    def _refused_in(self, source: Source) -> frozenset[int]:
        if source not in self._refused:
            self._refused[source] = refused_offsets(self._store, source)
        return self._refused[source]

    def _condemned_among(self, source: Source, records: Records) -> frozenset[int]:
        if source not in self._condemned:
            self._condemned[source] = refused_offsets(self._store, source, Reason.POISON)
        condemned = self._condemned[source]
        return condemned and condemned.intersection(records.offsets.tolist())

    def _rebuild(
        self, source: Source, records: Records, order: RebuildWindows, folded: Folded
    ) -> None:
        """Carry out an order: all that lies before it is stored, and it comes by itself."""
        measures = MEASURES[source.event_type]
        highest = 0
        for stored, facts in read_days(self._store, source, order.from_minute, order.until_minute):
            windows = rebuilt(
                stored,
                facts,
                measures,
                epoch=source.epoch,
                partition=source.partition,
                offset=records.first,
            )
            if windows:
                highest = max(highest, *(minute for _, minute in windows))
                partitions = [source.partition] * len(windows)
                rows = window_rows(
                    partitions, list(windows), list(windows.values()), measures, source
                )
                folded.windows.append(rows)
        if source in self._windows:
            self._windows[source].drop(order.from_minute, order.until_minute, highest)
        folded.taken.append(Taken.of(source, records))
        folded.outcomes[source.topic, "control", ""] += 1

    def _of(self, source: Source) -> PartitionWindows:
        windows = self._windows.get(source)
        if windows is None:
            floor = highest_minute(self._store, source.topic)
            windows = self._windows[source] = PartitionWindows(floor)
        return windows


def _last_replayed(events: pl.DataFrame, outcomes: Outcomes, partition: int) -> int | None:
    """The highest offset of `partition` that was replayed; None if none was."""
    replayed = np.flatnonzero(outcomes == Outcome.REPLAYED)
    if not replayed.size:
        return None
    its = replayed[events["partition"].to_numpy()[replayed] == partition]
    return int(events["offset"][int(its[-1])]) if its.size else None
