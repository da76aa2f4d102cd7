"""The whole log read again by the same group: everything is known, and nothing changes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from pipeline.errors import GroupInUse
from sinks.group_offsets import open_group
from sinks.store import Store
from sinks.topics import DEAD_LETTER
from tests.integration.conftest import Pipeline
from tests.integration.test_flow import community

pytestmark = pytest.mark.server

TABLES = {
    "fact_chat": "event_id",
    "fact_join": "event_id",
    "fact_order": "event_id",
    "group_minute": "epoch, topic, partition, group_id, minute",
    "dead_letter": "epoch, topic, partition, offset",
}
AWAY = (partition_for(routing_key("g1", "", ""), 4) + 1) % 4


def told(pipeline: Pipeline, *words: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(pipeline.pulse("replay", *words, "--json", errors=False))
    return answer


def contents(store: Store) -> dict[str, pl.DataFrame]:
    """Every row as readers see it."""
    found = {
        table: store.query(f"SELECT * FROM {table} FINAL ORDER BY {order}")
        for table, order in TABLES.items()
    }
    store.close()
    return found


def test_the_log_is_read_again_and_nothing_changes(
    make_pipeline: Callable[[], Pipeline],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pipeline = make_pipeline()
    assert told(pipeline, "--reset-to", "earliest", "--yes")["partitions"] == []  # no group yet
    events = community(3_000, until_ms=wall_ms() - 3_600_000)
    copies = events[::20]
    pipeline.start()
    pipeline.send(events + copies)
    pipeline.send_raw("community.chat", [b"{nope", b"\xff", None], AWAY)
    sent = len(events) + len(copies) + 3
    published = 3  # our own letters come back by their topic, and are not stored again
    pipeline.wait_records(sent + published)
    pipeline.wait_until_drained()

    refused = pipeline.pulse("replay", "--reset-to", "earliest", "--yes", ok=False)
    assert "The group has 1 worker running" in refused
    assert "Stop every `pulse worker` and `pulse up`" in refused
    assert "Traceback" not in refused
    with open_group(pipeline.settings.kafka, pipeline.settings.group) as group:
        with pytest.raises(GroupInUse, match="joined the group"):
            group.reset({("community.chat", 0): 0})
        ends = group.ends()
    pipeline.stop()
    before = contents(pipeline.open_store())
    assert before["dead_letter"].height == 3

    assert "is no moment" in pipeline.pulse("replay", "--reset-to", "yesterday", ok=False)
    assert told(pipeline, "--reset-to", "2100-01-01", "--yes")["records"] == 0
    planned = told(pipeline, "--reset-to", "earliest", "--dry-run")
    assert planned["records"] == sent + published
    assert {
        (row["topic"], row["partition"]): row["committed"] for row in planned["partitions"]
    } == {place: end for place, end in ends.items() if end}
    _say_no(pipeline, monkeypatch, capsys)
    assert told(pipeline, "--reset-to", "30m", "--dry-run") == planned  # all was appended just now
    done = told(pipeline, "--reset-to", "earliest", "--yes")
    assert done == planned | {"dry_run": False}
    with open_group(pipeline.settings.kafka, pipeline.settings.group) as group:
        committed = group.committed()
    assert {committed[place] for place, end in ends.items() if end} == {0}

    pipeline.start()
    pipeline.wait_records(sent + published)
    pipeline.wait_until_drained()
    records = "community_pipeline_records_total"
    counted = pipeline.total(records, outcome="counted")
    assert counted == pipeline.total(records, outcome="counted", topic=DEAD_LETTER)
    assert pipeline.total(records, outcome="replayed") == len(events)
    assert pipeline.total(records, outcome="duplicate") == len(copies)
    assert pipeline.total(records, outcome="rejected") == 3
    pipeline.stop()
    after = contents(pipeline.open_store())
    for table, rows in before.items():
        assert rows.height > 0
        assert_frame_equal(rows, after[table])


def _say_no(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal it asks, and a no leaves all as it is; without one it asks for --yes."""
    from pipeline.cli.main import main  # noqa: PLC0415

    asked = pipeline.pulse("replay", "--reset-to", "earliest", ok=False, stdin="")
    assert "--yes" in asked
    terminal = io.StringIO("n\n")
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdin", terminal)
    for name, value in pipeline.env.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["replay", "--reset-to", "earliest"])
    assert ended.value.code == 1
    assert "records of" in capsys.readouterr().err
    assert told(pipeline, "--reset-to", "earliest", "--dry-run")["records"] > 0
