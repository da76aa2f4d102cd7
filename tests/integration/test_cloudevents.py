"""CloudEvents headers through a real broker and worker: the same event, with them or without."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence

import pytest

from tests.integration.conftest import Pipeline
from tests.integration.test_bad_input import HOME, chat, value

pytestmark = pytest.mark.server

Headers = Sequence[tuple[str, bytes]]


def enveloped(number: int) -> tuple[bytes, list[tuple[str, bytes]]]:
    """A good chat whose envelope is in its headers."""
    fields = chat(number)
    headers = {
        "ce_specversion": "1.0",
        "ce_type": f"community.{fields.pop('event_type')}",
        "ce_id": fields.pop("event_id"),
        "ce_source": fields.pop("source"),
    }
    told = [(name, text.encode()) for name, text in headers.items()]
    return json.dumps(fields).encode(), told


def send(pipeline: Pipeline, *records: tuple[bytes, Headers]) -> None:
    producer = pipeline.producer()
    for its_value, headers in records:
        producer.send(
            "community.chat", key=b"g1", value=its_value, headers=list(headers), partition=HOME
        )
    producer.flush()
    producer.close()


def test_headers_make_the_same_event_and_a_copy_is_a_copy(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    bare, told = enveloped(1)
    at = json.loads(bare)["event_time"]
    whole = value(1, event_time=at)
    odd = value(2)
    send(pipeline, (bare, told), (whole, []), (whole, told), enveloped(3), (odd, told), (bare, []))
    pipeline.start()
    letters = 2
    pipeline.wait_records(6 + letters)

    def outcome(name: str, reason: str = "") -> float:
        return pipeline.total(
            "community_pipeline_records_total",
            topic="community.chat", outcome=name, reason=reason,
        )  # fmt: skip

    assert outcome("counted") == 2
    assert outcome("duplicate") == 2
    assert outcome("rejected", "header_mismatch") == 1
    assert outcome("rejected", "missing_field") == 1
    pipeline.stop()
    store = pipeline.open_store()
    assert set(store.query("SELECT event_id FROM v_chat")["event_id"]) == {"e1", "e3"}
    kept = store.query("SELECT payload FROM v_dead_letter WHERE reason = 'header_mismatch'")
    assert base64.b64decode(kept["payload"].item()) == odd
    store.close()
