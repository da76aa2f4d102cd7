"""The review of an incident: what people found out and do about it, a row of `kpi_review`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.catalog.vocabulary import Grain
from sinks.store import Store

TABLE = DIMENSIONS["kpi_review"]

_ONE = f"""
SELECT cause, actions, opened_ms, due_ms, closed_ms
FROM {TABLE.view}
WHERE review_id = %(review_id)s
"""


@dataclass(frozen=True)
class Review:
    """What stands in a review; moments are 0 where there is none."""

    cause: str = ""
    actions: str = ""
    opened_ms: int = 0
    due_ms: int = 0
    closed_ms: int = 0


def review_of(store: Store, incident_id: str) -> Review | None:
    """The review of an incident; None = it has none. Raises Retryable or Fatal."""
    found = store.query(_ONE, {"review_id": incident_id})
    return next((Review(**row) for row in found.iter_rows(named=True)), None)


def review_row(incident: Mapping[str, Any], review: Review, zone: ZoneInfo) -> dict[str, Any]:
    """PURE: the row of `kpi_review` that the operation `dims.write` takes.

    `incident` as it is told. The period is the ISO week in which it began; the gap is how far the
    value lay from what it was compared with.
    """
    begun = datetime.fromtimestamp(incident["started_ms"] / 1000, UTC).astimezone(zone).date()
    year, week, _ = begun.isocalendar()
    known = incident["value"] is not None and incident["baseline"] is not None
    gap = incident["value"] - incident["baseline"] if known else 0.0
    row = {column.name: column.kind.absent for column in TABLE.columns} | {
        "review_id": incident["incident_id"],
        "metric": incident["metric_name"],
        "grain": str(Grain.GROUP),
        "scope_id": incident["group_id"],
        "period": f"{year}-W{week:02}",
        "gap": Decimal(f"{gap:.6f}"),
        "cause": review.cause,
        "actions": review.actions,
        "opened_ms": review.opened_ms or incident["started_ms"],
        "due_ms": review.due_ms,
        "closed_ms": review.closed_ms,
    }
    if TABLE.compute:
        row |= TABLE.compute(row, zone)
    return {
        name: str(value) if isinstance(value, Decimal | date) else value
        for name, value in row.items()
    } | {"removed": 0}
