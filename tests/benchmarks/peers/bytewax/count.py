"""bytewax: a tumbling event-time window's count, emitted when the topic ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower, fold_window
from bytewax.outputs import DynamicSink, StatelessSinkPartition
from bytewax.testing import cluster_main

from tests.benchmarks.told import BROKER, TOPIC, Told, finish

counts: list[int] = []
told = Told()


class Collect(StatelessSinkPartition[Any]):
    def write_batch(self, items: list[Any]) -> None:
        counts.extend(count for _, (_, count) in items)


class Collected(DynamicSink[Any]):
    def build(self, step_id: str, worker_index: int, worker_count: int) -> Collect:
        return Collect()


def counted(count: int, chat: dict[str, Any]) -> int:
    told.one()
    return count + 1


flow = Dataflow("count")
messages = op.input(
    "chats",
    flow,
    KafkaSource([BROKER], [TOPIC], tail=False, batch_size=10_000),
)
chats = op.map("decode", messages, lambda message: orjson.loads(message.value))
windows = fold_window(
    "count",
    op.key_on("group", chats, lambda chat: chat["group_id"]),
    EventClock(
        lambda chat: datetime.fromtimestamp(chat["event_time"] / 1000, UTC),
        wait_for_system_duration=timedelta(hours=1),
    ),
    TumblingWindower(timedelta(minutes=1), align_to=datetime(2023, 1, 1, tzinfo=UTC)),
    lambda: 0,
    counted,
    int.__add__,
    ordered=False,
)
op.output("counts", windows.down, Collected())
cluster_main(flow, [], 0)
finish(counts)
