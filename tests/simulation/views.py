"""The live views of the simulated workers, and what they must say of joins and leaves.

The truth is tests/reference/signals.py: memberships straight from their definition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from agents.live import LiveKeeper
from pipeline.core.signals import COLUMN, SLOW, Count, slow_end
from pipeline.core.snapshot import Snapshot
from schemas.event import Event
from schemas.membership import Join, Leave
from tests.reference.signals import Fact, signals_at
from tests.simulation.history import FIRST_MINUTE, MINUTES
from tests.simulation.scheduler import Broken, Loop

GRACE_MS = 60_000
NOW_MS = (FIRST_MINUTE + MINUTES + 5) * 60_000
"""When the views are asked: after every event."""

COUNTS = (Count.MEMBERS, Count.EVER, Count.JOINS, Count.LEAVES)


class LoopThread:
    """Stands in for a keeper's thread: its calls run when the scheduler says so."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop

    def submit(self, work: Callable[..., Any], *args: Any) -> Any:
        return self._loop.run_in_executor(self, work, *args)


class NoThread:
    """Stands in for a keeper's thread where nothing runs beside it."""

    def submit(self, work: Callable[..., Any], *args: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(work(*args))
        return done


def keeper(store: Any, thread: LoopThread | NoThread) -> LiveKeeper:
    """A worker's keeper of live views on `store`, its calls on `thread`."""
    live = LiveKeeper(store, grace_ms=GRACE_MS, epoch=1, partitions=2)
    live._thread = thread  # type: ignore[assignment]
    return live


def check_view(whose: str, view: Snapshot, events: Iterable[Event]) -> None:
    """Hold a view against the events that count."""
    end_ms = slow_end(NOW_MS, GRACE_MS)
    for group_id, right in signals_at(map(_fact, events), end_ms, GRACE_MS).items():
        for count in COUNTS:
            said = view.count(group_id, count)
            if said != right[COLUMN[SLOW, count]]:
                raise Broken(
                    f"{whose} says {count.name} {said} of {group_id}, "
                    f"it is {right[COLUMN[SLOW, count]]}"
                )


def _fact(event: Event) -> Fact:
    assert isinstance(event, Join | Leave)
    return Fact(
        event.event_type,
        event.event_time,
        event.group_id,
        event.user_id,
        event.actor_role,
        event.source,
        event.source_seq or 0,
        event.join_method if isinstance(event, Join) else "",
    )
