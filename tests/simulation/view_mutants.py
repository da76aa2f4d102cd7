"""Known-wrong variants of the live view and its keeper: see mutants.py."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

import polars as pl

from agents import commit
from agents.live import LiveKeeper, _Standing
from agents.live_facts import NOWHERE
from pipeline.core.live import LiveView
from schemas.event_type import EventType
from sinks.topics import topic_of
from tests.simulation.history import FIRST_MINUTE

MOVES = (EventType.JOIN, EventType.LEAVE)


def netting_by_the_clock() -> AbstractContextManager[object]:
    """A leave and a re-join are netted by when they are processed, not by when they happened."""
    real = LiveView.apply

    def apply(self: LiveView, event_type: EventType, facts: pl.DataFrame) -> None:
        now_ms = int(FIRST_MINUTE * 60_000 + commit.time.monotonic() * 1000)
        real(self, event_type, facts.with_columns(event_ms=pl.lit(now_ms)))

    return patch.object(LiveView, "apply", apply)


def view_blind_to_replays() -> AbstractContextManager[object]:
    """A live view misses what the owner before stored after the view was read."""
    real = LiveKeeper.take

    def take(self: LiveKeeper, counted: Any, _: Any) -> None:
        real(self, counted, {})

    return patch.object(LiveKeeper, "take", take)


def view_goes_on_over_a_gap() -> AbstractContextManager[object]:
    """A live view that was behind goes on with the next commit, without what it has missed."""
    real = LiveKeeper._read

    def read(self: LiveKeeper, partition: int) -> None:
        if partition not in self._standings:
            real(self, partition)

    return patch.object(LiveKeeper, "_read", read)


def view_reads_beside_what_is_open() -> AbstractContextManager[object]:
    """A view that passed facts by reads on before the stored offsets tell of them."""
    real = LiveKeeper.read_on

    def read_on(self: LiveKeeper, partitions: Iterable[int], now_ms: int) -> None:
        self.durable()
        real(self, partitions, now_ms)

    return patch.object(LiveKeeper, "read_on", read_on)


def view_reads_facts_first() -> AbstractContextManager[object]:
    """A live view reads what facts there are, and only then up to which offsets all is stored."""

    def read(self: LiveKeeper, partition: int) -> None:
        view = LiveView(self._grace_ms)
        view.advance(self._now_ms)
        facts = {
            kind: self._facts.between(kind, partition, None, 10**9, now_ms=0) for kind in MOVES
        }
        reached = self._facts.reached(partition)
        for kind, its_facts in facts.items():
            view.apply(kind, its_facts)
        self._standings[partition] = _Standing(
            view, {topic_of(kind): reached.get(topic_of(kind), NOWHERE) for kind in facts}
        )

    return patch.object(LiveKeeper, "_read", read)
