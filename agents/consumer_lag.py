"""Reads the consumer's side of the lag: end offsets and poll times of what is assigned."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import TimeoutError as NoAnswer
from typing import Any

from aiokafka import TopicPartition as AskedPartition
from aiokafka.errors import KafkaError

from agents.lag import FRESH_MS, Lag, LagMeter, TopicPartition
from agents.transport import BatchApp

ASK_S = 5.0


class ConsumerLag:
    """Lag of every assigned topic partition. May be asked from any thread but the consumer's."""

    def __init__(self, app: BatchApp) -> None:
        self._app = app
        self.meter = LagMeter()
        self._beats = 0

    @property
    def begun(self) -> bool:
        """Whether there is a consumer to ask."""
        return self._app._consumer is not None and self._app.consumer._thread._consumer is not None

    def poke(self) -> int:
        """Ask a sign of life of the consumer's own event loop; how many it has given."""
        self._app.consumer._thread.thread_loop.call_soon_threadsafe(self._beat)
        return self._beats

    def measure(self, now_ms: int) -> dict[TopicPartition, Lag]:
        """Lag by (topic, partition) at wall time `now_ms`; empty while nothing is assigned."""
        return {
            place: self.meter.measure(
                place,
                end_offset=state.highwater,
                polled_ms=state.timestamp,
                committed=self.committed(*place),
                now_ms=now_ms,
            )
            for place, state in self._states()
        }

    def committed(self, topic: str, partition: int) -> int:
        """The next offset as the broker knows it, 0 if it knows none."""
        return self._app.consumer._committed_offset.get((topic, partition)) or 0

    def waiting(self, now_ms: int) -> dict[TopicPartition, int]:
        """Where records wait to be stored: the offset up to which all is stored.

        What was not polled of late is asked of the broker, and waits for nothing while that does
        not answer. A transaction's marker is the end of its partition and no record: it does not
        wait.
        """
        found: dict[TopicPartition, int] = {}
        silent: list[tuple[TopicPartition, Any, int]] = []
        for place, state in self._states():
            stored = self.meter.next_offset(place, committed=self.committed(*place))
            if state.timestamp is None or now_ms - state.timestamp > FRESH_MS:
                silent.append((place, state, stored))
            elif self._waits(place, state, stored, state.highwater):
                found[place] = stored
        ends = self._ask([place for place, _, _ in silent]) if silent else {}
        for place, state, stored in silent:
            if self._waits(place, state, stored, ends.get(place, 0)):
                found[place] = stored
        return found

    def _waits(self, place: TopicPartition, state: Any, stored: int, end: int) -> bool:
        to_fetch = not state.has_valid_position or state.position < end
        return stored < end and (to_fetch or self._app.room.fetched.get(place, 0) > stored)

    def _ask(self, places: list[TopicPartition]) -> dict[TopicPartition, int]:
        """Ends of the partitions as the broker tells them now; none if it does not answer."""
        thread = self._app.consumer._thread
        asked = thread._consumer.end_offsets([AskedPartition(*place) for place in places])
        answer = asyncio.run_coroutine_threadsafe(asked, thread.thread_loop)
        try:
            ends = answer.result(ASK_S)
        except (NoAnswer, KafkaError):
            answer.cancel()
            return {}
        return {(tp.topic, tp.partition): end for tp, end in ends.items()}

    def _states(self) -> Iterator[tuple[TopicPartition, Any]]:
        if not self.begun:
            return
        subscription = self._app.consumer._thread._consumer._subscription.subscription
        assignment = subscription and subscription.assignment
        for tp in assignment.tps if assignment else ():
            yield (tp.topic, tp.partition), assignment.state_value(tp)

    def _beat(self) -> None:
        self._beats += 1
