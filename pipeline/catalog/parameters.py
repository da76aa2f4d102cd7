"""PURE: what the catalogue's SQL is bound to; `pipeline.catalog.relation` says what each means."""

from __future__ import annotations

from pipeline.catalog.terms import Terms
from pipeline.core.calendar import CalendarWindow


def of_installation(terms: Terms, *, zone: str, grace_ms: int) -> dict[str, object]:
    """The parameters that are the same for every window."""
    return {**terms.model_dump(), "zone": zone, "grace_ms": grace_ms}


def of_window(window: CalendarWindow, asof_ms: int) -> dict[str, object]:
    """Those of one window, as known at `asof_ms`."""
    return {"asof_ms": asof_ms, "start_ms": window.start_ms, "end_ms": window.end_ms}
