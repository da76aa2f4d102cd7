"""The audit that runs by itself: each time over what came since a while before the last one.

It keeps its place in the store, so a restart does not begin anew, and two beside each other do no
harm. A store or broker that is away is asked again.
"""

from __future__ import annotations

from threading import Event

import structlog

from pipeline.audit.run import audit
from pipeline.clock import SharedClock, wall_ms
from pipeline.errors import PulseError
from pipeline.progress import Progress, unwatched
from pipeline.settings import Settings
from sinks.store import Store

log = structlog.get_logger("pulse.audit")

LOOK_S = 10.0
"""Wall seconds between two looks at whether one is due."""

RETRY_S = 60.0
"""And after one that could not be done."""

OVERLAP = 2
"""A run looks back so many intervals: whatever was under way in the one before is seen settled."""

_LAST = "SELECT toInt64(max(finished_ms)) AS last FROM audit_result"


class _Stopped(Exception):
    """The process is to end: an audit is given up at its next step."""


class AuditSchedule:
    """Audits each `PULSE_AUDIT_MINUTES`; 0 means never."""

    def __init__(self, settings: Settings, store: Store, clock: SharedClock) -> None:
        self._settings = settings
        self._store = store
        self._clock = clock
        self._interval_ms = settings.audit_minutes * 60_000
        self._last_ms: int | None = None

    def run_forever(self, stop: Event) -> None:
        """Run whenever one is due, until `stop`, which ends also one that is under way."""

        def go_on(what: str, done: int, total: int | None) -> None:
            if stop.is_set():
                raise _Stopped

        while self._interval_ms and not stop.is_set():
            pause_s = LOOK_S
            try:
                self.run_if_due(wall_ms(), go_on)
            except _Stopped:
                return
            except PulseError as error:
                log.warning("the audit could not be done, it is tried again", error=str(error))
                pause_s = RETRY_S
            stop.wait(pause_s)

    def run_if_due(self, now_ms: int, progress: Progress = unwatched) -> bool:
        """Whether one was due at wall time `now_ms`, and is done. The first is due at once."""
        if self._last_ms is None:
            self._last_ms = int(self._store.query(_LAST)["last"][0])
        if now_ms < self._last_ms + self._interval_ms:
            return False
        since_ms = max(0, (self._last_ms or now_ms) - OVERLAP * self._interval_ms)
        results = audit(
            self._settings,
            self._store,
            self._clock,
            since_ms=since_ms,
            until_ms=now_ms,
            progress=progress,
        )
        self._last_ms = now_ms
        for result in results:
            told = log.error if result.mismatches else log.info
            told(
                "audited",
                check=result.check.value,
                looked_at=result.looked_at,
                mismatches=result.mismatches,
                rows=result.rows[:3],
            )
        return True
