"""Operation `rebuild.windows`: minute windows computed anew from the facts, beside the workers.

Nothing is written to the windows here: an order goes into the log of each partition concerned, one
for each day, and the worker that owns the partition obeys it at that offset (agents/folder.py).
So no two ever write a window by different knowledge, whatever dies meanwhile. Cut off anywhere,
the orders that were written are obeyed; writing them again does no harm.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agents.readthrough import stored_ends
from pipeline.core.measures import MINUTE_MS
from pipeline.operations.operation import Context
from pipeline.settings import DAY_MS
from schemas.control import RebuildWindows
from schemas.facts import FACTS
from sinks.kafka import EventWriter
from sinks.store import Store

NAME = "rebuild.windows"
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 60.0
"""An order that no worker has obeyed after this long without any progress is left to itself."""

_MINUTES_A_DAY = DAY_MS // MINUTE_MS

_PLACES = """
SELECT topic, partition, intDiv({minute}, 1440) AS day FROM {table}
WHERE event_date >= %(first_date)s AND event_date <= %(last_date)s AND epoch = %(epoch)s
  AND {minute} >= %(from)s AND {minute} < %(until)s
GROUP BY topic, partition, day
"""
_MINUTE_OF_A_WINDOW = "toInt64(intDiv(toUInt32(minute), 60))"
_MINUTE_OF_A_FACT = "intDiv(event_ms, 60000)"


@dataclass(frozen=True)
class Placed:
    """An order and where it lies, or is to lie, in the log."""

    topic: str
    partition: int
    order: RebuildWindows
    offset: int = -1


def plan(store: Store, *, from_ms: int, until_ms: int, epoch: int) -> list[Placed]:
    """The orders that rebuild every window of [from_ms, until_ms), whole minutes.

    One for each day of each partition that has windows or facts there. Raises Retryable or Fatal.
    """
    span = {
        "first_date": datetime.fromtimestamp(from_ms / 1000, UTC).date(),
        "last_date": datetime.fromtimestamp((until_ms - 1) / 1000, UTC).date(),
        "from": from_ms // MINUTE_MS,
        "until": -(-until_ms // MINUTE_MS),
        "epoch": epoch,
    }
    found: set[tuple[str, int, int]] = set()
    for table, minute in _tables():
        query = _PLACES.format(table=table, minute=minute)
        found.update(store.query(query, span).iter_rows())
    return [
        Placed(
            topic,
            partition,
            RebuildWindows(
                from_minute=max(from_ms // MINUTE_MS, day * _MINUTES_A_DAY),
                until_minute=min(-(-until_ms // MINUTE_MS), (day + 1) * _MINUTES_A_DAY),
            ),
        )
        for topic, partition, day in sorted(found, key=lambda place: (place[2], place))
    ]


def windows(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Order the windows of [`from_ms`, `until_ms`) to be rebuilt; with `wait`, until they are.

    The result counts `orders` and `obeyed`. Raises BrokerError, Retryable or Fatal.
    """
    epoch = context.settings.epoch
    planned = plan(
        context.store, from_ms=arguments["from_ms"], until_ms=arguments["until_ms"], epoch=epoch
    )
    placed = _write(context, planned) if planned else []
    obeyed = 0
    if arguments["wait"]:
        for obeyed in _obeyed(context, placed, epoch):
            context.progress("Days of partitions rebuilt", obeyed, len(placed))
    return {"orders": len(placed), "obeyed": obeyed}


def _write(context: Context, planned: Sequence[Placed]) -> list[Placed]:
    context.progress("Writing orders", 0, len(planned))
    with EventWriter(context.settings, role="rebuild") as writer:
        offsets = writer.order((one.topic, one.partition, one.order) for one in planned)
    return [
        Placed(one.topic, one.partition, one.order, offset)
        for one, offset in zip(planned, offsets, strict=True)
    ]


def _obeyed(context: Context, placed: Sequence[Placed], epoch: int) -> Iterator[int]:
    """How many are obeyed, again and again, until all are or nothing moves any more."""
    most, moved_at = 0, time.monotonic()
    while True:
        ends = stored_ends(context.store, epoch)
        now = sum(ends.get((one.topic, one.partition), 0) > one.offset for one in placed)
        yield now
        if now > most:
            most, moved_at = now, time.monotonic()
        if now == len(placed) or time.monotonic() - moved_at > PATIENCE_SECONDS:
            return
        time.sleep(POLL_SECONDS)


def _tables() -> Iterator[tuple[str, str]]:
    yield "group_minute", _MINUTE_OF_A_WINDOW
    for event_type in FACTS:
        yield f"fact_{event_type}", _MINUTE_OF_A_FACT
