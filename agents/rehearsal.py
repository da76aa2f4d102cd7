"""Has every compiled loop ready before the worker joins its group.

Compiling one takes seconds in which nothing else of the process runs: Kafka would take the worker
for dead. A process that finds all of them kept (see schemas.compiled) is through in a moment.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from agents.record_batch import FORMAT, plain_records
from pipeline.core import fold
from pipeline.core.homes import homes
from pipeline.core.latest import latest_rows
from pipeline.core.measures import MEASURES
from pipeline.core.rows import Source, fact_rows
from pipeline.core.windows import Windows
from schemas.chat import Chat, MessageType
from schemas.columns import read_columns
from schemas.event import to_wire
from schemas.event_type import EventType
from schemas.facts import FACTS, KEY
from sinks.native import encode

_MESSAGE = Chat(
    event_time=0, event_id="e", group_id="g", user_id="u", source="s", key_id="k",
    message_id="m", msg_type=MessageType.TEXT,
)  # fmt: skip
_SOURCE = Source(EventType.CHAT, "", 0, 0)
_FAR = 2**32 - 1


def rehearse() -> None:
    """Take one message from Kafka's batch to a block for the store, and let go of its window."""
    records = plain_records(memoryview(_batch(to_wire(_MESSAGE))))
    if records is None:
        raise ValueError("a plain batch is not read")
    frame, _ = read_columns(EventType.CHAT, records.values)
    place = pl.lit(0, pl.UInt16).alias("partition"), pl.lit(0, pl.UInt64).alias("offset")
    events = frame.with_columns(*place, ingest_ms=pl.lit(0, pl.Int64))
    homes(events, 1)
    measures = MEASURES[EventType.CHAT]
    looked_at = fold.look(events, measures)
    windows = Windows(measures, _FAR)
    windows.unknown(looked_at.partitions, looked_at.places, looked_at.minutes)
    applied = fold.apply(looked_at, windows, measures, 1)
    facts = fact_rows(events, applied.outcomes, _SOURCE)
    types = [(column.name, column.clickhouse) for column in FACTS[EventType.CHAT]]
    for _ in encode(facts, types, key=KEY):
        pass
    latest_rows(facts, ("source",), "ingest_ms")
    windows.evict(1, np.iinfo(np.int64).max)


def _batch(value: bytes) -> bytes:
    builder = DefaultRecordBatchBuilder(FORMAT, 0, 0, -1, -1, -1, 1 << 16)
    builder.append(0, 0, None, value, [])
    return bytes(builder.build())
