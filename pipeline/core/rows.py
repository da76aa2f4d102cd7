"""Rows for the store: facts of counted events, and windows as absolute, versioned values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import polars as pl

from pipeline.core.fold import Outcome, Outcomes
from pipeline.core.measures import MINUTE_MS, MONEY, WINDOW_COLUMNS, Measures
from schemas.event_type import EventType
from schemas.facts import FACTS

LAST_POSITION = 2**64 - 1
OFFSETS_OF_AN_EPOCH = 2**48

_MONEY = pl.Decimal(18, 2)


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
    return batch.select(_fact_columns(source.event_type, source.topic, source.epoch))


@cache
def _fact_columns(event_type: EventType, topic: str, epoch: int) -> tuple[pl.Expr, ...]:
    """Built once: building them takes longer than using them on a small batch."""
    event_time = pl.from_epoch("event_ms", time_unit="ms")
    position = pl.lit(epoch * OFFSETS_OF_AN_EPOCH, dtype=pl.UInt64) + pl.col("offset")
    derived = {
        "event_date": event_time.dt.date(),
        "event_time": event_time.dt.replace_time_zone("UTC"),
        "topic": pl.lit(topic),
        "epoch": pl.lit(epoch),
        "version_inverse": pl.lit(LAST_POSITION, dtype=pl.UInt64) - position,
    }
    return tuple(
        derived.get(column.name, pl.col(column.name)).cast(column.dtype).alias(column.name)
        for column in FACTS[event_type]
    )


def window_rows(changed: pl.DataFrame, measures: Measures, source: Source) -> pl.DataFrame:
    """One `group_minute` row per window; columns of other topics are zero.

    `changed` has partition, group_id, minute, version and every measure; `source` is any partition
    of their topic.
    """
    return changed.select(_window_columns(measures.columns, source.topic, source.epoch))


@cache
def _window_columns(filled: tuple[str, ...], topic: str, epoch: int) -> tuple[pl.Expr, ...]:
    minute = pl.from_epoch(pl.col("minute").cast(pl.Int64) * MINUTE_MS, time_unit="ms")
    return (
        minute.dt.date().alias("event_date"),
        pl.col("group_id"),
        minute.dt.replace_time_zone("UTC").alias("minute"),
        pl.lit(epoch, dtype=pl.UInt16).alias("epoch"),
        pl.lit(topic).alias("topic"),
        pl.col("partition").cast(pl.UInt16),
        *(_window_column(name, name in filled) for name in WINDOW_COLUMNS),
        pl.col("version").cast(pl.UInt64),
    )


def _window_column(name: str, is_filled: bool) -> pl.Expr:
    column = pl.col(name) if is_filled else pl.lit(0, dtype=pl.Int64)
    if name in MONEY:
        return (column.cast(pl.Decimal(38, 2)) / Decimal(100)).cast(_MONEY).alias(name)
    return column.cast(pl.UInt64).alias(name)


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
