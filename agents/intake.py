"""From fetched records to fact columns: parsed, judged against time, and in their own partition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import polars as pl

from pipeline.clock import SharedClock
from pipeline.core.records import Records
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import Source
from pipeline.settings import Settings
from schemas.batch import Decoded, decode_batch
from schemas.cloudevents import all_merged
from schemas.decode import Limits, decode
from schemas.event_type import EventType
from schemas.rejection import Reason, Rejection


@dataclass(frozen=True)
class Rejected:
    """A record that is no event: where it lies, when it was appended, and why."""

    offset: int
    ingest_ms: int
    rejection: Rejection


@dataclass(frozen=True)
class Taken:
    """What one partition's records became. `events`: fact event columns, `offset`, `ingest_ms`."""

    source: Source
    events: pl.DataFrame
    rejected: list[Rejected]
    first_offset: int
    last_offset: int
    appended_ms: int
    records: int


def not_parsed(source: Source, records: Records) -> Taken:
    """Records that are not the worker's to judge: only their place counts."""
    return Taken(
        source=source,
        events=pl.DataFrame(),
        rejected=[],
        first_offset=records.first,
        last_offset=records.last,
        appended_ms=int(records.timestamps[-1]),
        records=len(records),
    )


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
        source: Source,
        records: Records,
        refused: frozenset[int],
        condemned: frozenset[int] = frozenset(),
    ) -> Taken:
        """Parse `records`, all of one partition.

        Offsets in `refused` were refused by the store once; that verdict holds for ever. Of
        `condemned` ones nothing but the place is looked at.
        """
        poison = _condemned(source, records, condemned) if condemned else {}
        offsets, appended, values = records.offsets, records.timestamps, records.values
        headers = records.headers
        if poison:
            values = [None if row in poison else each for row, each in enumerate(values)]
            headers = headers and [
                () if row in poison else each for row, each in enumerate(headers)
            ]
        latest = self._clock.clock().at_each(appended) + self._future_ms
        limits = self._limits[source.event_type]
        unmerged: dict[int, Rejection] = {}
        if headers:
            values, unmerged = all_merged(values, headers, max_bytes=limits.max_bytes)
        decoded = _decode(source, values, latest, limits)
        faults = dict(decoded.rejected) | unmerged
        events = decoded.frame.with_columns(
            pl.Series("offset", offsets[decoded.frame["row"].to_numpy()]),
            pl.Series("ingest_ms", appended[decoded.frame["row"].to_numpy()]),
        )
        if source.event_type is not EventType.HEARTBEAT:  # it beats into every partition
            faults |= self._misrouted(source, events, values)
        if refused:
            faults |= _refused_before(events, refused, values)
        faults |= poison
        if faults:
            events = events.filter(~pl.col("row").is_in(list(faults)))
        return Taken(
            source=source,
            events=events,
            rejected=[
                Rejected(int(offsets[row]), int(appended[row]), faults[row])
                for row in sorted(faults)
            ],
            first_offset=records.first,
            last_offset=records.last,
            appended_ms=int(appended[-1]),
            records=len(records),
        )

    def _misrouted(
        self, source: Source, events: pl.DataFrame, values: Sequence[bytes | None]
    ) -> Mapping[int, Rejection]:
        groups = events["group_id"].unique().to_list()
        strays = [
            group
            for group in groups
            if group and self._home(routing_key(group, "", "")) != source.partition
        ]
        stray_rows = (
            events.filter(pl.col("group_id").is_in(strays))["row"].to_list() if strays else []
        )
        if "" in groups:
            alone = events.filter(pl.col("group_id") == "").select("row", "user_id", "event_id")
            stray_rows += [
                row
                for row, user_id, event_id in alone.rows()
                if self._home(routing_key("", user_id, event_id)) != source.partition
            ]
        return {
            row: Rejection(
                Reason.MISROUTED,
                f"its key belongs to another partition than {source.partition}",
                values[row],
                source.event_type,
            )
            for row in stray_rows
        }

    def _home(self, key: bytes) -> int:
        return partition_for(key, self._partitions)


def _decode(
    source: Source, values: Sequence[bytes | None], latest: npt.NDArray[np.int64], limits: Limits
) -> Decoded:
    if source.event_type is not EventType.HEARTBEAT:
        return decode_batch(source.event_type, values, latest, limits)
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


def _condemned(
    source: Source, records: Records, condemned: frozenset[int]
) -> Mapping[int, Rejection]:
    offsets = np.fromiter(condemned, np.uint64, len(condemned))
    return {
        row: Rejection(Reason.POISON, "condemned", records.values[row], source.event_type)
        for row in np.flatnonzero(np.isin(records.offsets, offsets)).tolist()
    }


def _refused_before(
    events: pl.DataFrame, refused: frozenset[int], values: Sequence[bytes | None]
) -> Mapping[int, Rejection]:
    rows = events.filter(pl.col("offset").is_in(list(refused)))["row"].to_list()
    return {
        row: Rejection(Reason.STORE_REFUSED, "the store refused it", values[row]) for row in rows
    }
