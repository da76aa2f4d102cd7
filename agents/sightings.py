"""When each source was last heard: events by the broker's append time, heartbeats likewise."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from pipeline.core.latest import latest
from schemas.event_type import EventType


class Sightings:
    """Latest append time (wall ms) by source, of events and of heartbeats apart."""

    def __init__(self) -> None:
        self.events: dict[str, int] = {}
        self.heartbeats: dict[str, int] = {}

    def note(self, counted: Iterable[tuple[EventType, pl.DataFrame]]) -> None:
        """Take in the counted records of one commit (columns `source`, `ingest_ms`)."""
        for event_type, frame in counted:
            heard = self.heartbeats if event_type is EventType.HEARTBEAT else self.events
            for source, ingest_ms in latest(frame, ("source",), "ingest_ms"):
                heard[source] = max(heard.get(source, 0), ingest_ms)
