"""Where a metric's SQL and its reference in plain Python say different things of a community."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Zero
from pipeline.core.calendar import CalendarWindow
from pipeline.rollup.catalogue import CatalogueRollup
from tests.reference.catalogue import REFERENCES
from tests.reference.community import DAY, Community, Key, Numbers, numbers


def told(metric: Metric, found: dict[Key, Numbers]) -> dict[Key, tuple[float, float]]:
    """Without what says nothing, so that leaving it out and saying it are the same."""
    empty = (lambda n: n[0] == 0) if metric.zero is Zero.COUNT else (lambda n: n[1] == 0)
    return {
        key: (round(float(one[0]), 6), round(float(one[1]), 6))
        for key, one in found.items()
        if not empty(one)
    }


def differences(
    rollup: CatalogueRollup,
    community: Community,
    metrics: Sequence[Metric],
    window: CalendarWindow,
) -> Iterator[tuple[object, ...]]:
    """Metric, grain, window, what SQL says, what the reference says, wherever they differ."""
    asof_ms = window.end_ms + 400 * DAY
    found = rollup.values(window, metrics, asof_ms)
    for metric in metrics:
        for grain in metric.grains:
            sql = told(metric, numbers(found, metric.name, grain))
            plain = told(metric, REFERENCES[metric.name](community, grain, window, asof_ms))
            if sql != plain:
                yield metric.name, str(grain), window, sql, plain
