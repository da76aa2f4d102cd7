"""A thread beside the event loop that looks once a second, and leaves the process when it must.

A loop that does not turn can tell nobody, so what watches it cannot be one of its tasks.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable, Mapping

import structlog

from agents.commit import LEFT_ON_AN_ERROR
from agents.watchdog import STUCK_S, Watchdog

log = structlog.get_logger("pulse.overseer")

LOOK_S = 1.0
FROZEN_S = 2.0
"""What passes between two looks beyond this was no time to move in: the process was stopped, or
the machine slept."""
ALIVE_S = 10.0
"""A probe calls the process dead a while before it leaves by itself."""

LOOP = "the event loop"
LOOK = "the look at the partitions"


class Overseer:
    """Asks `moves` what should move (see Watchdog), and sees to the event loop itself."""

    def __init__(
        self,
        moves: Callable[[], Mapping[str, object]],
        *,
        stuck_s: float = STUCK_S,
        leave: Callable[[int], object] = os._exit,
    ) -> None:
        self._moves = moves
        self._watchdog = Watchdog(stuck_s)
        self._leave = leave
        self._over = threading.Event()
        self._beats = 0
        self._looks = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to look; a second call would watch twice."""
        threading.Thread(target=self._run, args=[loop], name="overseer", daemon=True).start()

    def stop(self) -> None:
        """Look no more: what ends on purpose stands still."""
        self._over.set()

    def why_dead(self) -> str:
        """Why the process is as good as dead; empty if the event loop turns."""
        still = self._watchdog.still_s(LOOP)
        return f"{LOOP} has not turned for {still:.0f} s" if still > ALIVE_S else ""

    def look(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Look once, `seconds` after the look before; may not return."""
        loop.call_soon_threadsafe(self._beat)
        moves: dict[str, object] = {}
        try:
            moves |= self._moves()
            self._looks += 1
        except Exception:
            log.exception("what moves could not be read this second")
        stuck = self._watchdog.look({LOOP: self._beats, LOOK: self._looks} | moves, seconds)
        if stuck and not self._over.is_set():
            log.error(
                "this has not moved for a minute; leaving, a restart goes on",
                stuck=stuck,
                standing=self._watchdog.standing(),
            )
            self._leave(LEFT_ON_AN_ERROR)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        last = time.monotonic()
        while not (self._over.wait(LOOK_S) or loop.is_closed()):
            now = time.monotonic()
            self.look(loop, min(now - last, FROZEN_S))
            last = now

    def _beat(self) -> None:
        self._beats += 1
