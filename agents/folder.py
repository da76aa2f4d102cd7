"""The folder: batches of many partitions into one commit's rows, over the window cache.

Runs in one thread. It changes no store; what it returns is what the committer writes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from agents.intake import Intake, Taken, not_parsed
from agents.patience import PatientStore
from agents.readthrough import highest_minute, read_days, read_windows, refused_offsets
from pipeline.core import fold
from pipeline.core.fold import Outcome
from pipeline.core.measures import MEASURES
from pipeline.core.rebuild import rebuilt
from pipeline.core.records import Record, Records
from pipeline.core.rows import Source, fact_rows, window_rows
from pipeline.core.windows import PartitionWindows
from schemas.control import RebuildWindows, order_of
from schemas.event_type import EventType
from schemas.rejection import Reason


@dataclass
class Folded:
    """One commit, folded but not stored: rows by table, outcomes, and what the live view takes."""

    number: int
    incarnation: int
    facts: dict[EventType, list[pl.DataFrame]] = field(default_factory=dict)
    windows: list[pl.DataFrame] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    outcomes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    counted: list[tuple[Source, pl.DataFrame]] = field(default_factory=list)
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
        for source, its_records in records.items():
            self._fold_source(source, its_records, folded)
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

    def _fold_source(self, source: Source, records: Records, folded: Folded) -> None:
        condemned = self._condemned_among(source, records)
        if source.carries is None:
            sound = records.without(condemned)
            folded.letters.append((source, sound))
            folded.taken.append(not_parsed(source, records))
            folded.outcomes[source.topic, "counted", ""] += len(sound)
            if condemned:
                folded.outcomes[source.topic, "rejected", Reason.POISON.value] += len(condemned)
            return
        if source not in self._refused:
            self._refused[source] = refused_offsets(self._store, source)
        order = order_of(records[0].value, records[0].headers) if records.headers else None
        if order is not None and source.event_type in MEASURES and not condemned:
            self._rebuild(source, records[:1], order, folded)
            return
        taken = self._intake.take(source, records, self._refused[source], condemned)
        folded.taken.append(taken)
        for rejected in taken.rejected:
            folded.outcomes[source.topic, "rejected", rejected.rejection.reason.value] += 1
        measures = MEASURES.get(source.event_type)
        if measures is None:  # a heartbeat: it leaves neither fact nor window
            folded.outcomes[source.topic, "counted", ""] += taken.events.height
            folded.counted.append((source, taken.events))
            return
        if taken.events.is_empty():
            return
        windows = self._of(source)
        grouped = fold.group(taken.events, measures)
        unknown = windows.unknown(grouped.keys)
        for key, window in read_windows(self._store, source, unknown).items():
            windows.put(key, window)
        outcomes = fold.apply(grouped, windows, folded.number)
        for outcome in Outcome:
            count = int((outcomes == outcome).sum())
            folded.outcomes[source.topic, outcome.name.lower(), ""] += count
        replayed = np.flatnonzero(outcomes == Outcome.REPLAYED)
        if replayed.size:
            folded.replayed[source] = int(taken.events["offset"][int(replayed[-1])])
        facts = fact_rows(taken.events, outcomes, source)
        if facts.height:
            folded.facts.setdefault(source.event_type, []).append(facts)
            folded.counted.append((source, facts))
        changed = [
            (key, window)
            for key, window in zip(grouped.keys, windows.select(grouped.keys), strict=True)
            if window.commit == folded.number
        ]
        if changed:
            keys, values = zip(*changed, strict=True)
            folded.windows.append(window_rows(keys, values, measures, source))

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
                folded.windows.append(
                    window_rows(list(windows), list(windows.values()), measures, source)
                )
        if source in self._windows:
            self._windows[source].drop(order.from_minute, order.until_minute, highest)
        folded.taken.append(not_parsed(source, records))
        folded.outcomes[source.topic, "control", ""] += 1

    def _of(self, source: Source) -> PartitionWindows:
        windows = self._windows.get(source)
        if windows is None:
            floor = highest_minute(self._store, source.topic)
            windows = self._windows[source] = PartitionWindows(floor)
        return windows
