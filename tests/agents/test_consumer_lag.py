"""Where records wait, by what the consumer knows and what the broker says; both stood in for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from agents.consumer_lag import ConsumerLag
from agents.lag import FRESH_MS
from agents.transport import Room

CHAT = TopicPartition("community.chat", 3)
NOW = 1_000_000


class Client:
    """An aiokafka consumer with one partition."""

    def __init__(self) -> None:
        self.state = SimpleNamespace(
            highwater=10, timestamp=NOW, position=10, has_valid_position=True
        )
        self.ends: dict[TopicPartition, int] | None = {CHAT: 10}
        self.asked = 0
        assignment = SimpleNamespace(tps={CHAT}, state_value=lambda _: self.state)
        self._subscription = SimpleNamespace(subscription=SimpleNamespace(assignment=assignment))

    async def end_offsets(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        assert places == [CHAT]
        self.asked += 1
        if self.ends is None:
            raise KafkaError
        return self.ends


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def lag(client: Client) -> Iterator[ConsumerLag]:
    loop = asyncio.new_event_loop()
    running = threading.Thread(target=loop.run_forever)
    running.start()
    consumer = SimpleNamespace(
        _committed_offset={("community.chat", 3): 4},
        _thread=SimpleNamespace(_consumer=client, thread_loop=loop),
    )
    app: Any = SimpleNamespace(room=Room(100), consumer=consumer, _consumer=consumer)
    yield ConsumerLag(app)
    loop.call_soon_threadsafe(loop.stop)
    running.join()
    loop.close()


def test_what_is_fetched_and_not_stored_waits(client: Client, lag: ConsumerLag) -> None:
    lag._app.room.fetched[CHAT.topic, CHAT.partition] = 10
    assert lag.waiting(NOW) == {("community.chat", 3): 4}
    lag.meter.stored(("community.chat", 3), 7, NOW)
    assert lag.waiting(NOW) == {("community.chat", 3): 8}
    lag.meter.stored(("community.chat", 3), 9, NOW)
    assert lag.waiting(NOW) == {}
    assert client.asked == 0


def test_what_the_broker_has_and_nobody_fetches_waits(client: Client, lag: ConsumerLag) -> None:
    client.state.position = 9
    assert lag.waiting(NOW) == {("community.chat", 3): 4}
    client.state.has_valid_position = False
    assert lag.waiting(NOW) == {("community.chat", 3): 4}


def test_a_transactions_marker_at_the_end_does_not_wait(lag: ConsumerLag) -> None:
    lag._app.room.fetched[CHAT.topic, CHAT.partition] = 9
    lag.meter.stored(("community.chat", 3), 8, NOW)
    assert lag.waiting(NOW) == {}


def test_the_broker_is_asked_about_what_was_not_polled_of_late(
    client: Client, lag: ConsumerLag
) -> None:
    client.ends = {CHAT: 12}
    assert lag.waiting(NOW + FRESH_MS + 1) == {("community.chat", 3): 4}
    client.ends = {CHAT: 4}
    assert lag.waiting(NOW + FRESH_MS + 1) == {}
    client.state.timestamp = client.state.highwater = None
    client.ends = {CHAT: 12}
    assert lag.waiting(NOW) == {("community.chat", 3): 4}


def test_before_there_is_a_consumer_nothing_is_known() -> None:
    app: Any = SimpleNamespace(_consumer=None)
    lag = ConsumerLag(app)
    assert (lag.begun, lag.waiting(NOW), lag.measure(NOW)) == (False, {}, {})


def test_the_consumers_loop_gives_signs_of_life(lag: ConsumerLag) -> None:
    before = lag.poke()
    deadline = time.monotonic() + 60
    while lag.poke() == before:
        assert time.monotonic() < deadline


def test_nothing_waits_while_the_broker_is_away(client: Client, lag: ConsumerLag) -> None:
    client.ends = None
    assert lag.waiting(NOW + FRESH_MS + 1) == {}
    assert client.asked == 1
