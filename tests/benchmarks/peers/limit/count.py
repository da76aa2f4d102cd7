"""The limit: aiokafka's getmany, orjson and a dict, with nothing around them."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import orjson
import uvloop
from aiokafka import AIOKafkaConsumer

from tests.benchmarks.told import BROKER, GROUP, TOPIC, Told, finish


async def count() -> None:
    told = Told()
    counts: defaultdict[tuple[str, int], int] = defaultdict(int)
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=BROKER,
        group_id=GROUP,
        auto_offset_reset="earliest",
        max_partition_fetch_bytes=1_000_000,
        fetch_max_wait_ms=100,
    )
    await consumer.start()
    while not told.full:
        fetched = await consumer.getmany(timeout_ms=500, max_records=20_000)
        for records in fetched.values():
            for record in records:
                chat = orjson.loads(record.value)
                counts[chat["group_id"], chat["event_time"] // 60_000] += 1
            told.many(len(records))
    finish(counts.values())


uvloop.install()
asyncio.run(count())
