"""Values of every metric of the catalogue, at each of its grains and periods, up to `now`.

The numbers are made up, the same in each run; what they should come to is tested elsewhere. Here
is only that whatever a board asks for can be there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Grain, Zero
from pipeline.core.calendar import CalendarWindow, Period, closed_windows
from sinks.store import Store
from tests.grafana.filled import GROUPS

ZONE = ZoneInfo("Asia/Shanghai")
DAY_MS = 86_400_000

TYPES = ("conversion", "content", "service", "learning", "forum")
ONE_OF_EACH = tuple(f"a {kind} group" for kind in TYPES)
"""A group of each type; those of `GROUPS` have none."""

SCOPES: Mapping[Grain, tuple[str, ...]] = {
    Grain.GROUP: (*GROUPS, *ONE_OF_EACH),
    Grain.TYPE: TYPES,
    Grain.CHANNEL: ("wechat", "unknown"),
    Grain.CAMPAIGN: ("spring",),
    Grain.STAFF: ("amy", "ben"),
    Grain.OBJECT: ("book",),
    Grain.OVERALL: ("",),
}

SLICES: Mapping[str, tuple[str, ...]] = {
    "leave_reason_share": ("slow_care", "no_value"),
    "leaver_profile": ("tenure=0", "tenure=1-6", "quiet=90+", "channel=wechat"),
    "leaver_segment_share": ("potential", "core"),
    "segment_count": ("potential", "new", "core", "dormant"),
    "segment_migration": ("potential>new", "new>core", "core>dormant"),
    "rfm_segment": ("HHH", "LLL"),
    "journey_stage_count": ("joined", "active"),
    "journey_stage_days": ("joined", "active"),
    "checkin_time_distribution": ("8", "21"),
    "training_camp_funnel": ("1 read", "2 signed up"),
    "top_learner_ranking": ("ann", "bob"),
    "weekly_retention_rate": ("0", "1"),
}
"""Metrics that are split, and some of their parts; others are whole."""

BACK: Mapping[Period, int] = {
    Period.DAY: 60,
    Period.WEEK: 90,
    Period.MONTH: 120,
    Period.QUARTER: 200,
    Period.YEAR: 800,
    Period.EVER: 0,
}
"""So many days back of each period."""


def fill_catalogue(store: Store, now_s: int) -> None:
    """All values, and what the groups are."""
    windows = {
        period: list(closed_windows(period, now_s * 1000 - days * DAY_MS, now_s * 1000, ZONE))
        for period, days in BACK.items()
    }
    rows = [
        row
        for metric in CATALOGUE
        for period in metric.periods
        for window in windows[period]
        for row in _values(metric, window)
    ]
    time = pl.from_epoch("window_start_ms", time_unit="ms").dt.replace_time_zone("UTC")
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(window_start=time)
    store.insert("metric_value", frame.drop("window_start_ms"))
    _groups(store)


def _values(metric: Metric, window: CalendarWindow) -> Iterator[dict[str, Any]]:
    for grain in metric.grains:
        for scope in SCOPES.get(grain, ()):
            for number, part in enumerate(SLICES.get(metric.name, ("",)), start=1):
                up = float((len(metric.name) + len(scope) + window.start_ms // DAY_MS) % 7 + number)
                down = 1.0 if metric.zero is Zero.COUNT else 20.0
                yield {
                    "metric": metric.name,
                    "grain": grain.value,
                    "scope_id": scope,
                    "slice": part,
                    "window": window.period.value,
                    "window_start_ms": window.start_ms,
                    "window_end_ms": window.end_ms,
                    "numerator": up,
                    "denominator": down,
                    "value": up if metric.zero is Zero.STATISTIC else up / down,
                    "note": "",
                    "computed_ms": 1,
                }


def _groups(store: Store) -> None:
    rows = [
        {
            "group_id": group,
            "name": group.capitalize(),
            "community_type": kind,
            "side": "b",
            "is_project_driven": 1,
            "created_ms": 1,
            "loaded_ms": 1,
        }
        for group, kind in zip(ONE_OF_EACH, TYPES, strict=True)
    ]
    store.insert("dim_group", pl.DataFrame(rows, schema_overrides={"is_project_driven": pl.UInt8}))
