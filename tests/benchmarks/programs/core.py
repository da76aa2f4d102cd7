"""The pure core on the same batch again and again: bytes in, blocks for the store out.

`python core.py N` does it N times, each with a new window cache, and after it a process forked
from this one 2 N times. Nothing of it waits, reads a clock or draws a number, so the instructions
of both can be counted (instructions.py).
"""

from __future__ import annotations

import gc
import os
import sys
from itertools import islice

import numpy as np
import polars as pl

from pipeline.core import fold
from pipeline.core.measures import MEASURES
from pipeline.core.rows import Source, fact_rows, window_rows
from pipeline.core.windows import Windows
from schemas.batch import decode_batch
from schemas.decode import FOR_GOOD_MS, Limits
from schemas.event_type import EventType
from schemas.facts import FACTS, KEY
from schemas.texts import Texts
from sinks.key_order import key_of
from sinks.native import encode
from tests.benchmarks.generate import events

ROWS = 5_000
KEY_ID = "0123456789abcdef"
TYPE = EventType.CHAT
LATEST_MS = 1_800_000_000_000
SOURCE = Source(TYPE, "community.chat", 0, 1)
LIMITS = Limits(currency="CNY", key_id=KEY_ID, kept_ms=FOR_GOOD_MS)
FACT_TYPES = [(column.name, column.clickhouse) for column in FACTS[TYPE]]


def type_of(dtype: pl.DataType) -> str:
    """ClickHouse's name of a window column's type."""
    if isinstance(dtype, pl.Datetime):
        return "DateTime('UTC')"
    if isinstance(dtype, pl.Decimal):
        return "Decimal(18, 2)"
    return str(dtype)


def batch() -> Texts:
    """The records of one batch."""
    values = (event.value for event in events(2 * ROWS, KEY_ID) if event.kind == "chat")
    return Texts.of(islice(values, ROWS))


def once(values: Texts) -> int:
    """One batch through the core; the bytes that would go to the store."""
    measures = MEASURES[TYPE]
    decoded = decode_batch(TYPE, values, np.full(ROWS, LATEST_MS), LIMITS)
    taken = decoded.frame.with_columns(
        pl.lit(SOURCE.partition, dtype=pl.UInt16).alias("partition"),
        pl.int_range(ROWS, dtype=pl.UInt64).alias("offset"),
        pl.lit(LATEST_MS).alias("ingest_ms"),
    )
    applied = fold.apply(fold.look(taken, measures), Windows(measures, 0), measures, 1)
    facts = fact_rows(taken, applied.outcomes, SOURCE)
    changed = window_rows(applied.changed, measures, SOURCE)
    window_types = [(name, type_of(dtype)) for name, dtype in changed.schema.items()]
    if facts.height != ROWS:
        raise AssertionError(f"{facts.height} of {ROWS} were counted")
    blocks = (
        encode(facts, FACT_TYPES, key=KEY),
        encode(changed, window_types, key=key_of("group_minute", changed.height)),
    )
    return sum(len(part) for parts in blocks for part in parts)


def main() -> None:
    values = batch()
    gc.disable()
    times = int(sys.argv[1])
    if os.fork() == 0:  # before polars has threads, which a fork leaves behind
        times *= 2
    elif os.waitstatus_to_exitcode(os.wait()[1]):
        sys.exit("the forked process failed")
    written = sum(once(values) for _ in range(times))
    sys.stdout.write(f"{written}\n")


if __name__ == "__main__":
    main()
