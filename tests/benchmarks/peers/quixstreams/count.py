"""quixstreams: a tumbling window's count, emitted as it grows."""

from __future__ import annotations

import os
from typing import Any

from quixstreams import Application

from tests.benchmarks.told import BROKER, GROUP, TOPIC, Told, finish

app = Application(
    broker_address=BROKER,
    consumer_group=GROUP,
    auto_offset_reset="earliest",
    state_dir=os.environ["FOLDER"],
    loglevel="ERROR",
    commit_interval=5,
    producer_extra_config={"compression.type": "lz4", "linger.ms": 50},
    consumer_extra_config={"fetch.min.bytes": 65_536, "fetch.wait.max.ms": 100},
)
chats = app.topic(
    TOPIC,
    value_deserializer="json",
    timestamp_extractor=lambda value, headers, timestamp, kind: value["event_time"],
)
latest: dict[tuple[bytes, int], int] = {}
told = Told()


def note(window: dict[str, Any], key: bytes, timestamp: int, headers: object) -> None:
    latest[key, window["start"]] = window["value"]
    if told.one():
        finish(latest.values())


counts = app.dataframe(chats).tumbling_window(60_000, grace_ms=3_600_000).count().current()
counts.update(note, metadata=True)
app.run()
