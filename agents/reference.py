"""What a worker looks up in the store now and then: baselines, milestones, volumes, the audit.

Read in the background; while the store is away the last ones stand. Beside that, the clock is
noted there for everybody who asks view v_now.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

import structlog

from agents.publish import Publisher
from agents.stored import read_stored
from pipeline.catalog.sql_rollup import VOLUMES
from pipeline.clock import Clock
from pipeline.core.baseline import BaselineBook
from pipeline.core.signals import DAY_MS, HOUR_MS, WEEK_MS
from pipeline.errors import StoreError
from sinks.clock_table import record_clock
from sinks.store import Store

log = structlog.get_logger("pulse.reference")

_BASELINES = """
SELECT metric, signal, against, group_id, window_end_ms, ratio, weeks FROM signal_baseline FINAL
WHERE window_end_ms >= %(since)s AND window_end_ms <= %(until)s
"""

_PARTS = """
SELECT toInt64(max(parts)) AS parts FROM (
    SELECT count() AS parts FROM system.parts
    WHERE active AND database = currentDatabase() GROUP BY table, partition
)
"""

_AUDIT = """
SELECT check, toInt64(argMax(mismatches, finished_ms)) AS mismatches,
    max(finished_ms) AS last_ms
FROM audit_result GROUP BY check
"""

CROWDED_PARTS = 150
"""Half of the active parts per partition at which a server starts to refuse inserts."""

BACK_MS = 2 * HOUR_MS
"""How far back window ends may lie that are still shown: the fast signal's, and the grace."""

AHEAD_WALL_MS = 20_000
REREAD_S = 5.0
STORED_S = 30.0


class Reference:
    """Keeps what `publisher` shows of the store fresh; `refresh` never waits.

    `crowded`: whether the store has so many parts that commits had better be larger.
    """

    def __init__(self, store: Store, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher
        self._thread = ThreadPoolExecutor(1, "reference")
        self._running: Future[None] | None = None
        self._volumes_until = 0
        self.crowded = False
        self._read_at = -REREAD_S
        self._stored_at = -STORED_S
        self._seen: Clock | None = None
        self._noted: Clock | None = None

    def refresh(self, clock: Clock, wall_ms: int) -> None:
        """Start reading what is due at `wall_ms` by `clock`, unless a read is under way."""
        if self._running is not None and not self._running.done():
            return
        turned = clock != self._seen
        if turned or time.monotonic() - self._read_at >= REREAD_S:
            self._seen, self._read_at = clock, time.monotonic()
            self._running = self._thread.submit(self._read, clock, wall_ms)

    def close(self) -> None:
        """Stop reading."""
        self._thread.shutdown(cancel_futures=True)

    def _read(self, clock: Clock, wall_ms: int) -> None:
        now_ms, rate = clock.at(wall_ms), clock.rate(wall_ms)
        try:
            if now_ms >= self._volumes_until:
                since = datetime.fromtimestamp((now_ms - 4 * WEEK_MS) / 1000, UTC).date()
                volumes = self._store.query(VOLUMES, {"since": since})
                self._publisher.volumes = dict(volumes.iter_rows())
                self._volumes_until = now_ms + DAY_MS
            ahead_ms = max(HOUR_MS, int(AHEAD_WALL_MS * rate))
            span = {"since": now_ms - BACK_MS, "until": now_ms + ahead_ms}
            self._publisher.book = BaselineBook(self._store.query(_BASELINES, span))
            if self._store.modern and time.monotonic() - self._stored_at >= STORED_S:
                self._publisher.stored = read_stored(self._store, now_ms)
                self._stored_at = time.monotonic()
            audit = self._store.query(_AUDIT)
            self._publisher.audit = dict(audit.select("check", "mismatches").iter_rows())
            if audit.height:
                self._publisher.audit_last_s = max(audit["last_ms"].to_list()) / 1000
            self.crowded = self._store.query(_PARTS)["parts"][0] > CROWDED_PARTS
        except StoreError as error:
            log.warning("the store did not answer, the last baselines stand", error=str(error))
        self._note(clock)

    def _note(self, clock: Clock) -> None:
        """Tell SQL of a clock that has turned; boards show the old time until that is done."""
        if clock != self._noted:
            try:
                record_clock(self._store, clock)
            except StoreError as error:
                log.warning("the clock was not noted for SQL", error=str(error))
            else:
                self._noted = clock
