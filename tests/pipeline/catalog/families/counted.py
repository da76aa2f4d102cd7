"""All values of one community in one window, computed once for a file of tables."""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.core.calendar import CalendarWindow
from sinks.store import Store
from tests.reference.community import Community, computed, forget, store_community


def counted(
    store: Store,
    community: Community,
    ids: Collection[str],
    window: CalendarWindow,
    asof_ms: int | None = None,
) -> pl.DataFrame:
    """Rows of all metrics of these ids that have the window's period."""
    forget(store)
    store_community(store, community)
    metrics = [
        metric for metric in CATALOGUE if metric.id in ids and window.period in metric.periods
    ]
    assert {metric.id for metric in metrics} == set(ids)
    return computed(store, community, metrics, window, asof_ms)
