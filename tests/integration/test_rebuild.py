"""Windows rebuilt by `pulse rebuild windows`, beside workers that go on, and through kill -9."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import polars as pl
import pytest

from pipeline.clock import wall_ms
from schemas.event import Event
from sinks.store import Store, open_store
from tests.integration.conftest import PATIENCE_S, PULSE, ROOT, Pipeline
from tests.integration.test_flow import HOUR_MS, community, truth, windows

pytestmark = pytest.mark.server

SPAN = ("--from", "3d", "--to", "0m")


def spoil(store: Store) -> int:
    """Windows that say nonsense, at the version they have; how many."""
    rows = store.query("SELECT * FROM group_minute FINAL ORDER BY group_id, minute")
    spoilt = rows.gather_every(3).with_columns(pl.col("messages", "join_events") + 7)
    store.insert("group_minute", spoilt)
    return spoilt.height


def half(events: list[Event]) -> tuple[list[Event], list[Event]]:
    return events[: len(events) // 2], events[len(events) // 2 :]


def test_beside_a_worker_that_is_killed_meanwhile(
    make_pipeline: Callable[..., Pipeline], database: str
) -> None:
    pipeline = make_pipeline(database)
    pipeline.env["PULSE_INSTANCE"] = "restarted"  # its partitions wait for it, and for nothing else
    first, second = half(community(6_000, until_ms=wall_ms() - HOUR_MS))
    pipeline.start()
    pipeline.send(first)
    pipeline.wait_until_drained()
    store = open_store(pipeline.settings)
    assert spoil(store) > 100
    assert windows(store) != truth(first)

    command = [*PULSE, "rebuild", "windows", *SPAN, "--json"]
    with subprocess.Popen(command, env=pipeline.env, cwd=ROOT, stdout=subprocess.PIPE) as rebuild:
        pipeline.send(second)
        pipeline.kill()
        pipeline.start()
        told, _ = rebuild.communicate(timeout=PATIENCE_S)
    done = json.loads(told)
    assert rebuild.returncode == 0
    assert done["orders"] == done["obeyed"] > 4
    pipeline.wait_until_drained()
    assert windows(store) == truth(first + second)
    total = pipeline.total("community_pipeline_records_total", outcome="control")
    assert total <= done["orders"]  # the killed one may have obeyed some

    # Once more changes no number, and a full replay obeys the same orders at the same places.
    pipeline.pulse("rebuild", "windows", *SPAN)
    pipeline.stop()
    pipeline.start(PULSE_GROUP="second")
    pipeline.wait_records(len(first) + len(second) + 2 * done["orders"])
    assert pipeline.total("community_pipeline_records_total", outcome="counted") == 0
    pipeline.wait_until_drained()
    assert windows(store) == truth(first + second)
    store.close()


def test_beside_pulse_up(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline()
    events = community(2_000, until_ms=wall_ms() - HOUR_MS)
    pipeline.start()
    pipeline.send(events)
    pipeline.wait_until_drained()
    pipeline.stop()
    store = pipeline.open_store()
    spoil(store)
    store.close()
    planned = json.loads(pipeline.pulse("rebuild", "windows", *SPAN, "--dry-run", "--json"))

    pipeline.start([*PULSE, "up"])
    pipeline.wait_until_drained()
    assert f"{planned['orders']} days" in pipeline.pulse("rebuild", "windows", *SPAN)
    pipeline.stop()
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    store.close()


def test_a_span_that_cannot_be_is_refused(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline()
    refused = pipeline.pulse("rebuild", "windows", "--from", "1h", "--to", "2h", ok=False)
    assert "is not after" in refused
    told = pipeline.pulse("rebuild", "windows", *SPAN)
    assert "Nothing to rebuild" in told
