"""Every type of event goes all the way: facts, windows, copies, dead letters, audit."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal

import pytest

from pipeline.clock import wall_ms
from schemas.event import Event, to_wire
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES
from sinks.topics import topic_of
from tests.integration.conftest import KEY_ID, Pipeline
from tests.schemas.events import example

pytestmark = pytest.mark.server

EACH = 3
"""Events of each type."""

SUMS = {
    **dict.fromkeys(("messages", "join_events", "leave_events", "paid_orders", "refunds"), EACH),
    **dict.fromkeys(("page_views", "likes", "topics_started", "invites_sent"), EACH),
    **dict.fromkeys(("pushes_delivered", "contacts_added", "attendances", "checkins"), EACH),
    **dict.fromkeys(("session_replies", "reviews", "staff_actions", "tag_changes"), EACH),
    "gmv": EACH * Decimal("12.50"),
    "refund_amount": EACH * Decimal("12.50"),
    "spend_amount": EACH * Decimal("99.90"),
}
"""What the windows of the events add up to."""


def events(event_type: EventType, until_ms: int) -> list[Event]:
    changes: dict[str, object] = {"action": "page_view"} if event_type is EventType.VIEW else {}
    if event_type in (EventType.ORDER, EventType.REFUND, EventType.SPEND):
        changes["currency"] = "GBP"
    return [
        example(
            event_type,
            event_id=f"{event_type} {number}",
            event_time=until_ms - 90_000 * number,
            group_id=f"g{number}",
            key_id=KEY_ID,
            **changes,
        )
        for number in range(EACH)
    ]


def malformed(event: Event) -> bytes:
    """The event's record without the last of its fields, which its type has and needs."""
    needed = [name for name, field in type(event).model_fields.items() if field.is_required()][-1]
    fields = json.loads(to_wire(event))
    del fields[needed]
    return json.dumps({**fields, "event_id": "malformed"}).encode()


@pytest.mark.parametrize("on_server", [False, True], ids=["embedded", "server"])
def test_every_type_goes_all_the_way(
    make_pipeline: Callable[..., Pipeline], database: str, on_server: bool
) -> None:
    pipeline = make_pipeline(database if on_server else "")
    until_ms = wall_ms() - 3_600_000
    by_type = {each: events(each, until_ms) for each in FACT_TYPES}
    sent = [event for its_events in by_type.values() for event in its_events]
    pipeline.send(sent)
    pipeline.send(sent)
    for event_type, its_events in by_type.items():
        pipeline.send_raw(topic_of(event_type), [malformed(its_events[0])], 0)
    pipeline.start()
    pipeline.wait_records(2 * len(sent) + len(FACT_TYPES))
    pipeline.wait_until_drained()
    for topic in map(topic_of, FACT_TYPES):
        for outcome, count in {"counted": EACH, "duplicate": EACH, "rejected": 1}.items():
            found = pipeline.total("community_pipeline_records_total", topic=topic, outcome=outcome)
            assert (topic, outcome, found) == (topic, outcome, count)
    pipeline.stop()

    store = pipeline.open_store()
    for event_type in FACT_TYPES:
        assert store.query(f"SELECT count() AS n FROM v_{event_type}").item() == EACH
    columns = ", ".join(f"sum({column}) AS {column}" for column in SUMS)
    assert store.query(f"SELECT {columns} FROM v_group_minute").row(0, named=True) == SUMS
    letters = store.query("SELECT topic, reason FROM v_dead_letter ORDER BY topic")
    assert letters.rows() == [
        (topic, "missing_field") for topic in sorted(map(topic_of, FACT_TYPES))
    ]
    store.close()
    assert json.loads(pipeline.pulse("audit", "--json"))["mismatches"] == 0
