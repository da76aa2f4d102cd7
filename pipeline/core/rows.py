"""Rows for the store: facts of counted events, and windows as absolute, versioned values.

Made column by column: an expression of polars costs a quarter of a millisecond before it has looked
at a row, and live traffic is a commit of a few rows each second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from pipeline.core.fold import Outcome, Outcomes
from pipeline.core.measures import MINUTE_MS, MONEY, WINDOW_COLUMNS, Measures
from schemas.constants import Constant
from schemas.event_type import EventType
from schemas.facts import FACTS

LAST_POSITION = 2**64 - 1
OFFSETS_OF_AN_EPOCH = 2**48

_MONEY = pl.Decimal(18, 2)
_MOMENT = pl.Datetime("ms", "UTC")
_FACT_NAMES = {event_type: [column.name for column in its] for event_type, its in FACTS.items()}


@dataclass(frozen=True)
class Source:
    """Where records come from: one partition of one topic in one incarnation (`epoch`).

    `carries` is the type of the topic's events, None for the dead letters.
    """

    carries: EventType | None
    topic: str
    partition: int
    epoch: int

    @property
    def event_type(self) -> EventType:
        """The type of its events; ValueError for the dead letters, which are none."""
        if self.carries is None:
            raise ValueError(f"{self.topic} carries no events")
        return self.carries


def fact_rows(batch: pl.DataFrame, outcomes: Outcomes, source: Source) -> pl.DataFrame:
    """The counted events of a batch as rows of their fact table.

    `batch` has the event columns, `partition`, `offset` and `ingest_ms`; `source` is any partition
    of their topic. Of two rows with one key the table
    keeps the greater `version_inverse`: the lowest (epoch, offset), that is the first.
    """
    counted = outcomes == Outcome.COUNTED
    if not counted.all():
        batch = batch.filter(counted)
    event_time = batch["event_ms"].cast(_MOMENT)
    highest = np.uint64(LAST_POSITION - source.epoch * OFFSETS_OF_AN_EPOCH)
    derived = {
        "event_date": event_time.cast(pl.Date),
        "event_time": event_time,
        "topic": Constant.of(source.topic, pl.String()).column("topic", batch.height),
        "epoch": Constant.of(source.epoch, pl.UInt16()).column("epoch", batch.height),
        "version_inverse": pl.Series(highest - batch["offset"].to_numpy()),
    }
    names = _FACT_NAMES[source.event_type]
    columns = [derived[name].alias(name) if name in derived else batch[name] for name in names]
    return pl.DataFrame(columns)


def window_rows(changed: pl.DataFrame, measures: Measures, source: Source) -> pl.DataFrame:
    """One `group_minute` row per window; columns of other topics are zero.

    `changed` has partition, group_id, minute, version and every measure; `source` is any partition
    of their topic.
    """
    minute = (changed["minute"].cast(pl.Int64) * MINUTE_MS).cast(_MOMENT)
    rows = changed.height
    nothing = Constant.of(0, pl.UInt64()).column("", rows)
    no_money = Constant.of(0, _MONEY).column("", rows)
    columns = {
        "event_date": minute.cast(pl.Date),
        "group_id": changed["group_id"],
        "minute": minute,
        "epoch": Constant.of(source.epoch, pl.UInt16()).column("epoch", rows),
        "topic": Constant.of(source.topic, pl.String()).column("topic", rows),
        "partition": changed["partition"].cast(pl.UInt16),
        **{name: no_money if name in MONEY else nothing for name in WINDOW_COLUMNS},
        **{name: _window_column(changed[name]) for name in measures.columns},
        "version": changed["version"].cast(pl.UInt64),
    }
    return pl.DataFrame([column.alias(name) for name, column in columns.items()])


def _window_column(measured: pl.Series) -> pl.Series:
    if measured.name not in MONEY:
        return measured.cast(pl.UInt64)
    return (measured.cast(pl.Decimal(38, 2)) / Decimal(100)).cast(_MONEY)


def offset_rows(ranges: Sequence[tuple[Source, int, int, int, int]]) -> pl.DataFrame:
    """One `offsets` row per (source, first, last, records, append time of the last in ms)."""
    return pl.DataFrame(
        [
            (source.epoch, source.topic, source.partition, first, last, records, stored_ms)
            for source, first, last, records, stored_ms in ranges
        ],
        schema={
            "epoch": pl.UInt16,
            "topic": pl.String,
            "partition": pl.UInt16,
            "first": pl.UInt64,
            "last": pl.UInt64,
            "n": pl.UInt64,
            "stored_ms": pl.Int64,
        },
        orient="row",
    )
