"""One topic into both stores: the same rows, value by value."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
from polars.testing import assert_frame_equal

from pipeline.clock import wall_ms
from tests.integration.conftest import Pipeline
from tests.integration.test_flow import community

pytestmark = pytest.mark.server

ORDER = {
    "fact_chat": "event_id",
    "fact_join": "event_id",
    "fact_order": "event_id",
    "group_minute": "topic, group_id, minute",
}


def test_both_stores_hold_the_same_rows(
    make_pipeline: Callable[[], Pipeline], database: str
) -> None:
    embedded = make_pipeline()
    server = dataclasses.replace(
        embedded,
        store_url=database,
        env=embedded.env | {"PULSE_STORE": database, "PULSE_GROUP": "stores-agree"},
    )
    server.make_tables()
    events = community(3_000, until_ms=wall_ms() - 3_600_000)
    embedded.send(events + events[::7])
    for pipeline in (embedded, server):
        pipeline.start()
        pipeline.wait_until_drained()
        pipeline.stop()
    one, other = embedded.open_store(), server.open_store()
    for table, order in ORDER.items():
        query = f"SELECT * FROM {table} FINAL ORDER BY {order}"
        rows = one.query(query)
        assert rows.height > 0
        assert_frame_equal(rows, other.query(query))
    one.close()
    other.close()
