"""Bad input through a real broker and worker: nothing is lost, the stream never stops."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pipeline.clock import wall_ms
from pipeline.core.routing import partition_for, routing_key
from schemas.chat import Chat
from schemas.event import parse, to_wire
from schemas.rejection import Rejection
from tests.integration.conftest import KEY_ID, Pipeline

pytestmark = pytest.mark.server

GROUP = "g1"
HOME = partition_for(routing_key(GROUP, "", ""), 4)
AWAY = (HOME + 1) % 4


def chat(number: int, **changes: Any) -> dict[str, Any]:
    """A good chat as a JSON object, with changes; None removes a field."""
    fields = {
        "event_type": "chat",
        "event_time": wall_ms() - 3_600_000,
        "event_id": f"e{number}",
        "group_id": GROUP,
        "user_id": "0" * 32,
        "source": "test",
        "key_id": KEY_ID,
        "message_id": f"m{number}",
        "msg_type": "text",
        **changes,
    }
    return {name: value for name, value in fields.items() if value is not None}


def value(number: int, **changes: Any) -> bytes:
    return json.dumps(chat(number, **changes), separators=(",", ":"), ensure_ascii=False).encode()


DAY_MS = 86_400_000
REJECTED: dict[str, tuple[bytes | None, str]] = {
    "not JSON": (b"{nope", "not_json"),
    "empty": (b"", "not_json"),
    "bad UTF-8": (b'{"event_type":"\xff"}', "bad_utf8"),
    "null value": (None, "null_value"),
    "JSON of the wrong type": (b"[1,2]", "not_an_object"),
    "unknown event type": (value(1, event_type="dance"), "unknown_event_type"),
    "missing field": (value(2, message_id=None), "missing_field"),
    "mistyped field": (value(3, text_len="12"), "wrong_type"),
    "far future": (value(4, event_time=wall_ms() + 30 * DAY_MS), "future_time"),
    "before 2000": (value(5, event_time=1), "before_2000"),
    "1 MB": (value(6, text="x" * 1_000_000), "too_large"),
    "id over 128 bytes": (value(7, event_id="x" * 129), "id_too_long"),
    "wrong topic": (
        value(8, event_type="leave", leave_kind="self", message_id=None, msg_type=None),
        "wrong_topic",
    ),
    "newline inside a string": (value(9).replace(b"e9", b"e\n9"), "not_json"),
    "doubled key": (value(10)[:-1] + b',"source":"other"}', "duplicate_key"),
    "unknown field": (value(11, colour="red"), "unknown_field"),
    "raw person": (value(12, key_id=None), "not_pseudonymised"),
    "another key": (value(13, key_id="ffffffff"), "foreign_key"),
}
ACCEPTED: dict[str, bytes] = {
    "newline inside the record": json.dumps(chat(20), indent=1).encode(),
    "ids with quotes, newlines and emoji": value(21, event_id="a\"\\\n\t😀'%(x)s"),
    "late by a week": value(22, event_time=wall_ms() - 7 * DAY_MS),
    "out of order by 2 h": value(23, event_time=wall_ms() - 3 * 3_600_000),
    "the year 2000": value(24, event_time=946_684_800_000),
    "chat without membership": value(25),
}


def test_every_bad_record_becomes_a_dead_letter_and_every_good_one_counts(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    values = [bad for bad, _ in REJECTED.values()] + list(ACCEPTED.values())
    pipeline.send_raw("community.chat", values, HOME)
    pipeline.send_raw("community.chat", [value(30)], AWAY)
    order = chat(
        31, event_type="order", order_id="o1", status="paid", amount_paid="-1.00", currency="GBP"
    )
    order = {name: item for name, item in order.items() if name not in ("message_id", "msg_type")}
    foreign = order | {"amount_paid": "1.00", "currency": "USD", "event_id": "e32"}
    alone = order | {"amount_paid": "1.00", "event_id": "e33"}
    del alone["group_id"]
    pipeline.send_raw(
        "community.order", [json.dumps(order).encode(), json.dumps(foreign).encode()], HOME
    )
    alone_home = partition_for(routing_key("", alone["user_id"], ""), 4)
    pipeline.send_raw("community.order", [json.dumps(alone).encode()], alone_home)
    leave = value(34, event_type="leave", leave_kind="self", message_id=None, msg_type=None)
    pipeline.send_raw("community.leave", [leave], HOME)

    pipeline.start()
    total = len(values) + 5
    expected = Counter(reason for _, reason in REJECTED.values())
    expected.update(misrouted=1, negative_amount=1, foreign_currency=1)
    # The worker publishes its own letters to the topic, and reads them there: counted, not stored.
    letters = expected.total()
    pipeline.wait_records(total + letters)
    found: Counter[str] = Counter()
    for (name, labels), number in pipeline.samples().items():
        if name == "community_pipeline_records_total" and ("outcome", "rejected") in labels:
            found[dict(labels)["reason"]] += int(number)
    assert +found == expected
    counted = pipeline.total("community_pipeline_records_total", outcome="counted")
    assert counted == len(ACCEPTED) + 2 + letters
    pipeline.stop()

    store = pipeline.open_store()
    rows = store.query("SELECT reason, payload, payload_bytes FROM v_dead_letter")
    assert Counter(rows["reason"].to_list()) == expected
    kept = {base64.b64decode(payload) for payload in rows["payload"]}
    assert all((bad or b"")[: 64 * 1024] in kept for bad, _ in REJECTED.values())
    ids = set(store.query("SELECT event_id FROM v_chat")["event_id"])
    assert ids == {"e20", "a\"\\\n\t😀'%(x)s", "e22", "e23", "e24", "e25"}
    store.close()


def test_copies_count_once_and_another_time_is_another_event(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    first = value(1, event_time=wall_ms() - 5 * DAY_MS)
    other_time = value(1, event_time=wall_ms() - 4 * DAY_MS)
    pipeline.start()
    pipeline.send_raw("community.chat", [first, first, other_time], HOME)
    pipeline.wait_records(3)
    pipeline.send_raw("community.chat", [first], HOME)
    pipeline.wait_records(4)
    name = "community_pipeline_records_total"
    assert pipeline.total(name, outcome="counted") == 2
    assert pipeline.total(name, outcome="duplicate") == 2
    pipeline.stop()


def test_one_batch_over_26_years(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    months = [
        datetime(year, month, 3, tzinfo=UTC) for year in range(2000, 2026) for month in range(1, 13)
    ]
    values = [
        value(number, event_time=int(month.timestamp() * 1000))
        for number, month in enumerate(months)
    ]
    pipeline.send_raw("community.chat", values, HOME)
    pipeline.start()
    pipeline.wait_records(len(values))
    pipeline.stop()
    store = pipeline.open_store()
    found = store.query("SELECT toInt64(uniqExact(toYYYYMM(event_date))) AS months FROM fact_chat")
    assert found["months"][0] == 26 * 12
    store.close()


def test_a_bad_line_of_an_import_is_named_and_kept(
    make_pipeline: Callable[[], Pipeline],
) -> None:
    pipeline = make_pipeline()
    good = parse(value(1))
    assert isinstance(good, Chat) and not isinstance(good, Rejection)
    path = pipeline.folder / "events.jsonl"
    path.write_bytes(to_wire(good) + b"\n{broken\n" + value(2, text_len=-1) + b"\n")
    told = pipeline.pulse("import", "jsonl", str(path))
    assert "events.jsonl:2 not_json" in told.replace("\n", " ")
    assert "events.jsonl:3 wrong_type" in told.replace("\n", " ")
    again = json.loads(pipeline.pulse("import", "jsonl", str(path), "--json", errors=False))
    assert again["rejected"] == {"not_json": 1, "wrong_type": 1}
    pipeline.start()
    pipeline.wait_records(2 + 4)
    pipeline.stop()
    store = pipeline.open_store()
    letters = store.query("SELECT topic, offset, reason FROM v_dead_letter ORDER BY offset")
    assert letters["offset"].to_list() == [2, 3]
    assert letters["reason"].to_list() == ["not_json", "wrong_type"]
    store.close()
