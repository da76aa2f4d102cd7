"""`pulse dlq replay` killed in the middle, again and again: every letter becomes one event."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from pipeline.core.routing import partition_for, routing_key
from sinks.endpoint_store import EndpointStore
from sinks.store import Store, open_store
from tests.integration.conftest import PULSE, ROOT, Pipeline
from tests.integration.test_beside_up import count, start_up
from tests.integration.test_dlq import GROUP, value

pytestmark = pytest.mark.server

AWAY = (partition_for(routing_key(GROUP, "", ""), 4) + 1) % 4
LETTERS = 4_000
IDS = [f"e{number:04d}" for number in range(LETTERS)]

KILLED_BEFORE_THE_BROKER_HAS_THEM = """
import os, signal
from pipeline.cli.main import main
from sinks.kafka import EventWriter
EventWriter.flush = lambda _: os.kill(os.getpid(), signal.SIGKILL)
main(["dlq", "replay", "--yes"])
"""


def begin(pipeline: Pipeline) -> subprocess.Popen[bytes]:
    with (pipeline.folder / "replay.log").open("ab") as log:
        return subprocess.Popen(
            [*PULSE, "dlq", "replay", "--yes"], env=pipeline.env, cwd=ROOT, stdout=log, stderr=log
        )


def wait_until(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def marked(store: Store) -> int:
    rows = store.query("SELECT toInt64(count()) AS n FROM dead_letter_replay FINAL")
    return int(rows["n"][0])


def finish(pipeline: Pipeline) -> None:
    """Replay what is left, then read all that was sent and stop."""
    told = json.loads(pipeline.pulse("dlq", "replay", "--yes", "--json", errors=False))
    assert told["left"] == 0
    assert told["already_replayed"] + sum(told["sent"].values()) == LETTERS
    assert told["already_replayed"] > 0
    pipeline.wait_for(lambda: count(pipeline, "v_chat") == LETTERS)
    pipeline.wait_until_drained()
    pipeline.stop()


def each_letter_is_one_event(store: Store) -> None:
    ids = store.query("SELECT event_id FROM v_chat ORDER BY event_id")["event_id"].to_list()
    assert ids == IDS
    sums = store.query(
        "SELECT toInt64(sum(messages)) AS counted,"
        " (SELECT toInt64(count()) FROM v_dead_letter) AS letters,"
        " (SELECT toInt64(count()) FROM dead_letter_replay FINAL) AS marked FROM v_group_minute"
    )
    assert sums.row(0) == (LETTERS, LETTERS, LETTERS)
    store.close()


def test_a_replay_killed_on_a_server_loses_and_doubles_nothing(
    make_pipeline: Callable[..., Pipeline], database: str
) -> None:
    pipeline = make_pipeline(database)
    pipeline.send_raw("community.chat", [value(event_id) for event_id in IDS], AWAY)
    pipeline.start()
    pipeline.wait_records(LETTERS)
    pipeline.wait_until_drained()
    store = open_store(pipeline.settings)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_BROKER_HAS_THEM],
        env=pipeline.env, cwd=ROOT, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert marked(store) == 0  # a letter marked and not durable would be lost

    endings = []
    for _ in range(4):
        if (before := marked(store)) == LETTERS:
            break
        replaying = begin(pipeline)
        wait_until(lambda before=before: marked(store) > before)
        replaying.kill()
        endings.append(replaying.wait())
    assert -signal.SIGKILL in endings
    store.close()
    finish(pipeline)
    each_letter_is_one_event(pipeline.open_store())


def test_an_owner_killed_in_a_replay_loses_and_doubles_nothing(
    make_pipeline: Callable[..., Pipeline],
) -> None:
    pipeline = make_pipeline()
    pipeline.send_raw("community.chat", [value(event_id) for event_id in IDS], AWAY)
    start_up(pipeline)
    pipeline.wait_records(LETTERS)
    pipeline.wait_until_drained()
    owner = EndpointStore(f"http://127.0.0.1:{pipeline.endpoint_port}", password="")
    endings = []
    for _ in range(3):
        if (before := marked(owner)) == LETTERS:
            break
        replaying = begin(pipeline)
        wait_until(lambda before=before: marked(owner) > before)
        pipeline.kill()
        endings.append(replaying.wait(90))
        start_up(pipeline)
    owner.close()
    assert 1 in endings  # told that the owner is gone, and to call it again
    assert "Traceback" not in (pipeline.folder / "replay.log").read_text()
    finish(pipeline)
    each_letter_is_one_event(pipeline.open_store())
