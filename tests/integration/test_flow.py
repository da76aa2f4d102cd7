"""From the broker to facts, windows and gauges, with a real worker."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable

import pytest

from pipeline.clock import wall_ms
from schemas.chat import Chat
from schemas.commerce import Order
from schemas.event import Event
from schemas.heartbeat import Heartbeat
from schemas.membership import Join
from sinks.store import Store
from tests.integration.conftest import KEY_ID, Pipeline

pytestmark = pytest.mark.server

HOUR_MS = 3_600_000


def person(number: int) -> str:
    return f"{number:032x}"


def community(count: int, *, until_ms: int, seed: int = 1) -> list[Event]:
    """Joins two days ago, then chats and paid orders over the last ten hours; ids all new."""
    rng = random.Random(seed)
    events: list[Event] = [
        Join(
            event_id=f"j{group}-{member}", event_time=until_ms - 48 * HOUR_MS + member,
            source="test", key_id=KEY_ID, group_id=f"g{group}", user_id=person(member),
            join_method="qr",
        )
        for group in range(5)
        for member in range(20)
    ]  # fmt: skip
    for number in range(count):
        common = {
            "event_id": f"e{number}",
            "event_time": until_ms - rng.randrange(10 * HOUR_MS),
            "source": "test",
            "key_id": KEY_ID,
            "group_id": f"g{rng.randrange(5)}",
            "user_id": person(rng.randrange(20)),
        }
        if number % 20:
            events.append(Chat(**common, message_id=f"m{number}", msg_type="text"))
        else:
            paid = {"status": "paid", "amount_paid": "12.34", "currency": "GBP"}
            events.append(Order.model_validate({**common, "order_id": f"o{number}", **paid}))
    return events


def truth(events: list[Event]) -> Counter[tuple[str, int, str]]:
    """Messages and paid orders per group and minute."""
    names = {"chat": "messages", "order": "paid_orders", "join": "join_events"}
    return Counter(
        (event.group_id or "", event.event_time // 60_000, names[event.event_type])
        for event in events
    )


def windows(store: Store) -> Counter[tuple[str, int, str]]:
    rows = store.query(
        "SELECT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, messages, paid_orders,"
        " join_events FROM v_group_minute"
    )
    return Counter(
        {
            (group_id, minute, name): value
            for group_id, minute, *values in rows.iter_rows()
            for name, value in zip(("messages", "paid_orders", "join_events"), values, strict=True)
            if value
        }
    )


def facts(store: Store, *types: str) -> int:
    return sum(
        int(store.query(f"SELECT toInt64(count()) AS n FROM v_{name}")["n"][0]) for name in types
    )


BEHIND = [sys.executable, "-m", "tests.integration.broken_worker", "views_behind"]


@pytest.mark.parametrize("command", [None, BEHIND], ids=["as it is", "live views always behind"])
def test_events_become_facts_windows_and_gauges(
    make_pipeline: Callable[[], Pipeline], command: list[str] | None
) -> None:
    pipeline = make_pipeline()
    now = wall_ms()
    events = community(2_000, until_ms=now - 2 * HOUR_MS)
    pipeline.start(command)
    pipeline.send(events)
    pipeline.send([Heartbeat(event_id="hb", event_time=now, source="test", partition=0)])
    pipeline.wait_records(len(events) + 1)
    pipeline.wait_until_drained()
    pipeline.wait_for(lambda: pipeline.total("community_member_count") == 100)
    assert pipeline.total("community_daily_active_denominator", signal="slow") == 100
    chatters = {(e.group_id, e.user_id) for e in events if isinstance(e, Chat)}
    assert pipeline.total("community_daily_active_numerator", signal="slow") == len(chatters)
    assert pipeline.total("community_pipeline_records_total", outcome="counted") == len(events) + 1
    pipeline.stop()
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    assert facts(store, "chat", "join", "order") == len(events)
    store.close()


def test_kill_9_in_the_middle_changes_no_total(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    events = community(60_000, until_ms=wall_ms() - HOUR_MS)
    copies = random.Random(2).sample(events, 2_000)
    deaths = 0
    for part in (events[:20_000], events[20_000:40_000], events[40_000:] + copies):
        # Sent only now, so that every start finds records to take.
        pipeline.send(part)
        pipeline.start()
        pipeline.wait_for(lambda: pipeline.total("community_pipeline_records_total") > 0)
        pipeline.kill()
        deaths += 1
    pipeline.start()
    pipeline.wait_until_drained()
    pipeline.stop()
    store = pipeline.open_store()
    assert deaths == 3
    assert windows(store) == truth(events)
    assert facts(store, "chat", "join", "order") == len(events)
    store.close()


def test_a_full_replay_changes_nothing(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    events = community(3_000, until_ms=wall_ms() - HOUR_MS)
    pipeline.send(events)
    for group in ("first", "second"):
        pipeline.start(PULSE_GROUP=group)
        pipeline.wait_records(len(events))
        outcome = "counted" if group == "first" else "replayed"
        assert pipeline.total("community_pipeline_records_total", outcome=outcome) == len(events)
        pipeline.stop()
        time.sleep(0.1)
    store = pipeline.open_store()
    assert windows(store) == truth(events)
    store.close()


def test_faust_runs_the_worker_as_well(make_pipeline: Callable[[], Pipeline]) -> None:
    pipeline = make_pipeline()
    events = community(200, until_ms=wall_ms())
    pipeline.send(events)
    pipeline.start([sys.executable, "-m", "faust", "-A", "agents.app", "worker", "-l", "info"])
    pipeline.wait_records(len(events))
    pipeline.stop()
