"""`pulse up` answers SQL while it ingests: no reader sees an error, no event is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from pipeline.clock import wall_ms
from sinks.endpoint_store import EndpointStore
from sinks.store import Store
from tests.integration.conftest import PULSE, Pipeline
from tests.integration.test_flow import community, truth, windows

pytestmark = pytest.mark.server

EVENTS = 100_000
CLIENTS = 20
QUESTIONS = (
    "SELECT count() FROM fact_chat FINAL",
    "SELECT group_id, uniqExact(event_id) FROM fact_chat GROUP BY group_id FORMAT JSON",
    "SELECT group_id, sum(messages), sum(paid_orders) FROM v_group_minute GROUP BY group_id",
    "SELECT * FROM fact_order ORDER BY event_ms DESC LIMIT 100 FORMAT Native",
    "SELECT table, sum(rows) FROM system.parts WHERE active GROUP BY table",
)


def facts(store: Store) -> dict[str, int]:
    return {
        kind: store.query(f"SELECT uniqExact(event_id) AS n FROM fact_{kind}").item()
        for kind in ("chat", "join", "order")
    }


def test_twenty_clients_ask_while_the_worker_ingests(
    make_pipeline: Callable[..., Pipeline],
) -> None:
    pipeline = make_pipeline()
    pipeline.start([*PULSE, "up"])
    url = f"http://127.0.0.1:{pipeline.endpoint_port}"
    pipeline.wait_for(lambda: "SQL is served" in pipeline.log)
    events = community(EVENTS, until_ms=wall_ms())
    ingested = threading.Event()

    def ask(client: int) -> int:
        with httpx.Client(base_url=url, timeout=120) as http:
            asked = 0
            while not ingested.is_set() or asked < len(QUESTIONS):
                answer = http.post("/", content=QUESTIONS[(client + asked) % len(QUESTIONS)])
                assert answer.status_code == 200, answer.text
                asked += 1
            return asked

    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(ask, client) for client in range(CLIENTS)]
        try:
            pipeline.send(events)
            pipeline.wait_records(len(events))
        finally:
            ingested.set()
        assert sum(it.result() for it in asked) >= CLIENTS * len(QUESTIONS)

    sent = Counter(str(event.event_type) for event in events)
    outside = EndpointStore(url)
    assert facts(outside) == sent
    assert windows(outside) == truth(events)
    outside.close()
    pipeline.stop()
    store = pipeline.open_store()
    try:
        assert facts(store) == sent
    finally:
        store.close()


def test_a_taken_port_is_told_and_nothing_stays_behind(
    make_pipeline: Callable[..., Pipeline],
) -> None:
    pipeline = make_pipeline()
    pipeline.env["PULSE_ENDPOINT__PORT"] = pipeline.kafka.address.rpartition(":")[2]
    said = pipeline.pulse("up", ok=False)
    assert "SQL cannot be served" in said
    assert "Set PULSE_ENDPOINT__PORT to a free port" in said
    assert "Traceback" not in said
    pipeline.open_store().close()
