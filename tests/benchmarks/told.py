"""How a program tells how far it is: lines on standard output, at most ten a second.

`progress N` says that N events are in the counts, `total SUM WINDOWS` what these hold in the end.
It needs nothing but Python, since the peers import it in environments of their own.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterable

BROKER = os.environ.get("BROKER", "127.0.0.1:9092")
TOPIC = os.environ.get("TOPIC", "community.chat")
GROUP = os.environ.get("GROUP", "bench")
EVENTS = int(os.environ.get("EVENTS", "0"))
EVERY_S = 0.1


class Told:
    """Counts events up to EVENTS and says so; `full` once all are counted."""

    def __init__(self) -> None:
        self.count = 0
        self._said_at = 0.0

    @property
    def full(self) -> bool:
        """Whether all events are counted."""
        return self.count >= EVENTS

    def one(self) -> bool:
        """Note one more event; whether all are counted now."""
        self.count += 1
        if not self.count & 63 or self.count == EVENTS:
            self._say()
        return self.count >= EVENTS

    def many(self, events: int) -> bool:
        """Note so many more; whether all are counted now."""
        self.count += events
        self._say()
        return self.count >= EVENTS

    def _say(self) -> None:
        now = time.monotonic()
        if self.count >= EVENTS or now - self._said_at > EVERY_S:
            self._said_at = now
            sys.stdout.write(f"progress {self.count}\n")
            sys.stdout.flush()


def finish(counts: Iterable[int]) -> None:
    """Say what the counts hold, and wait to be ended: whoever measures still reads this process."""
    counted = list(counts)
    sys.stdout.write(f"total {sum(counted)} {len(counted)}\n")
    sys.stdout.flush()
    signal.pause()
