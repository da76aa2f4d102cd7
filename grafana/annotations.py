"""Incidents as annotations of a board: from when to when, what fell, and why.

The query is for an annotation of the ClickHouse data source; `$__fromTime` and `$__toTime` are the
plugin's macros for the board's time.
"""

from __future__ import annotations

from grafana import cause_cells as cells
from grafana.signals import CHOSEN

INCIDENTS = f"""\
SELECT
    fromUnixTimestamp64Milli(started_ms, 'UTC') AS time,
    fromUnixTimestamp64Milli(if(resolved_ms = 0, now_ms, resolved_ms), 'UTC') AS timeEnd,
    concat(
        group_name, ': ', {cells.METRIC.en},
        if(isNull(change), '', concat(' ', {cells.CHANGE.en})),
        if(empty(cause_by), '', concat(', ', {cells.FIRST.en}))
    ) AS text,
    [metric, severity, status, incident_id] AS tags
FROM v_milestone_incident
CROSS JOIN v_now
WHERE started_ms < toUnixTimestamp($__toTime) * 1000
    AND (resolved_ms = 0 OR resolved_ms >= toUnixTimestamp($__fromTime) * 1000)
ORDER BY time"""
"""Rows: time, timeEnd, text, tags. One that fires lasts to now."""

OF_GROUPS = INCIDENTS.replace("\nORDER BY", f"\n    AND {CHOSEN}\nORDER BY")
"""The same, of the groups that the board's variable `group` chooses."""
