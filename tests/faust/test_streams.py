"""What a stream acks that nobody processed: decision `commit-order.md`."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import faust
import pytest
from faust import streams
from faust.events import Event

from agents import app as our_app
from agents.app import PulseApp
from pipeline.errors import SettingsError
from tests.faust.conftest import PLACE, committable, message


async def queued(app: Any, *offsets: int, generation: int = 1) -> Any:
    """A stream with records waiting in it."""
    stream = app.channel().stream()
    for offset in offsets:
        found = message(offset, generation=generation)
        found.refcount = 1
        await stream.channel.queue.put(Event(app, None, found.value, {}, found))
    return stream


async def test_a_record_whose_processing_raised_is_acked(stock: faust.App) -> None:
    """Faust acks in a `finally`, so the record that raised is committed, and lost.

    Upstream: faust-streaming#189, #315.
    """
    with pytest.raises(ZeroDivisionError):
        async with aclosing(aiter(await queued(stock, 10))) as values:
            async for _ in values:
                raise ZeroDivisionError
    assert committable(stock) == 11


async def test_ours_is_not_acked_before_we_say_so(ours: PulseApp) -> None:
    """Our agents take events unacked, and the committer acks what is stored.

    What raises there leaves the process (tests/agents/test_commit.py: an error that is not about
    rows leaves the process), as a later ack would commit past it.
    """
    with pytest.raises(ZeroDivisionError):
        async with aclosing(aiter((await queued(ours, 10)).noack())) as values:
            async for _ in values:
                raise ZeroDivisionError
    assert committable(ours) is None
    async for event in (await queued(ours, 11)).noack().events():
        event.ack()
        break
    assert committable(ours) == 12


@pytest.mark.parametrize(("iterator", "acked"), [("_c_aiter", None), ("_py_aiter", 32)])
async def test_what_a_rebalance_left_in_a_stream_is_acked_unread_by_python(
    iterator: str, acked: int | None, ours: PulseApp
) -> None:
    """Records of before a rebalance are skipped; the Python iterator acks them, noack or not.

    The partition may be read from below again at that moment, and a commit past 31 loses what lies
    between. The compiled iterator does not ack what it skips: the worker runs only with that.
    """
    stream = (await queued(ours, 31, generation=0)).noack()
    values = getattr(stream, iterator)()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(values), 1.0)
    assert committable(ours) == acked


async def test_the_compiled_iterator_is_the_one_that_runs(ours: PulseApp) -> None:
    stream = (await queued(ours, 1)).noack()
    assert streams._CStreamIterator is not None
    assert aiter(stream).__qualname__ == "Stream._c_aiter"
    assert PLACE.topic in ours.topics.acking_topics


def test_without_it_no_worker_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "_CStreamIterator", None)
    with pytest.raises(SettingsError, match="NO_CYTHON"):
        our_app.require_compiled_streams()
