"""Stock Faust: a windowed table, as its documentation counts."""

from __future__ import annotations

import os
from datetime import timedelta

import faust
from mode.loop import use as use_loop

from tests.benchmarks.told import BROKER, GROUP, TOPIC, Told, finish


class Chat(faust.Record, serializer="json", coerce=False, validation=False):
    group_id: str
    event_time: int
    event_id: str = ""
    user_id: str = ""


app = faust.App(
    GROUP,
    broker=f"kafka://{BROKER}",
    datadir=os.environ["FOLDER"],
    store="memory://",
    topic_partitions=4,
    consumer_auto_offset_reset="earliest",
    broker_max_poll_records=5_000,
    producer_linger=0.05,
    web_enabled=False,
)
chats = app.topic(TOPIC, key_type=str, value_type=Chat)
counts = (
    app.Table("counts", default=int, partitions=4)
    .tumbling(timedelta(minutes=1))
    .relative_to(lambda event: event.value.event_time / 1000)
)
told = Told()


@app.agent(chats)
async def count(stream: faust.Stream) -> None:
    async for chat in stream:
        counts[chat.group_id] += 1
        if told.one():
            finish(counts.table.values())


if __name__ == "__main__":
    use_loop("uvloop")
    worker = faust.Worker(app, loglevel="WARNING", quiet=True, redirect_stdouts=False)
    worker.execute_from_commandline()
