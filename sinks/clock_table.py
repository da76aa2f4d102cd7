"""The clock's segments as rows, so that view v_now tells the same time in SQL."""

from __future__ import annotations

from dataclasses import asdict

import polars as pl

from pipeline.clock import WALL_TIME, Clock
from sinks.store import Store


def record_clock(store: Store, clock: Clock) -> None:
    """Store the segments of `clock`; plain wall time needs none. Doing it again changes nothing.

    Raises Retryable or Fatal.
    """
    rows = [asdict(segment) for segment in clock.segments if segment != WALL_TIME]
    if rows:
        store.insert("clock_segment", pl.DataFrame(rows))
