"""What hangs ends itself, what only waits does not, and the probes tell them apart."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from agents.commit import LEFT_ON_AN_ERROR
from deploy.local.servers import ClickHouse, Kafka
from pipeline.clock import wall_ms
from tests.integration.broken_worker import BROKEN, STUCK_S
from tests.integration.conftest import PATIENCE_S, Pipeline, installation
from tests.integration.test_flow import HOUR_MS, community, truth, windows

pytestmark = pytest.mark.server

NAMED = {
    "hung_agent": "community.chat/",
    "crashed_agent": "community.chat/",
    "hung_committer": "community.chat/",
    "hung_fetch": "community.chat/",
    "dead_tick": "the tick of each second",
    "blocked_loop": "the event loop",
}
"""What the log says of each."""


def start(pipeline: Pipeline, kind: str) -> None:
    pipeline.start([sys.executable, "-m", "tests.integration.broken_worker", kind])


def probe(pipeline: Pipeline, path: str) -> tuple[int, str]:
    """Status and line; 0 while nobody answers."""
    try:
        url = f"http://127.0.0.1:{pipeline.metrics_port}/{path}"
        with urllib.request.urlopen(url, timeout=PATIENCE_S) as answer:
            return answer.status, answer.read().decode().strip()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode().strip()
    except OSError as error:
        return 0, str(error)


def ready(pipeline: Pipeline) -> bool:
    return probe(pipeline, "readyz") == (200, "ok")


def test_whatever_hangs_ends_itself_and_is_named(make_pipeline: Callable[[], Pipeline]) -> None:
    first = make_pipeline()
    first.send(community(300, until_ms=wall_ms() - HOUR_MS))
    kinds = {}
    for kind in BROKEN:
        folder = first.folder / kind
        folder.mkdir()
        kinds[kind] = installation(first.kafka, folder)
        kinds[kind].make_tables()
    try:
        for kind, pipeline in kinds.items():
            start(pipeline, kind)
        for kind, pipeline in kinds.items():
            assert pipeline.worker is not None
            assert pipeline.worker.wait(PATIENCE_S) == LEFT_ON_AN_ERROR, pipeline.log
            assert NAMED[kind] in pipeline.log, pipeline.log
    finally:
        for pipeline in kinds.values():
            pipeline.kill()


def test_what_only_waits_goes_on(
    make_pipeline: Callable[..., Pipeline],
    private_kafka: Callable[[], Kafka],
    private_clickhouse: Callable[[], ClickHouse],
) -> None:
    """Frozen itself, with a frozen store, without its broker: each for longer than the limit."""
    server = private_clickhouse()
    pipeline = make_pipeline(server.url("community"), private_kafka())
    events = community(900, until_ms=wall_ms() - HOUR_MS)
    start(pipeline, "slow_fold")
    pipeline.send(events[:300])
    pipeline.wait_for(lambda: ready(pipeline))
    worker = pipeline.worker
    assert worker is not None
    pause_s = STUCK_S + 3

    os.kill(worker.pid, signal.SIGSTOP)
    pipeline.send(events[300:600])
    time.sleep(pause_s)
    os.kill(worker.pid, signal.SIGCONT)
    pipeline.wait_until_drained()

    server.pause()
    pipeline.send(events[600:])
    pipeline.wait_for(lambda: probe(pipeline, "readyz") == (503, "the store does not answer"))
    time.sleep(pause_s)
    assert probe(pipeline, "livez") == (200, "ok")
    server.resume()
    pipeline.wait_until_drained()

    pipeline.kafka.kill()
    time.sleep(pause_s)
    pipeline.wait_for(lambda: probe(pipeline, "readyz")[0] == 503)
    assert probe(pipeline, "livez") == (200, "ok")
    pipeline.kafka.start()
    pipeline.wait_until_drained()
    assert ready(pipeline)
    assert worker.poll() is None
    pipeline.stop()
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    store.close()


def test_a_stop_that_hangs_is_cut_off(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    start(pipeline, "hung_stop")
    pipeline.wait_for(lambda: ready(pipeline))
    worker = pipeline.worker
    assert worker is not None
    worker.terminate()
    assert worker.wait(PATIENCE_S) == LEFT_ON_AN_ERROR
    assert "the stop takes too long" in pipeline.log


def test_a_member_that_comes_back_takes_its_partitions_and_disturbs_nobody(
    make_pipeline: Callable[[str], Pipeline], database: str
) -> None:
    one = make_pipeline(database)
    session = {"PULSE_KAFKA__SESSION_S": "90"}  # longer than a start takes on a busy machine
    one.env |= {"PULSE_INSTANCE": "one"} | session
    (one.folder / "other").mkdir()
    other = installation(one.kafka, one.folder / "other", one.store_url)
    other.env |= {"PULSE_INSTANCE": "other", "PULSE_GROUP": one.settings.group} | session

    def owned(pipeline: Pipeline) -> list[str]:
        return re.findall(r'"numbers": (\[[^]]+\]), "event": "partitions assigned"', pipeline.log)

    def halved() -> bool:
        return all(ready(each) and owned(each)[-1].count(",") == 1 for each in (one, other))

    try:
        one.start()
        other.start()
        one.wait_for(halved)
        mine, others = owned(one), owned(other)
        one.kill()
        one.start()
        one.send(community(300, until_ms=wall_ms() - HOUR_MS))
        one.wait_for(lambda: len(owned(one)) > len(mine) and ready(one))
        one.wait_records(1)
        time.sleep(5)  # more than two heartbeats, which would tell of a rebalance
        assert (owned(one)[-1], owned(other)) == (mine[-1], others)
        assert ready(other)
    finally:
        other.kill()
