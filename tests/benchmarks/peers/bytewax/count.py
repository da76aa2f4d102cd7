"""bytewax: a tumbling event-time window's count, emitted when the topic ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import bytewax.operators as op
import orjson
from bytewax.connectors.kafka import KafkaSource, KafkaSourceMessage
from bytewax.dataflow import Dataflow
from bytewax.operators.windowing import EventClock, TumblingWindower, count_window
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


def decoded(message: KafkaSourceMessage[Any, Any]) -> dict[str, Any]:
    told.one()
    return orjson.loads(message.value)


flow = Dataflow("count")
messages = op.input(
    "chats",
    flow,
    KafkaSource([BROKER], [TOPIC], tail=False, batch_size=10_000),
)
windows = count_window(
    "count",
    op.map("decode", messages, decoded),
    EventClock(
        lambda chat: datetime.fromtimestamp(chat["event_time"] / 1000, UTC),
        wait_for_system_duration=timedelta(hours=1),
    ),
    TumblingWindower(timedelta(minutes=1), align_to=datetime(2023, 1, 1, tzinfo=UTC)),
    lambda chat: chat["group_id"],
)
op.output("counts", windows.down, Collected())
cluster_main(flow, [], 0)
finish(counts)
