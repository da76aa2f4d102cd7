"""What the rollup asks the store beside `sql_signals`: groups, their volumes, what is done.

Dialect: ClickHouse 24.8 and later. Facts are read without FINAL where a copy changes nothing.
"""

from __future__ import annotations

from pipeline.catalog.relation import before

_FACTS = ("join", "leave", "chat", "order")


def births() -> str:
    """Rows: group_id, first_ms (first event of any kind), roster_ms (last roster; 0: none).

    Parameter: until_ms; later events are not looked at.
    """
    facts = "\n    UNION ALL\n".join(
        f"    SELECT group_id, event_ms, {_ROSTER if fact == 'join' else '0 AS roster'}\n"
        f"    FROM fact_{fact}\n"
        f"    WHERE {before('%(until_ms)s')} AND group_id != ''"
        for fact in _FACTS
    )
    return f"""
SELECT group_id, toInt64(min(event_ms)) AS first_ms,
    toInt64(maxIf(event_ms, roster)) AS roster_ms
FROM (
{facts}
)
GROUP BY group_id
"""


_ROSTER = "join_method = 'import' AS roster"


VOLUMES = """
SELECT group_id, toInt64(sum(member_messages)) AS volume
FROM v_group_minute
WHERE event_date >= toDate(%(since)s) AND group_id != ''
GROUP BY group_id
"""
"""Rows: group_id, volume. Parameter: since, a date: what the ranking of groups goes by."""

REACHED = """
SELECT `window`, max(window_end_ms) AS until_ms
FROM metric_value FINAL
WHERE grain = 'G'
GROUP BY `window`
"""
"""Rows: window, until_ms: up to which window end values are stored."""

PAST_DAYS = """
SELECT DISTINCT intDiv(window_end_ms, 86400000) AS day
FROM signal_baseline
WHERE window_end_ms < %(before_ms)s
"""
"""Rows: day, the partitions of baselines whose window ends lie in part before `before_ms`."""

DROP_DAY = "ALTER TABLE signal_baseline DROP PARTITION {day}"
"""Forget the baselines of one day."""

UNUSUAL = """
SELECT '' AS group_id,
    toInt64(toUnixTimestamp(toDateTime(date, %(zone)s))) * 1000 AS start_ms,
    toInt64(toUnixTimestamp(toDateTime(date + 1, %(zone)s))) * 1000 AS end_ms,
    true AS quiet
FROM v_dim_date
WHERE is_holiday
UNION ALL
SELECT group_id, planned_ms, if(due_ms > planned_ms, due_ms, planned_ms + 86400000),
    kind = 'pause'
FROM v_ops_calendar
WHERE kind IN ('event', 'pause') AND planned_ms > 0
"""
"""Rows of `core.unusual.SCHEMA`: holidays of the calendar, and what operations plans as an event
(more than usual) or a pause (less), for a group or (group_id empty) for all; one without an end
lasts for 24 hours. Parameter: zone, in which the days of the calendar begin."""
