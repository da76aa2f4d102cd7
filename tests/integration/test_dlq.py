"""Dead letters from end to end: refused by a worker, mended, sent again, counted once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from kafka import KafkaAdminClient, TopicPartition

from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from tests.integration.conftest import KEY_ID, PATIENCE_S, ROOT, Pipeline

pytestmark = pytest.mark.server

GROUP = "g1"
HOME = partition_for(routing_key(GROUP, "", ""), 4)
AWAY, FAR_AWAY = (HOME + 1) % 4, (HOME + 2) % 4
PERSON = "0" * 32
LONG = [f"{number:032x}" for number in range(2_500)]
"""Mentions that make a record longer than what a dead letter keeps of it."""

KILLED_BEFORE_THE_MARK = """
import os, signal
from pipeline.cli.main import main
from pipeline.operations import replay
replay._Replay._mark = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
main(["dlq", "replay", "--yes"])
"""


def value(event_id: str, **changes: Any) -> bytes:
    """A good chat of the group as a record, with changes; None removes a field."""
    fields = {
        "event_type": "chat",
        "event_time": wall_ms() - 3_600_000,
        "event_id": event_id,
        "group_id": GROUP,
        "user_id": PERSON,
        "source": "test",
        "key_id": KEY_ID,
        "message_id": event_id,
        "msg_type": "text",
        **changes,
    }
    return json.dumps({name: it for name, it in fields.items() if it is not None}).encode()


def refuse_many(pipeline: Pipeline) -> None:
    """Send what the worker refuses for a cause that passes, and what for ever."""
    soon = wall_ms() + 3_600_000
    pipeline.send_raw("community.chat", [value("gone", mentions=LONG)], FAR_AWAY)
    pipeline.send_raw("community.chat", [value("astray"), value("long", mentions=LONG)], AWAY)
    other_type = {"message_id": None, "msg_type": None}
    leave = value("leave", event_type="leave", leave_kind="self", **other_type)
    chats = [value("good"), leave, value("soon", event_time=soon), b"{nope"]
    pipeline.send_raw("community.chat", chats, HOME)
    sale = {"order_id": "o1", "status": "paid", "amount_paid": "5.00", "currency": "USD"}
    order = value("order", event_type="order", **sale, **other_type)
    pipeline.send_raw("community.order", [order], HOME)
    lines = pipeline.folder / "lines.jsonl"
    lines.write_bytes(value("line") + b"\n{broken\n")
    right = pipeline.env["PULSE_PSEUDONYM_KEY"]
    pipeline.env["PULSE_PSEUDONYM_KEY"] = "not the key of this installation"
    pipeline.pulse("import", "jsonl", str(lines))
    pipeline.env["PULSE_PSEUDONYM_KEY"] = right


def forget(pipeline: Pipeline, topic: str, partition: int) -> None:
    """Let the log lose a partition's records, as retention does."""
    admin = KafkaAdminClient(bootstrap_servers=pipeline.kafka.address)
    admin.delete_records({TopicPartition(topic, partition): 1})
    admin.close()


def told(pipeline: Pipeline, *words: str) -> Any:
    return json.loads(pipeline.pulse("dlq", *words, "--json", errors=False))


def reasons(pipeline: Pipeline, *words: str) -> dict[str, int]:
    found = told(pipeline, "list", *words)
    return {group["reason"]: group["letters"] for group in found["reasons"]}


def test_letters_are_sent_again_and_each_lands_once(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    pipeline.env["PULSE_FUTURE_SECONDS"] = "0"
    pipeline.start()
    refuse_many(pipeline)
    pipeline.wait_records(8 + 2)
    pipeline.wait_until_drained()
    pipeline.stop()
    refused = {
        "misrouted": 3,
        "not_json": 2,
        "wrong_topic": 1,
        "future_time": 1,
        "foreign_currency": 1,
        "foreign_key": 1,
    }
    assert reasons(pipeline) == refused
    assert PERSON not in pipeline.pulse("dlq", "show", f"community.chat/{AWAY}/0")

    pipeline.env |= {"PULSE_CURRENCY": "USD", "PULSE_FUTURE_SECONDS": "7200"}  # all causes pass
    forget(pipeline, "community.chat", FAR_AWAY)

    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_THE_MARK],
        env=pipeline.env, cwd=ROOT, capture_output=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert reasons(pipeline) == refused

    sent = {"community.chat": 4, "community.leave": 1, "community.order": 1}
    foreseen = told(pipeline, "replay", "--dry-run")
    outcome = told(pipeline, "replay", "--yes")
    assert foreseen == outcome | {"dry_run": True}
    assert outcome["sent"] == sent
    assert (outcome["refused"], outcome["not_replayable"]) == ({"not_json": 2}, {"gone": 1})
    assert reasons(pipeline) == {"not_json": 2, "misrouted": 1}
    assert sum(reasons(pipeline, "--replayed").values()) == 6
    second = told(pipeline, "replay", "--yes")
    assert (second["sent"], second["already_replayed"]) == ({}, 6)

    pipeline.start()
    pipeline.wait_records(2 * 6)  # what the killed replay had sent, and what the next one sent
    pipeline.wait_until_drained()
    assert pipeline.total("community_pipeline_records_total", outcome="duplicate") == 6
    pipeline.stop()
    assert reasons(pipeline) == {"not_json": 2, "misrouted": 1}

    store = pipeline.open_store()
    ids = Counter(
        event_id
        for kind in ("chat", "leave", "order")
        for event_id in store.query(f"SELECT event_id FROM v_{kind}")["event_id"]
    )
    assert ids == Counter(["good", "astray", "long", "soon", "line", "leave", "order"])
    counted = store.query(
        "SELECT toInt64(sum(messages)) AS m, toInt64(sum(leave_events)) AS l,"
        " toInt64(sum(paid_orders)) AS o FROM v_group_minute"
    )
    assert counted.row(0) == (5, 1, 1)
    store.close()
