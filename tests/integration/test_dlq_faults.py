"""`pulse dlq replay` killed at each of its steps: every letter becomes one event."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest

from pipeline.core.routing import partition_for, routing_key
from pipeline.operations.replay import BATCH
from sinks.store import Store, open_store
from tests.integration.conftest import PATIENCE_S, PULSE, ROOT, Pipeline
from tests.integration.test_beside_up import count, start_up
from tests.integration.test_dlq import GROUP, value

pytestmark = pytest.mark.server

AWAY = (partition_for(routing_key(GROUP, "", ""), 4) + 1) % 4
LETTERS = 5 * BATCH
IDS = [f"e{number:04d}" for number in range(LETTERS)]

KILLED_BEFORE_THE_BROKER_HAS_THEM = """
import os, signal
from pipeline.cli.main import main
from sinks.kafka import EventWriter
EventWriter.flush = lambda _: os.kill(os.getpid(), signal.SIGKILL)
main(["dlq", "replay", "--yes"])
"""
KILLED_AT_A_MARK = """
import os, signal, sys
from pipeline.cli.main import main
from pipeline.operations import replay
mark = replay._Replay._mark

def killed(self, sent):
    if sys.argv[1] == "after":
        mark(self, sent)
    os.kill(os.getpid(), signal.SIGKILL)

replay._Replay._mark = killed
main(sys.argv[2:])
"""
MARKED_BY_THEN = {"after": BATCH, "before": 0}
"""Letters that are marked by a run that is killed at the mark of its first batch."""
ENDINGS = ("after", "before", "after")


def killed_at_a_mark(when: str, *words: str) -> list[str]:
    return [sys.executable, "-c", KILLED_AT_A_MARK, when, *words]


def ending(pipeline: Pipeline, command: list[str]) -> int:
    """Run it to its end, however it ends."""
    with (pipeline.folder / "replay.log").open("ab") as log:
        done = subprocess.run(
            command, env=pipeline.env, cwd=ROOT, stdout=log, stderr=log, timeout=PATIENCE_S,
            check=False,
        )  # fmt: skip
    return done.returncode


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
    command = [sys.executable, "-c", KILLED_BEFORE_THE_BROKER_HAS_THEM]
    assert ending(pipeline, command) == -signal.SIGKILL
    assert marked(store) == 0  # a letter marked and not durable would be lost
    there = 0
    for when in ENDINGS:
        command = killed_at_a_mark(when, "dlq", "replay", "--yes")
        assert ending(pipeline, command) == -signal.SIGKILL
        there += MARKED_BY_THEN[when]
        assert marked(store) == there
    store.close()
    finish(pipeline)
    each_letter_is_one_event(pipeline.open_store())


def test_an_owner_killed_in_a_replay_loses_and_doubles_nothing(
    make_pipeline: Callable[..., Pipeline],
) -> None:
    pipeline = make_pipeline()
    pipeline.send_raw("community.chat", [value(event_id) for event_id in IDS], AWAY)
    for when in ENDINGS:
        start_up(pipeline, killed_at_a_mark(when, "up"))
        pipeline.wait_until_drained()
        # It is told that the owner is gone, and to call it again.
        assert ending(pipeline, [*PULSE, "dlq", "replay", "--yes"]) == 2
        assert pipeline.worker is not None
        assert pipeline.worker.wait(PATIENCE_S) == -signal.SIGKILL
    assert "Traceback" not in (pipeline.folder / "replay.log").read_text()
    start_up(pipeline)
    there = sum(MARKED_BY_THEN[when] for when in ENDINGS)
    assert count(pipeline, "dead_letter_replay FINAL") == there
    finish(pipeline)
    each_letter_is_one_event(pipeline.open_store())
