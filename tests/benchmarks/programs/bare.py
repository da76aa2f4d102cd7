"""Ours: the bare count through our batch transport. Chats per group and minute, in memory."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import faust
import polars as pl
from mode.loop import use as use_loop

from agents.transport import Batch, BatchApp, BatchSchema, Room
from schemas.columns import read_columns
from schemas.event_type import EventType
from tests.benchmarks.told import BROKER, GROUP, TOPIC, Told, finish

MINUTE_MS = 60_000

use_loop("uvloop")  # before the app: Faust makes its loop with it
app = BatchApp(
    GROUP,
    broker=f"kafka://{BROKER}",
    datadir=os.environ["FOLDER"],
    store="memory://",
    topic_partitions=4,
    topic_allow_declare=False,
    topic_disable_leader=True,
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    consumer_max_fetch_size=1_000_000,
    broker_max_poll_records=20_000,
    broker_commit_interval=1.0,
    stream_wait_empty=False,
)
app.room = Room(64_000_000)
counts: Counter[tuple[str, int]] = Counter()
told = Told()


@app.agent(app.topic(TOPIC, schema=BatchSchema()), concurrency=1)
async def count(batches: Any) -> None:
    """Count each batch as columns; acked when the next one is asked for."""
    async for event in batches.events():
        batch: Batch = event.value
        counts.update(counted(batch))
        app.room.give_back(batch.size, batch.turn)
        if told.many(len(batch.records)):
            finish(counts.values())


def counted(batch: Batch) -> dict[tuple[str, int], int]:
    """Events by group and minute."""
    chats, rest = read_columns(EventType.CHAT, batch.records.values)
    if rest.size:
        raise ValueError(f"{rest.size} records are not as ours are written")
    found = chats.group_by("group_id", pl.col("event_ms") // MINUTE_MS).len()
    return {(group, at): n for group, at, n in found.iter_rows()}


if __name__ == "__main__":
    worker = faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False)
    worker.execute_from_commandline()
