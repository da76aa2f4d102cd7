"""Rows for the store: which column says what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np
import polars as pl

from pipeline.core.fold import Outcome
from pipeline.core.measures import MEASURES, WINDOW_COLUMNS
from pipeline.core.rows import LAST_POSITION, Source, fact_rows, offset_rows, window_rows
from schemas.event_type import EventType
from schemas.facts import FACTS, empty_frame

ORDERS = Source(EventType.ORDER, "community.order", 3, 2)
LEAVES = Source(EventType.LEAVE, "community.leave", 3, 2)
MOMENT_MS = 1_700_000_000_123


def leaves(count: int) -> pl.DataFrame:
    frame = empty_frame(EventType.LEAVE)
    blank = {
        name: [0 if dtype.is_numeric() else [] if dtype == pl.List else ""] * count
        for name, dtype in frame.schema.items()
    }
    return pl.DataFrame(blank, schema=frame.schema).with_columns(
        event_ms=pl.lit(MOMENT_MS, dtype=pl.Int64),
        partition=pl.lit(3, dtype=pl.UInt16),
        offset=pl.int_range(count, dtype=pl.UInt64),
        ingest_ms=pl.lit(7, dtype=pl.Int64),
    )


def test_only_counted_events_become_facts() -> None:
    outcomes = np.array([Outcome.COUNTED, Outcome.DUPLICATE, Outcome.REPLAYED], dtype=np.int8)
    facts = fact_rows(leaves(3), outcomes, LEAVES)
    assert facts["offset"].to_list() == [0]


def test_facts_have_exactly_the_columns_of_their_table() -> None:
    facts = fact_rows(leaves(1), np.zeros(1, np.int8), LEAVES)
    assert dict(facts.schema) == {column.name: column.dtype for column in FACTS[EventType.LEAVE]}


def test_the_earlier_position_has_the_greater_version() -> None:
    facts = fact_rows(leaves(2), np.zeros(2, np.int8), LEAVES)
    assert facts["version_inverse"].to_list() == [
        LAST_POSITION - (2 << 48),
        LAST_POSITION - (2 << 48) - 1,
    ]


def test_times_are_derived_from_the_exact_milliseconds() -> None:
    facts = fact_rows(leaves(1), np.zeros(1, np.int8), LEAVES)
    assert facts["event_ms"][0] == MOMENT_MS
    assert facts["event_date"][0] == date(2023, 11, 14)
    assert facts["event_time"][0] == datetime.fromtimestamp(MOMENT_MS / 1000, UTC)


def test_a_window_row_fills_only_its_topics_columns() -> None:
    changed = {"partition": 3, "group_id": "g", "minute": 60, "version": 9}
    values = {"orders_created": 1, "paid_orders": 2, "gmv": 1_234, "payers": 5}
    rows = window_rows(pl.DataFrame([changed | values]), MEASURES[EventType.ORDER], ORDERS)
    filled = {"orders_created": 1, "paid_orders": 2, "gmv": Decimal("12.34"), "payers": 5}
    row = rows.row(0, named=True)
    assert {name: row[name] for name in WINDOW_COLUMNS if row[name]} == filled
    assert (row["minute"], row["version"]) == (datetime(1970, 1, 1, 1, tzinfo=UTC), 9)


def test_an_offset_row_tells_a_range() -> None:
    rows = offset_rows([(ORDERS, 10, 14, 5, 99)])
    assert rows.rows() == [(2, "community.order", 3, 10, 14, 5, 99)]
