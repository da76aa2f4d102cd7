"""Every command of an operator beside a running `pulse up`, which owns the embedded store."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import time
from collections.abc import Callable

import polars as pl
import pytest

from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from tests.integration.conftest import PATIENCE_S, PULSE, ROOT, Pipeline
from tests.integration.test_dlq import GROUP, value
from tests.integration.test_flow import community

pytestmark = pytest.mark.server

AWAY = (partition_for(routing_key(GROUP, "", ""), 4) + 1) % 4


def start_up(pipeline: Pipeline, command: list[str] | None = None) -> None:
    written = (pipeline.folder / "worker.log").exists()
    begun = pipeline.log.count("SQL is served") if written else 0
    pipeline.start(command or [*PULSE, "up"])
    pipeline.wait_for(lambda: pipeline.log.count("SQL is served") > begun)


def answer(pipeline: Pipeline, sql: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(pipeline.pulse("sql", sql, "--json", errors=False))
    return rows


def count(pipeline: Pipeline, table: str) -> int:
    (row,) = answer(pipeline, f"SELECT count() AS n FROM {table}")
    return int(str(row["n"]))


def test_commands_beside_the_owner_of_the_store(make_pipeline: Callable[..., Pipeline]) -> None:
    pipeline = make_pipeline()
    old_ms = wall_ms() - 250 * 86_400_000
    start_up(pipeline)
    events = community(2_000, until_ms=wall_ms())
    pipeline.send(events)
    pipeline.send_raw("community.chat", [value("astray"), value("old", event_time=old_ms)], AWAY)
    pipeline.wait_records(len(events) + 2)

    _sql(pipeline)
    _dead_letters(pipeline)
    _rollup(pipeline)
    _reference(pipeline)
    _retention(pipeline)
    _doctor(pipeline)

    # What may not run beside it says so, and what to do.
    refused = pipeline.pulse("migrate", "up", ok=False)
    assert "belongs to process" in refused
    assert "Traceback" not in refused
    pipeline.stop()
    assert count(pipeline, "v_dead_letter") == 2  # and without the owner all works as with it


def _sql(pipeline: Pipeline) -> None:
    asked_ms = wall_ms() // 1000 * 1000  # the view counts in seconds
    (now,) = answer(pipeline, "SELECT now_ms, rate FROM v_now")
    assert asked_ms <= int(str(now["now_ms"])) <= wall_ms()
    assert "group_id" in pipeline.pulse("sql", "SELECT * FROM v_group_minute LIMIT 2")
    target = pipeline.folder / "answer.parquet"
    pipeline.pulse(
        "sql", "SELECT * FROM v_chat LIMIT 7", "--format", "parquet", "--out", str(target)
    )
    assert pl.read_parquet(target).height == 7
    csv = pipeline.pulse(
        "sql", "SELECT group_id, mentions FROM v_chat LIMIT 3", "-f", "csv", errors=False
    )
    assert pl.read_csv(io.StringIO(csv)).shape == (3, 2)
    assert "readonly" in pipeline.pulse("sql", "TRUNCATE TABLE fact_chat", ok=False).lower()


def _dead_letters(pipeline: Pipeline) -> None:
    listed = json.loads(pipeline.pulse("dlq", "list", "--json", errors=False))
    assert listed["total"] == 2
    told = json.loads(
        pipeline.pulse("dlq", "replay", "--yes", "--reason", "misrouted", "--json", errors=False)
    )
    assert told["sent"] == {"community.chat": 2}
    pipeline.wait_for(lambda: count(pipeline, "v_chat WHERE event_id IN ('astray', 'old')") == 2)
    again = json.loads(pipeline.pulse("dlq", "replay", "--yes", "--json", errors=False))
    assert again["sent"] == {}


def _rollup(pipeline: Pipeline) -> None:
    since = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 2 * 86_400))
    told = json.loads(pipeline.pulse("rollup", "--once", "--since", since, "--json", errors=False))
    assert told["values"] > 0
    assert count(pipeline, "v_metric_value") > 0


def _reference(pipeline: Pipeline) -> None:
    """Loaded through the owner, and held against what it holds."""
    file = pipeline.folder / "dim_staff.csv"
    file.write_text("staff_id,role\nalice,sales\nbob,service\n")
    loaded = json.loads(pipeline.pulse("dims", "load", str(file), "--json", errors=False))
    assert loaded["tables"]["dim_staff"]["added"] == 2
    again = json.loads(pipeline.pulse("dims", "load", str(file), "--json", errors=False))
    assert again["tables"]["dim_staff"]["unchanged"] == 2
    listed = json.loads(pipeline.pulse("dims", "list", "--json", errors=False))
    assert {row["table"]: row["rows"] for row in listed}["dim_staff"] == 2
    assert count(pipeline, "v_dim_staff WHERE length(staff_id) = 32") == 2
    found = json.loads(pipeline.pulse("dims", "check", "--json", ok=False, errors=False))
    assert [(row["rule"], row["kind"]) for row in found] == [("order_without_items", "test")]


def _retention(pipeline: Pipeline) -> None:
    """The chat of long ago goes, with its window, by settings that its owner shares."""
    pipeline.env["PULSE_RETENTION_DAYS"] = "150"  # and 14 of the log, and the rest of the month
    refused = pipeline.pulse("retention", "apply", "--yes", ok=False)
    assert "not due by the settings of the process that owns the store" in refused
    assert count(pipeline, "v_chat WHERE event_id = 'old'") == 1

    pipeline.stop()
    start_up(pipeline)
    planned = json.loads(pipeline.pulse("retention", "plan", "--json", errors=False))
    assert {drop["table"]: drop["rows"] for drop in planned} == {"fact_chat": 1, "group_minute": 1}
    done = json.loads(pipeline.pulse("retention", "apply", "--yes", "--json", errors=False))
    assert done["dropped"] == planned
    assert count(pipeline, "v_chat WHERE event_id = 'old'") == 0
    assert count(pipeline, "v_chat WHERE event_id = 'astray'") == 1


def _doctor(pipeline: Pipeline) -> None:
    told = pipeline.pulse("doctor", "--json", errors=False)
    states = {found["part"]: found["state"] for found in json.loads(told)}
    assert set(states.values()) == {"OK", "absent"}
    assert [part for part, state in states.items() if state == "absent"] == [
        "prometheus",
        "alertmanager",
        "grafana",
    ]
    assert f"http://127.0.0.1:{pipeline.endpoint_port}" in told


def test_ctrl_c_in_a_replay_ends_it_and_the_owner_lives_on(
    make_pipeline: Callable[..., Pipeline],
) -> None:
    pipeline = make_pipeline()
    start_up(pipeline)
    pipeline.send_raw("community.chat", [value(f"e{n}") for n in range(3_000)], AWAY)
    pipeline.wait_records(3_000)
    replaying = subprocess.Popen(
        [*PULSE, "dlq", "replay", "--yes"], env=pipeline.env, cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    pipeline.wait_for(lambda: count(pipeline, "dead_letter_replay") > 0)
    replaying.send_signal(signal.SIGTERM)
    said, _ = replaying.communicate(timeout=PATIENCE_S)
    assert "Traceback" not in said
    pipeline.pulse("dlq", "replay", "--yes")
    pipeline.wait_for(lambda: count(pipeline, "v_chat") == 3_000)
    pipeline.stop()
