"""Killed at each step of the loop, on each store: no total is lost, doubled or changed.

One broker holds one set of records; each case reads all of them as a group of its own, into a
store of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from agents.faults import KILLED, FaultPoint
from deploy.local.servers import ClickHouse, Kafka
from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from schemas.event import Event
from sinks.store import Store
from tests.integration.conftest import PATIENCE_S, Pipeline, installation
from tests.integration.test_flow import HOUR_MS, community, facts, truth, windows

pytestmark = pytest.mark.server

BAD = {b"{nope": "not_json", b"[1]": "not_an_object", None: "null_value", b"\xff": "bad_utf8"}
BAD_HOME = partition_for(routing_key("g0", "", ""), 4)
IN_PARTS = {"PULSE_BATCH__POLL_RECORDS": "200", "PULSE_BATCH__COMMIT_ROWS": "300"}
"""Several commits, so that the one that is cut off has a stored one before it and one after."""
RANGES = "SELECT topic, partition, first, last FROM offsets FINAL ORDER BY topic, partition, first"


class Log:
    """The broker with its records, and what every reader must make of them."""

    def __init__(self, kafka: Kafka, folder: Path) -> None:
        self.kafka = kafka
        self.events: list[Event] = community(1_200, until_ms=wall_ms() - HOUR_MS)
        source = installation(kafka, folder)
        source.make_topics()
        source.send(self.events[:900])
        source.send_raw("community.chat", list(BAD), BAD_HOME)
        source.send(self.events[900:])

    def check(self, store: Store) -> None:
        assert windows(store) == truth(self.events)
        assert facts(store, "chat", "join", "order") == len(self.events)
        letters = store.query("SELECT reason FROM v_dead_letter")["reason"].to_list()
        assert sorted(letters) == sorted(BAD.values())
        reached: dict[tuple[str, int], int] = {}
        for topic, partition, first, last in store.query(RANGES).iter_rows():
            assert first <= reached.get((topic, partition), 0), (topic, partition, first)
            reached[topic, partition] = max(last + 1, reached.get((topic, partition), 0))
        read = sum(end for (topic, _), end in reached.items() if topic != "community.dead_letter")
        assert read == len(self.events) + len(BAD)


@pytest.fixture(scope="module")
def log(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(kafka, tmp_path_factory.mktemp("source"))


@pytest.fixture
def pipelines(
    log: Log, clickhouse_server: ClickHouse, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[list[Pipeline]]:
    """One with the embedded store and one with the server, each a group and an empty store."""
    name = request.node.callspec.id
    made = []
    for kind, url in ("embedded", ""), ("server", clickhouse_server.url(name)):
        (tmp_path / kind).mkdir()
        one = installation(log.kafka, tmp_path / kind, url)
        group = f"{kind}-{name}"
        one.env |= {"PULSE_GROUP": group, "PULSE_INSTANCE": group, **IN_PARTS}
        one.make_tables()
        made.append(one)
    yield made
    for one in made:
        one.kill()


@contextmanager
def guest_of(pipeline: Pipeline) -> Iterator[None]:
    """Another member of the group, which stores nothing, and leaves before it gets partitions."""
    folder = pipeline.folder / "guest"
    folder.mkdir()
    guest = installation(pipeline.kafka, folder)
    guest.make_tables()
    guest.start(PULSE_GROUP=pipeline.env["PULSE_GROUP"], PULSE_FAULT_AT="before_facts")
    assert guest.worker is not None
    try:
        yield
        guest.worker.terminate()
        guest.worker.wait(PATIENCE_S)
    finally:
        guest.kill()


@pytest.mark.parametrize("point", FaultPoint)
def test_a_worker_killed_there_changes_no_total(
    point: FaultPoint, pipelines: list[Pipeline], log: Log
) -> None:
    times = 1 if point is FaultPoint.ON_START else 2  # a group's first join revokes too
    with ExitStack() as guests:
        for one in pipelines:
            one.start(PULSE_FAULT_AT=f"{point}:{times}")
        if point is FaultPoint.ON_REVOKE:
            for one in pipelines:
                one.wait_records(300)
                guests.enter_context(guest_of(one))
        for one in pipelines:
            assert one.worker is not None
            assert one.worker.wait(PATIENCE_S) == KILLED, one.log
    for one in pipelines:
        one.start()
    for one in pipelines:
        one.wait_until_drained()
        one.kill()
        store = one.open_store()
        log.check(store)
        store.close()
