"""What Faust 0.15.3 does that would lose or double events, held still.

Each test shows one bug of the installed Faust, and beside it, where it applies, that the worker
does not have it. A test that fails after an upgrade is good news or bad: read the decision it
names, look whether our own part is still right with the new Faust, then change the test.

Nothing here needs a broker: a consumer that was never started keeps the same books.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import faust
import pytest
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.app import PulseApp, create_app
from pipeline.settings import KafkaSettings, Settings

PLACE = TP("community.chat", 0)
NOWHERE = "127.0.0.1:1"


@pytest.fixture
async def stock() -> faust.App:
    """Faust as it comes."""
    app = faust.App(
        "stock", broker=f"kafka://{NOWHERE}", store="memory://", web_enabled=False,
        topic_allow_declare=False,
    )  # fmt: skip
    return keep_books(app)


@pytest.fixture
async def ours(tmp_path: Path) -> PulseApp:
    """The worker's app, as `pulse worker` makes it."""
    settings = Settings(
        kafka=KafkaSettings(bootstrap=NOWHERE),
        store=f"chdb:{tmp_path}/store",
        state_dir=tmp_path / "state",
        pseudonym_key="a key of the tests only",
        currency="GBP",
    )
    return keep_books(create_app(settings))


def keep_books(app: Any) -> Any:
    """Give the app a consumer that was assigned PLACE and has committed nothing."""

    async def ignore(*_: Any) -> None:
        pass

    app.finalize()
    app.consumer_generation_id = 1
    app.flow_control.resume()
    app.topics._acking_topics.add(PLACE.topic)
    app._consumer = app.transport.Consumer(
        app.transport, ignore, ignore, ignore, loop=asyncio.get_running_loop()
    )
    app._consumer.assignment = lambda: {PLACE}
    return app


def message(offset: int, value: Any = b"{}", *, generation: int = 1) -> ConsumerMessage:
    """A record of PLACE as the consumer hands it to a stream."""
    return ConsumerMessage(
        PLACE.topic, PLACE.partition, offset, 0.0, 0, [], None, value, None, tp=PLACE,
        generation_id=generation,
    )  # fmt: skip


def ack(app: Any, *offsets: int) -> None:
    """Ack the records at these offsets, in this order."""
    for offset in offsets:
        app.consumer.ack(message(offset))


def committable(app: Any) -> int | None:
    """The offset a commit would write now, None for no commit."""
    found: int | None = app.consumer._filter_committable_offsets([PLACE]).get(PLACE)
    return found
