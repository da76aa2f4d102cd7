"""Which groups the rollup computes signals of: those that may be shown, and as many again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from pipeline.catalog.sql_rollup import VOLUMES
from pipeline.core.export_choice import Ranking, rank
from pipeline.core.signals import WEEK_MS
from sinks.store import Store

SPARE = 2
"""Each worker ranks its own groups by itself, and a group that comes in has its baselines
already."""


class RankedGroups:
    """The groups of one store by four-week volume; places are kept from call to call.

    `limit`: how many groups may be shown to Prometheus (settings.alert_groups).
    """

    def __init__(self, store: Store, *, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._ranking: Ranking | None = None

    def at(self, now_ms: int, known: Collection[str] | None = None) -> list[str]:
        """The ranked groups at `now_ms`; `known`: only of these. Raises Retryable or Fatal."""
        since = datetime.fromtimestamp((now_ms - 4 * WEEK_MS) / 1000, UTC).date()
        volumes = dict(self._store.query(VOLUMES, {"since": since}).iter_rows())
        if known is not None:
            volumes = {group_id: volumes.get(group_id, 0) for group_id in known}
        self._ranking = rank(
            volumes, limit=SPARE * self._limit, now_ms=now_ms, previous=self._ranking
        )
        return sorted(self._ranking.groups)
