"""The store goes away and comes back: health goes on, nothing is lost, SIGTERM still works."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.local.servers import ClickHouse
from pipeline.clock import wall_ms
from tests.integration.conftest import Pipeline
from tests.integration.test_flow import community, facts, truth, windows

pytestmark = pytest.mark.server

ERRORS = "community_pipeline_store_errors_total"


def test_a_store_killed_in_the_middle_is_waited_for(
    make_pipeline: Callable[[str], Pipeline], private_clickhouse: Callable[[], ClickHouse]
) -> None:
    server = private_clickhouse()
    pipeline = make_pipeline(server.url("community"))
    events = community(20_000, until_ms=wall_ms() - 3_600_000)
    pipeline.start()
    pipeline.send(events[:10_000])
    pipeline.wait_until_drained()

    server.kill()
    pipeline.send(events[10_000:])
    pipeline.wait_for(lambda: pipeline.total(ERRORS, kind="retryable") > 0)
    pipeline.wait_for(lambda: pipeline.total("community_pipeline_lag_records") > 0)
    pipeline.wait_for(lambda: pipeline.total("community_pipeline_caught_up") == 0)

    server.start()
    pipeline.wait_until_drained()
    assert pipeline.total("community_pipeline_caught_up") == 4
    pipeline.stop()
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    assert facts(store, "chat", "join", "order") == len(events)
    store.close()


def test_sigterm_is_heard_while_the_store_is_away(
    make_pipeline: Callable[[str], Pipeline], private_clickhouse: Callable[[], ClickHouse]
) -> None:
    server = private_clickhouse()
    pipeline = make_pipeline(server.url("community"))
    pipeline.start()
    pipeline.wait_until_drained()
    server.kill()
    events = community(500, until_ms=wall_ms() - 3_600_000)
    pipeline.send(events)
    pipeline.wait_for(lambda: pipeline.total(ERRORS, kind="retryable") > 0)
    pipeline.stop()

    server.start()
    pipeline.start()
    pipeline.wait_until_drained()
    pipeline.stop()
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    store.close()
