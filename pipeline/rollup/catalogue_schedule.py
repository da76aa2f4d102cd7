"""When the catalogue is rolled up: closed windows once a day has passed, trailing ones often, and
the stored milestones as hours close.

It takes half of one core while it works, given a rollup of one thread: after each window it rests
as long as the window took, so that a worker in the same process keeps its pace.
"""

from __future__ import annotations

import time
from threading import Event
from zoneinfo import ZoneInfo

import structlog

from pipeline.clock import SharedClock, wall_ms
from pipeline.core.calendar import Period, window_at
from pipeline.core.signals import slow_end
from pipeline.errors import StoreError
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.readings import Readings

log = structlog.get_logger("pulse.catalogue")

TICK_S = 2.0
RETRY_S = 30.0
"""Wall seconds after an error before the next try."""

READ_S = 30.0
"""Wall seconds between two looks at whether an hour has closed whose milestones are to be read."""

LOOK_S = 900.0
"""Wall seconds after which facts that came late are looked for."""


class CatalogueSchedule:
    """Runs the rollup of the catalogue until it is stopped."""

    def __init__(
        self,
        rollup: CatalogueRollup,
        readings: Readings,
        clock: SharedClock,
        *,
        grace_ms: int,
        zone: str,
        live_seconds: int,
    ) -> None:
        self._rollup = rollup
        self._readings = readings
        self._clock = clock
        self._grace_ms = grace_ms
        self._zone = ZoneInfo(zone)
        self._live_s = live_seconds
        self._midnight_ms: int | None = None
        self._looked_s = 0.0
        self._lived_s = 0.0
        self._read_s = 0.0
        self._told: set[str] = set()

    def run_forever(self, stop: Event) -> None:
        """Run whenever something is due, until `stop`; a store that is away is asked again."""
        while not stop.is_set():
            try:
                if not self._rollup.possible:
                    return
                clock, now = self._clock.clock(), wall_ms()
                if clock.rate(now) > 0:
                    self.tick(slow_end(clock.at(now), self._grace_ms), time.monotonic(), stop)
            except StoreError as error:
                log.warning("the store did not answer, the catalogue waits", error=str(error))
                stop.wait(RETRY_S)
            stop.wait(TICK_S)

    def tick(self, asof_ms: int, monotonic_s: float, stop: Event) -> None:
        """Do what is due when facts are known up to `asof_ms`. Raises Retryable or Fatal."""
        self._run_live(asof_ms, monotonic_s)
        if monotonic_s >= self._read_s + READ_S:
            self._readings.run(asof_ms, wall_ms())
            self._read_s = monotonic_s
        midnight_ms = window_at(Period.DAY, asof_ms, self._zone).start_ms
        new_day = midnight_ms != self._midnight_ms
        if (new_day or monotonic_s >= self._looked_s + LOOK_S) and self._run_windows(asof_ms, stop):
            self._midnight_ms, self._looked_s = midnight_ms, monotonic_s

    def _run_live(self, asof_ms: int, monotonic_s: float) -> None:
        if self._live_s and monotonic_s >= self._lived_s + self._live_s:
            self._rollup.run_live(asof_ms)
            self._lived_s = monotonic_s

    def _run_windows(self, asof_ms: int, stop: Event) -> bool:
        """Whether all that was due is done; no, if it takes so long that trailing ones are due."""
        started, windows, values, done = time.monotonic(), 0, 0, True
        before = started
        for _, stored in self._rollup.run_once(asof_ms):
            windows, values = windows + 1, values + stored
            if stop.wait(time.monotonic() - before):
                return False
            before = time.monotonic()
            if self._live_s and before >= started + self._live_s:
                done = False
                break
        self._tell(windows, values, time.monotonic() - started)
        return done

    def _tell(self, windows: int, values: int, seconds: float) -> None:
        if windows:
            log.info(
                "catalogue rolled up", windows=windows, values=values, seconds=round(seconds, 1)
            )
        for metric, error in self._rollup.failed.items():
            if metric not in self._told:
                log.warning("a metric cannot be computed here", metric=metric, error=error)
                self._told.add(metric)
