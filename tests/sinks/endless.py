"""Queries that would run for ever, and whether the engine still works on one."""

from __future__ import annotations

import time
from collections.abc import Callable

from sinks.embedded import EmbeddedStore

ENDLESS = "SELECT count() FROM numbers(1000000000000)"
RUNNING = "SELECT count() AS n FROM system.processes WHERE query LIKE %(like)s"


def running(store: EmbeddedStore, begin: str = "SELECT count() FROM numbers(10000") -> int:
    """Queries with this beginning that the engine works on; the endless ones if none is given."""
    found = store.query(RUNNING, {"like": f"{begin}%"})
    return int(found.item())


def wait_until(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 300
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.01)
