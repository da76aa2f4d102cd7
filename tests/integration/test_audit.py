"""`pulse audit` beside workers and after them: silent while all is well, exact when it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any

import polars as pl
import pytest
from pydantic import SecretStr

from pipeline.audit.run import audit
from pipeline.audit.scope import Check
from pipeline.clock import SharedClock, wall_ms
from pipeline.core.routing import partition_for, routing_key
from schemas.event import Chat, Heartbeat
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


def found(pipeline: Pipeline, store: Store, only: Check | None = None) -> list[Mapping[str, Any]]:
    """The rows of an audit, of which those of another check than `only` would be a surprise."""
    settings = pipeline.settings.model_copy(update={"pseudonym_key": SecretStr("")})  # needs none
    results = audit(
        settings, store, SharedClock(None), checks=[each for each in Check if each != Check.LIVE],
    )  # fmt: skip
    assert {each.check for each in results if each.mismatches} <= {only} | ALSO.get(only, set())
    return [row for each in results if each.check is only for row in each.rows]


ALSO = {
    Check.IDS: {Check.WINDOWS},
    Check.WINDOWS: {Check.IDS},
    Check.HOLES: {Check.COMMITTED},
}
"""What a damage is found by as well: a fact by its window, a range by what was committed."""

Damage = tuple[Callable[[], None], dict[str, Any]]
"""What takes it back, and what the audit's row must say."""


def instead(store: Store, table: str, rows: pl.DataFrame) -> Callable[[], None]:
    """Let a table hold these rows; the return puts the old ones back."""
    kept = store.query(f"SELECT * FROM {table}")

    def put(frame: pl.DataFrame) -> None:
        store.execute(f"TRUNCATE TABLE {table}")
        store.insert(table, frame)

    put(rows)
    return lambda: put(kept)


def lose_a_fact(store: Store, _: Pipeline) -> Damage:
    facts = store.query("SELECT * FROM fact_chat")
    lost = facts["event_id"][0]
    undo = instead(store, "fact_chat", facts.filter(pl.col("event_id") != lost))
    return undo, {"event_id": lost, "topic": "community.chat"}


def lose_a_fact_that_a_window_counts(store: Store, pipeline: Pipeline) -> Damage:
    undo, _ = lose_a_fact(store, pipeline)
    return undo, {"measure": "messages", "topic": "community.chat"}


def invent_a_fact(store: Store, _: Pipeline) -> Damage:
    facts = store.query("SELECT * FROM fact_chat")
    strange = facts.head(1).with_columns(event_id=pl.lit("nobody's"))
    return instead(store, "fact_chat", facts.vstack(strange)), {"event_id": "nobody's"}


def count_too_much(store: Store, _: Pipeline) -> Damage:
    rows = store.query("SELECT * FROM group_minute FINAL")
    one = pl.int_range(pl.len()) == rows["messages"].arg_max()
    more = pl.when(one).then(pl.col("messages") + 7).otherwise("messages")
    undo = instead(store, "group_minute", rows.with_columns(messages=more))
    spoilt = rows.filter(one).row(0, named=True)
    stored, facts = str(spoilt["messages"] + 7), str(spoilt["messages"])
    return undo, {"group_id": spoilt["group_id"], "stored": stored, "facts": facts}


def lose_a_dead_letter(store: Store, _: Pipeline) -> Damage:
    letters = store.query("SELECT * FROM dead_letter FINAL")
    undo = instead(store, "dead_letter", letters[1:])
    return undo, {"offset": letters["offset"][0], "fault": "no event, and no dead letter"}


def lose_ranges(store: Store, _: Pipeline) -> Damage:
    ranges = store.query("SELECT * FROM offsets")
    lost = (pl.col("topic") == "community.chat") & (pl.col("partition") == AWAY)
    undo = instead(store, "offsets", ranges.filter(~lost | (pl.col("first") > 0)))
    return undo, {"topic": "community.chat", "partition": AWAY, "first": 0}


def commit_ahead(_: Store, pipeline: Pipeline) -> Damage:
    with open_group(pipeline.settings.kafka, pipeline.settings.group) as group:
        known = group.committed()
        place = max(known, key=known.__getitem__)
        group.reset({place: known[place] + 5})

    def undo() -> None:
        with open_group(pipeline.settings.kafka, pipeline.settings.group) as group:
            group.reset({place: known[place]})

    return undo, {"committed": known[place] + 5, "stored": known[place]}


DAMAGES = (
    (Check.IDS, lose_a_fact),
    (Check.WINDOWS, lose_a_fact_that_a_window_counts),
    (Check.IDS, invent_a_fact),
    (Check.WINDOWS, count_too_much),
    (Check.IDS, lose_a_dead_letter),
    (Check.HOLES, lose_ranges),
    (Check.COMMITTED, commit_ahead),
)


@pytest.mark.parametrize("kind", ["embedded", "server"])
def test_each_fault_is_found_and_nothing_else(
    kind: str, make_pipeline: Callable[..., Pipeline], database: str
) -> None:
    pipeline = make_pipeline(database if kind == "server" else "")
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

    with closing(pipeline.open_store()) as store:
        for check, damage in DAMAGES:
            undo, expected = damage(store, pipeline)
            rows = found(pipeline, store, check)
            assert rows
            assert expected.items() <= rows[0].items()
            undo()
        assert not found(pipeline, store)

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
    now = wall_ms()
    events = community(2_000, until_ms=now - 2 * HOUR_MS)
    pipeline.send([*events, Heartbeat(event_id="hb", event_time=now, source="test", partition=0)])
    pipeline.start([*PULSE, "up"], PULSE_AUDIT_MINUTES="1")
    pipeline.wait_records(len(events) + 1)
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
