"""Which offset Faust commits, and when: decision `commit-order.md`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import faust
import pytest
from aiokafka import AIOKafkaConsumer
from faust.types import TP

from agents.app import PulseApp
from agents.transport import Batch, BatchSchema
from pipeline.core.records import Record, Records
from tests.faust.conftest import PLACE, ack, committable, message


async def test_a_record_in_flight_is_committed_past(stock: faust.App) -> None:
    """Where the next record to be done is 2585 and those after it are acked, Faust commits 2590.

    It asks whether more than one offset is missing at the head, so a single one is not missed: a
    crash then loses it. We ack in offset order, with one agent per topic and one committer
    (tests/agents/test_commit.py: many batches are acked in order), so nothing is ever missing at
    the head.
    """
    stock.consumer._committed_offset[PLACE] = 2585
    ack(stock, 2586, 2587, 2588, 2589)
    assert committable(stock) == 2590
    ack(stock, 2592)
    stock.consumer._committed_offset[PLACE] = 2590
    assert committable(stock) is None  # two are missing: that it sees


async def test_a_batch_in_flight_is_taken_for_a_gap(stock: faust.App, ours: PulseApp) -> None:
    """Faust takes the offsets between two messages for records that the log has compacted away.

    Our messages are batches, here 50..99 and 100..250: with only the second acked it would hold
    the first for gone, write out each of its offsets, and commit past it. `BatchConsumer` keeps no
    gaps; it commits the end of the last acked batch, and batches are acked in order.
    """
    for app in (stock, ours):
        app.consumer._committed_offset[PLACE] = 50
        await app.consumer._add_gap(PLACE, 51, 99)
        await app.consumer._add_gap(PLACE, 100, 250)
    assert committable(stock) is None
    ack(stock, 250)
    assert committable(stock) == 251

    assert not ours.consumer._gap[PLACE]
    ack(ours, 99)
    assert committable(ours) == 100
    ack(ours, 250)
    assert committable(ours) == 251


async def test_a_record_that_cannot_be_decoded_is_acked_before_those_in_front(
    stock: faust.App, ours: PulseApp
) -> None:
    """Offset 100 is no JSON, 0..99 are still queued: Faust acks 100, and commits 101.

    With nothing committed yet there is no head to compare with, so a crash loses a hundred
    records; and the error is thrown into the agent. Our schema decodes nothing: bytes of any kind
    arrive in the agent, and are judged in the committer, in order.
    """
    stock._producer = Mock(buffer=Mock(wait_until_ebb=AsyncMock()))
    typed = stock.topic(PLACE.topic, value_type=dict, value_serializer="json")
    await stock.topics._build_handler(PLACE, {typed})(message(100, b"{nope"))
    assert committable(stock) == 101
    assert len(typed.queue._errors) == 1

    ours._producer = Mock(buffer=Mock(wait_until_ebb=AsyncMock()))
    raw = ours.topic(PLACE.topic, schema=BatchSchema())
    records = Records.of(Record(offset, 0, b"\xff{nope", ()) for offset in range(100, 103))
    batch = Batch(PLACE.topic, PLACE.partition, records, ours.room)
    await ours.topics._build_handler(PLACE, {raw})(message(batch.offset, batch))
    assert committable(ours) is None
    assert not raw.queue._errors
    assert raw.queue.get_nowait().value is batch


@pytest.mark.parametrize("which", ["stock", "ours"])
async def test_acks_are_forgotten_before_the_last_commit_of_a_revoke(
    which: str, stock: faust.App, ours: PulseApp
) -> None:
    """On a rebalance Faust drops the acks of the partition first, then commits: nothing.

    Whatever was done since the last commit is read again, and counted again by a program that
    adds. Ours has this as well; it costs a replay, and the fence in each window's version makes
    the replay change nothing (tests/agents/test_commit.py: a rebalance drops the cache;
    tests/integration/test_flow.py: a full replay changes nothing). Upstream: faust-streaming#502.
    """
    app = {"stock": stock, "ours": ours}[which]
    app.consumer._committed_offset[PLACE] = 5
    ack(app, 5, 6, 7)
    seen: list[int | None] = []

    async def last_commit(_: Any) -> None:
        seen.append(committable(app))

    app.consumer._on_partitions_revoked = last_commit
    await app.consumer.on_partitions_revoked({PLACE})
    assert seen == [None]


@pytest.mark.parametrize("which", ["stock", "ours"])
async def test_a_failed_commit_is_remembered_as_done(
    which: str, stock: faust.App, ours: PulseApp
) -> None:
    """The broker refuses the commit of 8; Faust notes 8 as committed and forgets the acks.

    A lag reckoned from that number lies, and the offset stays behind until more is acked. What
    was acked is in the store, so for us it is a replay at most; the lag we show is that of what
    is stored (agents/lag.py). The next commit that succeeds covers it. Upstream:
    faust-streaming#316.
    """
    app = {"stock": stock, "ours": ours}[which]
    app._producer = Mock(flush=AsyncMock())
    app.consumer._committed_offset[PLACE] = 5
    app.consumer._commit = AsyncMock(return_value=False)
    ack(app, 5, 6, 7)
    assert await app.consumer.commit() is False
    assert app.consumer._committed_offset[PLACE] == 8
    assert committable(app) is None

    app.consumer._commit = AsyncMock(return_value=True)
    ack(app, 8)
    assert await app.consumer.commit() is True
    app.consumer._commit.assert_awaited_once_with({PLACE: 9})


async def test_a_partition_without_a_commit_is_not_sought() -> None:
    """After a rebalance Faust drops what it had fetched, and seeks to what is committed.

    aiokafka does not move a partition of which nothing, or 0, is committed: it reads on behind
    what was dropped, which is lost. `BatchConsumer` seeks it to its start
    (tests/agents/test_transport.py).
    """
    consumer = object.__new__(AIOKafkaConsumer)
    places = [TP("community.chat", number) for number in range(3)]
    consumer._subscription = SimpleNamespace(assigned_partitions=lambda: places)
    consumer._fetcher = Mock()
    consumer.committed = AsyncMock(side_effect=[None, 0, 7])
    assert await consumer.seek_to_committed() == dict(zip(places, [None, 0, 7], strict=True))
    consumer._fetcher.seek_to.assert_called_once_with(places[2], 7)
    consumer._closed = True  # it was never started
