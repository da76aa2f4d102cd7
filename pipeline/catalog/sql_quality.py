"""Oddities of membership, counted exactly over the facts (`pipeline.core.quality` says what).

Dialect: ClickHouse 24.8 and later. Parameters: from_ms and until_ms (of the events counted,
half-open), grace_ms.
"""

from __future__ import annotations

from pipeline.catalog.relation import within
from pipeline.catalog.sql_signals import memberships
from pipeline.core.quality import Anomaly


def quality() -> str:
    """Rows: group_id, kind, n. A kind without a case has no row."""
    counted = within(since="%(from_ms)s", until="%(until_ms)s")
    span = f"{counted} AND actor_role = 'member' AND group_id != ''"
    return f"""
WITH {memberships("group_id != ''", "%(until_ms)s + %(grace_ms)s")},
-- At one ms openings come first and closings last: both ends of a membership are within it.
events AS (
    SELECT group_id, user_id, ms, if(leave, 2, 0) AS tie, if(leave, -1, 1) AS turn, '' AS kind
    FROM changes
    UNION ALL
    SELECT group_id, user_id, event_ms, 1, 0, '{Anomaly.CHAT_WITHOUT_MEMBERSHIP}'
    FROM fact_chat FINAL
    WHERE {span} AND msg_type != 'system'
    UNION ALL
    SELECT group_id, user_id, event_ms, 1, 0, '{Anomaly.ORDER_WITHOUT_MEMBERSHIP}'
    FROM fact_order FINAL
    WHERE {span} AND status = 'paid'
),
places AS (
    SELECT group_id, kind, sum(turn) OVER (
        PARTITION BY group_id, user_id ORDER BY ms, tie ROWS UNBOUNDED PRECEDING
    ) AS present
    FROM events
)
SELECT group_id, kind, toInt64(count()) AS n
FROM (
    SELECT group_id, kind FROM places WHERE kind != '' AND present = 0
    UNION ALL
    SELECT group_id, if(leave, '{Anomaly.LEAVE_ABSENT}', '{Anomaly.JOIN_PRESENT}') AS kind
    FROM placed
    WHERE leave = was_absent AND ms >= %(from_ms)s AND ms < %(until_ms)s
)
GROUP BY group_id, kind
ORDER BY group_id, kind
"""
