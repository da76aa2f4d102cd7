"""How a change of a Faust table gets lost on its way to the log: decision `no-faust-table.md`."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import Mock

import pytest
from faust.transport.producer import ProducerBuffer

from agents.app import PulseApp


@pytest.fixture
async def buffer() -> ProducerBuffer:
    """Faust's producer buffer; `may_send` holds its sends back, as a missing leader does."""
    made = ProducerBuffer()
    made.app = Mock()
    made.app.conf.producer_threaded = False
    made.may_send = asyncio.Event()

    async def send(_: Any) -> None:
        await made.may_send.wait()

    made._send_pending = send
    await made.start()
    return made


async def test_a_flush_gives_up_while_records_wait(buffer: ProducerBuffer) -> None:
    """`flush` returns after a tenth of a second without a send, and raises nothing.

    The offsets are committed next, with the changes of the table still unsent: a crash then loses
    them for good, as their events are never read again. No change of ours goes this way.
    """
    for _ in range(50):
        buffer.pending.put_nowait(Mock())
    await buffer.flush()
    assert buffer.size == 49  # one more is taken out and not sent
    buffer.may_send.set()
    await asyncio.sleep(0)
    await buffer.flush()
    await buffer.stop()


async def test_a_stop_drops_what_waits(buffer: ProducerBuffer) -> None:
    """A worker that is asked to stop raises while records wait, and leaves them unsent."""
    for _ in range(3):
        buffer.pending.put_nowait(Mock())
    with pytest.raises(RuntimeError, match="not Running"):
        await buffer.stop()
    assert buffer.size > 0


async def test_nothing_of_ours_goes_through_faust(ours: PulseApp) -> None:
    """No table, so no changelog; dead letters go by a producer of our own, stored before."""
    assert not ours.tables.data
    assert ours.conf.table_standby_replicas == 0
    assert ours.conf.processing_guarantee.name == "AT_LEAST_ONCE"
