"""The folder: batches of many partitions into one commit's rows, over the window cache.

Runs in one thread. It changes no store; what it returns is what the committer writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import polars as pl

from agents.folded import Folded, Share
from agents.intake import Intake, Taken
from agents.patience import PatientStore
from agents.readthrough import highest_minute, read_days, read_windows, refused_offsets
from pipeline.core import fold
from pipeline.core.fold import Events, Outcome, Outcomes
from pipeline.core.measures import MEASURES
from pipeline.core.readback import KEY
from pipeline.core.rebuild import rebuilt
from pipeline.core.records import Records
from pipeline.core.rows import Source, fact_rows, window_rows
from pipeline.core.windows import Windows
from schemas.control import RebuildWindows, order_of
from schemas.event_type import EventType
from schemas.rejection import Reason


class Folder:
    """Owns the window cache of the partitions this worker has.

    `durable` is the number of the last commit that the store holds; the cache stays within about
    `bytes_limit`, but a minute of a later commit is never let go.
    """

    def __init__(self, store: PatientStore, intake: Intake, *, bytes_limit: int) -> None:
        self._store = store
        self._intake = intake
        self._bytes_limit = bytes_limit
        self._windows: dict[str, Windows] = {}
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
            share = folded.share(source.carries)
            if source.carries is None:
                self._take_letters(source, its_records, share)
            elif (order := self._order_in(source, its_records)) is not None:
                self._rebuild(source, its_records[:1], order, share)
            else:
                by_type.setdefault(source.carries, {})[source] = its_records
        for event_type, its_sources in by_type.items():
            self._fold_type(event_type, its_sources, folded.share(event_type), folded.number)
        self._evict()
        return folded

    def _evict(self) -> None:
        """Make room, half of all: it costs as much as what stays, so it had better be seldom."""
        excess = self.held - self._bytes_limit
        if excess > 0:
            excess += self._bytes_limit // 2
        for windows in sorted(self._windows.values(), key=lambda its: its.bytes, reverse=True):
            if excess <= 0:
                break
            excess -= windows.evict(self.durable, excess)

    @property
    def held(self) -> int:
        """About the bytes of the cache."""
        return sum(windows.bytes for windows in self._windows.values())

    def _take_letters(self, source: Source, records: Records, share: Share) -> None:
        condemned = self._condemned_among(source, records)
        sound = records.without(condemned)
        share.letters.append((source, sound))
        share.taken.append(Taken.of(source, records))
        share.outcomes[source.topic, "counted", ""] += len(sound)
        if condemned:
            share.outcomes[source.topic, "rejected", Reason.POISON.value] += len(condemned)

    def _order_in(self, source: Source, records: Records) -> RebuildWindows | None:
        """The order that the first record is, unless it is condemned."""
        if not records.headers or source.event_type not in MEASURES:
            return None
        if self._condemned_among(source, records):
            return None
        return order_of(records.values[0], records.headers[0])

    def _fold_type(
        self, event_type: EventType, records: Mapping[Source, Records], share: Share, number: int
    ) -> None:
        source = next(iter(records))
        judged = self._intake.take(
            records,
            {each: self._refused_in(each) for each in records},
            {each: self._condemned_among(each, its) for each, its in records.items()},
        )
        share.taken += judged.taken
        for taken in judged.taken:
            for rejected in taken.rejected:
                share.outcomes[source.topic, "rejected", rejected.rejection.reason.value] += 1
        events = judged.events
        measures = MEASURES.get(event_type)
        if measures is None:  # a heartbeat: it leaves neither fact nor window
            share.outcomes[source.topic, "counted", ""] += events.height
            share.counted = events
            return
        if events.is_empty():
            return
        windows = self._of(source)
        looked_at = fold.look(events, measures)
        self._read_back(records, looked_at, windows)
        applied = fold.apply(looked_at, windows, measures, number)
        outcomes = applied.outcomes
        counts = np.bincount(outcomes, minlength=len(Outcome)).tolist()
        for outcome in Outcome:
            share.outcomes[source.topic, outcome.name.lower(), ""] += counts[outcome]
        if counts[Outcome.REPLAYED]:
            share.replayed = _last_replayed(events, outcomes, records)
        facts = fact_rows(events, outcomes, source)
        if facts.height:
            share.facts = share.counted = facts
            share.windows.append(window_rows(applied.changed, measures, source))

    def _read_back(self, sources: Iterable[Source], events: Events, windows: Windows) -> None:
        """Put the windows that only the store can tell into the cache."""
        unknown = windows.unknown(events.partitions, events.places, events.minutes)
        if not unknown.any():
            return
        keys = events.frame.filter(unknown).select("partition", *KEY).unique(maintain_order=True)
        for source in sources:
            its_keys = keys.filter(pl.col("partition") == source.partition).select(KEY)
            if its_keys.height:
                read_windows(self._store, source, its_keys, windows)

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
        self, source: Source, records: Records, order: RebuildWindows, share: Share
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
            if windows.height:
                highest = max(highest, windows.select(pl.col("minute").max()).item())
                share.windows.append(window_rows(windows, measures, source))
        if source.topic in self._windows:
            self._windows[source.topic].drop(
                source.partition, order.from_minute, order.until_minute, highest
            )
        share.taken.append(Taken.of(source, records))
        share.outcomes[source.topic, "control", ""] += 1

    def _of(self, source: Source) -> Windows:
        windows = self._windows.get(source.topic)
        if windows is None:
            floor = highest_minute(self._store, source.topic)
            windows = self._windows[source.topic] = Windows(MEASURES[source.event_type], floor)
        return windows


def _last_replayed(
    events: pl.DataFrame, outcomes: Outcomes, sources: Iterable[Source]
) -> dict[Source, int]:
    """The highest offset that was replayed, of each partition in which any was."""
    replayed = np.flatnonzero(outcomes == Outcome.REPLAYED)
    partitions = events["partition"].to_numpy()[replayed]
    offsets = events["offset"].to_numpy()[replayed]
    last = dict(zip(partitions.tolist(), offsets.tolist(), strict=True))  # they ascend
    return {each: last[each.partition] for each in sources if each.partition in last}
