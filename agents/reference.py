"""What the published snapshot takes from the store: baselines and the groups' four-week volumes.

Read in the background; while the store is away the last ones stand.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

import structlog

from agents.publish import Publisher
from pipeline.core.signals import DAY_MS, HOUR_MS, WEEK_MS
from pipeline.errors import StoreError
from sinks.store import Store

log = structlog.get_logger("pulse.reference")

_VOLUMES = """
SELECT group_id, toInt64(sum(member_messages)) AS volume FROM v_group_minute
WHERE event_date >= toDate(%(since)s) GROUP BY group_id
"""

_BASELINES = """
SELECT metric, signal, against, group_id, window_end_ms, ratio, weeks FROM signal_baseline FINAL
WHERE window_end_ms >= %(since)s AND window_end_ms <= %(until)s
"""


class Reference:
    """Keeps `publisher.volumes` and `publisher.book` fresh; `refresh` never waits."""

    def __init__(self, store: Store, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher
        self._thread = ThreadPoolExecutor(1, "reference")
        self._running: Future[None] | None = None
        self._volumes_until = 0
        self._baselines_until = 0

    def refresh(self, now_ms: int, rate: float) -> None:
        """Start reading what runs out at event time `now_ms`, unless a read is under way.

        Baselines are read 30 wall seconds ahead, so at least an hour of event time.
        """
        if self._running is None or self._running.done():
            ahead_ms = max(HOUR_MS, int(30_000 * rate))
            self._running = self._thread.submit(self._read, now_ms, ahead_ms)

    def close(self) -> None:
        """Stop reading."""
        self._thread.shutdown(cancel_futures=True)

    def _read(self, now_ms: int, ahead_ms: int) -> None:
        try:
            if now_ms >= self._volumes_until:
                self._publisher.volumes = self._read_volumes(now_ms)
                self._volumes_until = now_ms + DAY_MS
        except StoreError as error:
            log.warning("not read, the last ones stand", error=str(error))

    def _read_volumes(self, now_ms: int) -> dict[str, int]:
        since = (now_ms - 4 * WEEK_MS) // DAY_MS
        rows = self._store.query(_VOLUMES, {"since": since})
        return dict(zip(rows["group_id"].to_list(), rows["volume"].to_list(), strict=True))
