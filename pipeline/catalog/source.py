"""PURE: whether a metric has a source: what it is computed from flows, or why it has none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from pipeline.catalog.metric import Metric
from schemas.event_type import EventType

IMPLIED: Mapping[EventType, EventType] = {EventType.LEAVE: EventType.JOIN}
"""Types whose absence says nothing: where joins flow and no leave ever came, nobody has left."""


def dims_of(metrics: Iterable[Metric]) -> list[str]:
    """The dimension tables that any of the metrics needs."""
    return sorted({table for metric in metrics for table in metric.dims})


def missing(
    metric: Metric, flowing: Collection[EventType], filled: Collection[str]
) -> tuple[str, ...]:
    """What a metric lacks, in words; nothing if it can be computed.

    `flowing`: event types with a fact. `filled`: dimension tables with a row.
    """
    events = (
        f"no {one} event"
        for one in metric.events
        if one not in flowing and IMPLIED.get(one) not in flowing
    )
    return (*events, *(f"{table} is empty" for table in metric.dims if table not in filled))
