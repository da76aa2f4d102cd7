"""Has alerts recorded as incidents, and never makes a message wait for it longer than it may."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from pipeline.alerting.messages.incident import Incident, incident_of
from pipeline.alerting.messages.notification import AlertState, Bout, wire
from pipeline.errors import PulseError, UsageError

log = structlog.get_logger("pulse.bridge")

Record = Callable[[Mapping[str, object]], Mapping[str, object]]
"""Operation `incidents.record`: its arguments, its result. Blocks; may raise anything."""

AGAIN_S = 15.0
"""Between two asks of a store that is away."""

FRESH_S = 600.0
"""How long an answer holds for a firing alert, whose numbers change."""

MOST = 10_000
"""Alerts that wait to be recorded, and answers that are kept."""

State = tuple[Bout, bool]


class Causes:
    """Asks in one thread, in order; what fails because the store is away is asked again later.

    So a message goes out on time without its causes, and the incident is stored once the store is
    back. A thread that hangs in the store delays nobody but the recording itself.
    """

    def __init__(self, record: Record, *, seconds: float) -> None:
        self._record = record
        self._seconds = seconds
        self._lock = threading.Condition()
        self._pending: dict[State, AlertState] = {}
        self._known: dict[State, tuple[Incident | None, float]] = {}
        self._failures = 0
        self._away = False
        self._closed = False
        threading.Thread(target=self._run, name="causes", daemon=True).start()

    async def of(self, alerts: Sequence[AlertState]) -> dict[Bout, Incident | None]:
        """What is known of each alert, asked in this order; what was not in time is missing."""
        asked = {(alert.bout, alert.firing): alert for alert in alerts}
        failures = self._ask(asked)
        give_up = time.monotonic() + self._seconds
        # In short steps: an event loop cannot wait for a thread's condition.
        while (left := self._missing(asked)) and time.monotonic() < give_up:
            if self._away or self._failures != failures:
                break
            await asyncio.sleep(0.02)
        if left:
            log.warning("a message goes out without all its causes", alerts=len(left))
        with self._lock:
            return {state[0]: self._known[state][0] for state in asked if state in self._known}

    @property
    def pending(self) -> int:
        """Alerts that are not recorded yet."""
        return len(self._pending)

    def close(self) -> None:
        """Ask no more."""
        with self._lock:
            self._closed = True
            self._lock.notify()

    def _ask(self, asked: Mapping[State, AlertState]) -> int:
        now = time.monotonic()
        with self._lock:
            for state, alert in asked.items():
                known = self._known.get(state)
                if known is None or (state[1] and now - known[1] > FRESH_S):
                    self._known.pop(state, None)
                    self._pending.setdefault(state, alert)
            while len(self._pending) > MOST:
                self._pending.pop(next(iter(self._pending)))
                log.error("an incident is not recorded: too many wait for the store")
            self._lock.notify()
            return self._failures

    def _missing(self, asked: Mapping[State, AlertState]) -> list[State]:
        with self._lock:
            return [state for state in asked if state not in self._known]

    def _run(self) -> None:
        while True:
            with self._lock:
                while not self._pending and not self._closed:
                    self._lock.wait()
                if self._closed:
                    return
                state, alert = next(iter(self._pending.items()))
            try:
                # None: the moment at which it began to fire, however late this is.
                answer = self._record({"alert": wire(alert), "moment_ms": None})
                incident = incident_of(answer)
            except UsageError as error:
                self._forget(state, str(error))
                continue
            except PulseError as error:
                log.warning("an incident cannot be recorded yet", error=str(error))
                self._wait_for_the_store()
                continue
            except Exception as error:
                self._forget(state, repr(error))
                continue
            with self._lock:
                self._pending.pop(state, None)
                self._known[state] = incident, time.monotonic()
                while len(self._known) > MOST:
                    self._known.pop(next(iter(self._known)))

    def _forget(self, state: State, error: str) -> None:
        """What the store will not take, however often it is asked."""
        log.error("an incident is not recorded", error=error)
        with self._lock:
            self._pending.pop(state, None)
            self._failures += 1

    def _wait_for_the_store(self) -> None:
        with self._lock:
            self._away = True
            self._lock.wait_for(lambda: self._closed, timeout=AGAIN_S)
            self._away = False
