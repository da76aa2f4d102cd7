"""`pulse audit` beside workers and after them: silent while all is well, exact when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest

from deploy.local.servers import ClickHouse
from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from schemas.event import Chat
from sinks.group_offsets import open_group
from sinks.store import Store
from tests.integration.conftest import KEY_ID, PULSE, Pipeline
from tests.integration.test_flow import HOUR_MS, community, person

pytestmark = pytest.mark.server

AWAY = (partition_for(routing_key("g1", "", ""), 4) + 1) % 4


def audited(pipeline: Pipeline, *words: str, mismatch: str = "") -> dict[str, Any]:
    """The results by check; only `mismatch` may have one."""
    told = pipeline.pulse("audit", *words, "--json", ok=not mismatch, errors=False)
    results = {each["check"]: each for each in json.loads(told)["checks"]}
    wrong = {name for name, each in results.items() if each["mismatches"]}
    assert wrong == ({mismatch} if mismatch else set()), told
    return results


def chat(number: int, *, event_id: str, at_ms: int) -> Chat:
    return Chat(
        event_id=event_id, event_time=at_ms, source="test", key_id=KEY_ID,
        group_id="g1", user_id=person(number % 20), actor_role="member",
        message_id=f"m{number}", msg_type="text",
    )  # fmt: skip


def without(store: Store, table: str, column: str, value: object) -> None:
    """Let a row be lost."""
    rows = store.query(f"SELECT * FROM {table}")
    store.execute(f"TRUNCATE TABLE {table}")
    kept = rows.filter(pl.col(column) != value)
    assert kept.height < rows.height
    store.insert(table, kept)


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_each_fault_is_found_and_nothing_else(
    kind: str,
    make_pipeline: Callable[..., Pipeline],
    private_clickhouse: Callable[[], ClickHouse],
) -> None:
    pipeline = make_pipeline(private_clickhouse().url("community") if kind == "server" else "")
    now = wall_ms()
    events = community(2_000, until_ms=now - HOUR_MS)
    copies = events[::20]
    malformed = [b"{nope", b"\xff", None, b"[]"]
    pipeline.start()
    pipeline.send(events + copies)
    pipeline.send_raw("community.chat", malformed, AWAY)
    pipeline.wait_records(len(events) + len(copies) + len(malformed))
    pipeline.wait_until_drained()
    if kind == "server":
        audited(pipeline)  # beside the worker
    pipeline.stop()

    well = audited(pipeline)
    assert well["ids"]["looked_at"] == len(events) + len(copies) + len(malformed)
    assert well["windows"]["looked_at"] == len(events)
    assert well["conflicts"]["looked_at"] == len(events)
    assert well["committed"]["looked_at"] > 4
    assert well["live"]["note"].startswith("left out")
    assert audited(pipeline, "--until", "1h")["ids"]["looked_at"] == 0
    assert set(audited(pipeline, "--since", "1h", "--check", "ids")) == {"ids"}

    store = pipeline.open_store()
    kept = {
        table: store.query(f"SELECT * FROM {table}")
        for table in ("fact_chat", "group_minute", "offsets", "dead_letter")
    }
    (lost,) = store.query("SELECT event_id FROM v_chat ORDER BY event_ms LIMIT 1")["event_id"]

    def restore(table: str) -> None:
        store = pipeline.open_store()
        store.execute(f"TRUNCATE TABLE {table}")
        store.insert(table, kept[table])
        store.close()

    # A fact that is lost: its window counts it, and the log has it.
    without(store, "fact_chat", "event_id", lost)
    store.close()
    (row,) = audited(pipeline, "--check", "ids", mismatch="ids")["ids"]["rows"]
    assert (row["event_id"], row["topic"]) == (lost, "community.chat")
    (row, *_) = audited(pipeline, "--check", "windows", mismatch="windows")["windows"]["rows"]
    assert row["measure"] == "messages"
    assert int(row["stored"]) == int(float(row["facts"])) + 1
    restore("fact_chat")

    # A fact that the log never had.
    store = pipeline.open_store()
    strange = kept["fact_chat"].head(1).with_columns(event_id=pl.lit("nobody's"))
    store.insert("fact_chat", strange)
    store.close()
    (row,) = audited(pipeline, "--check", "ids", mismatch="ids")["ids"]["rows"]
    assert row["event_id"] == "nobody's"
    restore("fact_chat")

    # A window that counts too much, at the version that it has.
    store = pipeline.open_store()
    spoilt = kept["group_minute"].filter(pl.col("messages") > 0).head(1)
    store.insert("group_minute", spoilt.with_columns(pl.col("messages") + 7))
    store.close()
    (row,) = audited(pipeline, mismatch="windows")["windows"]["rows"]
    assert (row["group_id"], row["measure"]) == (spoilt["group_id"][0], "messages")
    restore("group_minute")

    # A dead letter that is lost, and a range of offsets.
    store = pipeline.open_store()
    without(store, "dead_letter", "offset", kept["dead_letter"]["offset"][0])
    store.close()
    (row,) = audited(pipeline, mismatch="ids")["ids"]["rows"]
    assert row["fault"] == "no event, and no dead letter"
    restore("dead_letter")
    store = pipeline.open_store()
    first = kept["offsets"].filter(pl.col("topic") == "community.chat").sort("first").row(0)
    store.execute("TRUNCATE TABLE offsets")
    rest = kept["offsets"].filter((pl.col("topic") != "community.chat") | (pl.col("first") > 0))
    store.insert("offsets", rest)
    store.close()
    found = audited(pipeline, "--check", "holes", mismatch="holes")["holes"]
    assert {each["first"] for each in found["rows"]} == {0}
    assert found["mismatches"] >= first[5]
    restore("offsets")

    # Offsets that were committed before anything was stored.
    with open_group(pipeline.settings.kafka, "community-pulse") as group:
        place = max(group.ends(), key=group.ends().__getitem__)
        known = group.committed()
        group.reset({place: known[place] + 5})
        (row,) = audited(pipeline, mismatch="committed")["committed"]["rows"]
        assert (row["committed"], row["stored"]) == (known[place] + 5, known[place])
        group.reset({place: known[place]})

    # One id for two events.
    pipeline.start()
    pipeline.send(
        [chat(1, event_id="twice", at_ms=now - 9_000), chat(2, event_id="twice", at_ms=now)]
    )
    pipeline.wait_records(2)
    pipeline.wait_until_drained()
    pipeline.stop()
    (row,) = audited(pipeline, mismatch="conflicts")["conflicts"]["rows"]
    assert (row["event_id"], row["events"]) == ("twice", 2)
    told = pipeline.pulse("audit", "--check", "conflicts", ok=False)
    assert "twice" in told
    assert "Traceback" not in told


def test_beside_pulse_up_it_runs_by_itself(make_pipeline: Callable[..., Pipeline]) -> None:
    """On its schedule, and by the command through the owner; the live view is looked at too."""
    pipeline = make_pipeline()
    events = community(2_000, until_ms=wall_ms() - HOUR_MS)
    pipeline.send(events)
    pipeline.start([*PULSE, "up"], PULSE_AUDIT_MINUTES="1")
    pipeline.wait_records(len(events))
    pipeline.wait_until_drained()
    pipeline.wait_for(lambda: pipeline.total("community_member_count") == 100)
    results = audited(pipeline)
    assert results["live"]["looked_at"] >= 5 * 2 * 3
    assert results["ids"]["looked_at"] == len(events)
    name = "community_pipeline_audit_mismatches"
    pipeline.wait_for(lambda: (name, frozenset({("check", "ids")})) in pipeline.samples())
    assert pipeline.total(name) == 0
    assert pipeline.total("community_pipeline_audit_last_run_timestamp_seconds") > 0
    pipeline.stop()
