"""What is marked on every board's time axis: alerts, incidents, what was planned, new versions.

An optional one is off at first, not hidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from grafana.annotations import OF_GROUPS
from grafana.health import FIRING
from grafana.panels import CLICKHOUSE_PLUGIN, datasource
from grafana.signals import Source
from pipeline.catalog.series import INFO

Annotation = Mapping[str, Any]

NEW_VERSIONS = (
    f"count by (version) ({INFO.name}) unless count by (version) ({INFO.name} offset 10m)"
)
"""Versions that run now and did not ten minutes before."""

CALENDAR = """\
SELECT
    toDateTime(intDiv(planned_ms, 1000), 'UTC') AS time,
    toDateTime(intDiv(greatest(planned_ms, due_ms), 1000), 'UTC') AS timeEnd,
    if(node = '', kind, node) AS title,
    concat(
        kind, ' ', if(group_id = '', campaign_id, group_id), if(done_ms > 0, ' done', '')
    ) AS text,
    kind AS tags
FROM v_ops_calendar
WHERE planned_ms > 0 AND $__timeFilter(toDateTime(intDiv(planned_ms, 1000), 'UTC'))
    AND (group_id = '' OR $__conditionalAll(group_id IN (${group:singlequote}), $group))
ORDER BY time
LIMIT 200"""


def marks(modern: bool) -> Sequence[Annotation]:
    """Those of a board; `modern`: its SQL may use ClickHouse 24.8."""
    live = [
        _of_prometheus(
            "Alerts firing",
            FIRING,
            color="red",
            title="{{alertname}}",
            text="{{group_id}}{{source}} {{signal}} {{against}} {{cause}}",
            tags="severity,group_id",
        ),
        _of_prometheus(
            "New versions",
            NEW_VERSIONS,
            color="purple",
            title="community-pulse {{version}}",
            text="first seen",
            tags="version",
            enable=False,
        ),
    ]
    stored = [
        _of_store("Incidents", OF_GROUPS, color="orange"),
        _of_store("Operations calendar", CALENDAR, color="blue"),
    ]
    return [*live, *(stored if modern else ())]


def _of_prometheus(
    name: str, expr: str, *, color: str, title: str, text: str, tags: str, enable: bool = True
) -> Annotation:
    return {
        "name": name,
        "datasource": datasource(Source.PROMETHEUS),
        "enable": enable,
        "hide": False,
        "iconColor": color,
        "expr": expr,
        "step": "60s",
        "titleFormat": title,
        "textFormat": text,
        "tagKeys": tags,
        "useValueForTime": False,
    }


def _of_store(name: str, text: str, *, color: str) -> Annotation:
    return {
        "name": name,
        "datasource": datasource(Source.CLICKHOUSE),
        "enable": False,
        "hide": False,
        "iconColor": color,
        "mappings": {},
        "target": {
            "datasource": datasource(Source.CLICKHOUSE),
            "editorType": "sql",
            "queryType": "table",
            "format": 1,
            "rawSql": text,
            "refId": "Anno",
            "pluginVersion": CLICKHOUSE_PLUGIN,
            "meta": {},
        },
    }
