"""From fetched records to fact columns: parsed, judged against time, and in their own partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from agents.decoding import Hands
from pipeline.clock import SharedClock
from pipeline.core.homes import homes
from pipeline.core.records import Records
from pipeline.core.rows import Source
from pipeline.settings import Settings
from schemas.batch import Decoded, decode_batch
from schemas.cloudevents import all_merged
from schemas.decode import Limits, decode
from schemas.event_type import EventType
from schemas.rejection import Reason, Rejection
from schemas.texts import Texts


@dataclass(frozen=True)
class Rejected:
    """A record that is no event: where it lies, when it was appended, and why."""

    offset: int
    ingest_ms: int
    rejection: Rejection


@dataclass(frozen=True)
class Taken:
    """The stretch of one partition that was read, and what in it is no event."""

    source: Source
    first_offset: int
    last_offset: int
    appended_ms: int
    records: int
    rejected: Sequence[Rejected] = ()

    @classmethod
    def of(cls, source: Source, records: Records, rejected: Sequence[Rejected] = ()) -> Self:
        """Of the place of `records`."""
        return cls(
            source, records.first, records.last, int(records.timestamps[-1]), len(records), rejected
        )


@dataclass(frozen=True)
class Judged:
    """What records of one topic became: its events, and what was taken of each partition.

    `events`: fact event columns, `partition`, `offset` and `ingest_ms`, partition after partition.
    """

    events: pl.DataFrame
    taken: list[Taken]


class Intake:
    """Judges records by the contract, the clock and the partition they lie in.

    `limits` are by event type. Time is judged against each record's append time, so that a
    replay judges alike.
    """

    def __init__(
        self,
        limits: Mapping[EventType, Limits],
        clock: SharedClock,
        *,
        future_ms: int,
        partitions: int,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._future_ms = future_ms
        self._partitions = partitions
        self._hands = Hands()

    @classmethod
    def of(cls, settings: Settings, clock: SharedClock, *, key_id: str) -> Self:
        """As the settings want it; `key_id` is that of the pseudonyms."""
        return cls(
            {each: settings.limits(each, key_id=key_id) for each in EventType},
            clock,
            future_ms=settings.future_seconds * 1000,
            partitions=settings.kafka.partitions,
        )

    def take(
        self,
        records: Mapping[Source, Records],
        refused: Mapping[Source, frozenset[int]],
        condemned: Mapping[Source, frozenset[int]],
    ) -> Judged:
        """Parse `records` of partitions of one topic: together, since most of it costs per call.

        Offsets in `refused` were refused by the store once; that verdict holds for ever. Of
        `condemned` ones nothing but the place is looked at.
        """
        event_type = next(iter(records)).event_type
        joined = _Joined(records)
        offsets, appended = joined.records.offsets, joined.records.timestamps
        values, headers = joined.records.values, joined.records.headers
        poison = {
            row: Rejection(Reason.POISON, "condemned", values[row], event_type)
            for row in joined.rows_at(condemned)
        }
        if poison:
            values = values.without(list(poison))
        latest = self._clock.clock().at_each(appended) + self._future_ms
        limits = self._limits[event_type]
        unmerged: dict[int, Rejection] = {}
        if headers:
            merged, unmerged = all_merged(values, headers, max_bytes=limits.max_bytes)
            values = Texts.of(merged)
        decoded = _decode(event_type, values, latest, limits, self._hands)
        faults = dict(decoded.rejected) | unmerged
        rows = decoded.frame["row"].to_numpy()
        events = decoded.frame.hstack(
            [
                pl.Series("partition", joined.partitions[rows]),
                pl.Series("offset", offsets[rows]),
                pl.Series("ingest_ms", appended[rows]),
            ]
        )
        if event_type is not EventType.HEARTBEAT:  # it beats into every partition
            faults |= self._misrouted(event_type, events, values)
        here = set(rows.tolist()) if any(refused.values()) else ()
        faults |= {
            row: Rejection(Reason.STORE_REFUSED, "the store refused it", values[row])
            for row in joined.rows_at(refused)
            if row in here
        }
        faults |= poison
        if faults:
            events = events.filter(~pl.col("row").is_in(list(faults)))
        return Judged(events, joined.taken(faults))

    def _misrouted(
        self, event_type: EventType, events: pl.DataFrame, values: Texts
    ) -> Mapping[int, Rejection]:
        partitions = events["partition"].to_numpy()
        astray = np.flatnonzero(homes(events, self._partitions) != partitions)
        rows = events["row"].to_numpy()[astray].tolist()
        return {
            row: Rejection(
                Reason.MISROUTED,
                f"its key belongs to another partition than {partition}",
                values[row],
                event_type,
            )
            for row, partition in zip(rows, partitions[astray].tolist(), strict=True)
        }


class _Joined:
    """Records of several partitions one after the other, and where each partition's begin."""

    def __init__(self, parts: Mapping[Source, Records]) -> None:
        self._parts = parts
        self.records = Records.joined(list(parts.values()))
        sizes = [len(part) for part in parts.values()]
        self._ends = np.cumsum(sizes)
        self.partitions = np.repeat(
            np.fromiter((source.partition for source in parts), np.uint16), sizes
        )

    def rows_at(self, offsets: Mapping[Source, frozenset[int]]) -> list[int]:
        """The rows that lie at one of their partition's `offsets`."""
        rows: list[int] = []
        for (source, part), end in zip(self._parts.items(), self._ends.tolist(), strict=True):
            wanted = offsets.get(source)
            if wanted:
                found = np.isin(part.offsets, np.fromiter(wanted, np.uint64, len(wanted)))
                rows += (np.flatnonzero(found) + end - len(part)).tolist()
        return rows

    def taken(self, faults: Mapping[int, Rejection]) -> list[Taken]:
        """What was taken of each partition, with those of `faults`, by row, that lie in it."""
        rows = sorted(faults)
        rejected = [
            Rejected(int(self.records.offsets[row]), int(self.records.timestamps[row]), faults[row])
            for row in rows
        ]
        stops = np.searchsorted(rows, self._ends).tolist()
        starts = [0, *stops[:-1]]
        return [
            Taken.of(source, part, rejected[start:stop])
            for (source, part), start, stop in zip(self._parts.items(), starts, stops, strict=True)
        ]


def _decode(
    event_type: EventType,
    values: Texts,
    latest: npt.NDArray[np.int64],
    limits: Limits,
    hands: Hands,
) -> Decoded:
    if event_type is not EventType.HEARTBEAT:
        return decode_batch(event_type, values, latest, limits, hands)
    beats: list[tuple[int, str]] = []
    rejected: list[tuple[int, Rejection]] = []
    for row, value in enumerate(values):
        verdict = decode(
            value, topic_type=EventType.HEARTBEAT, limits=limits, latest_ms=int(latest[row])
        )
        if isinstance(verdict, Rejection):
            rejected.append((row, verdict))
        else:
            beats.append((row, verdict.source))
    schema = {"row": pl.UInt32, "source": pl.String}
    return Decoded(pl.DataFrame(beats, schema=schema, orient="row"), rejected)
