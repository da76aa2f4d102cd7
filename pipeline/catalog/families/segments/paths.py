"""The ways that members take to their first order."""

from __future__ import annotations

from pipeline.catalog.relation import days, within
from pipeline.catalog.relations import MEMBER
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES

_SINCE = f"%(start_ms)s - {days('path_days')}"
_DEEDS = "\n        UNION ALL\n".join(
    f"        SELECT user_id, event_ms, '{kind}' AS kind FROM v_{kind}"
    f" WHERE {within(since=_SINCE)} AND actor_role = 'member'"
    for kind in FACT_TYPES
    if kind is not EventType.SPEND
)

PATHS = f"""
WITH anchored AS (
    SELECT group_id, channel_id, campaign_id, user_id,
        first_ms > 0 AS converted, if(converted, first_ms, %(end_ms)s) AS until_ms
    FROM ({MEMBER.sql}
    ) AS m
    LEFT JOIN (
        SELECT user_id, min(paid_ms) AS first_ms
        FROM v_paid_order
        WHERE paid_ms < %(end_ms)s AND actor_role = 'member'
        GROUP BY user_id
    ) AS o USING (user_id)
    WHERE first_ms = 0 OR first_ms >= %(start_ms)s
),
way AS (
    SELECT user_id, arrayMap(x -> x.2, arraySort(groupArray((first_ms, kind)))) AS steps
    FROM (
        SELECT user_id, kind, min(event_ms) AS first_ms
        FROM (
{_DEEDS}
        ) AS d
        INNER JOIN (SELECT DISTINCT user_id, until_ms FROM anchored) AS a USING (user_id)
        WHERE event_ms >= until_ms - {days("path_days")} AND event_ms < until_ms
        GROUP BY user_id, kind
    )
    GROUP BY user_id
),
walked AS (
    SELECT DISTINCT {{scope}}, user_id, converted, steps
    FROM anchored
    LEFT JOIN way USING (user_id)
),
counted AS (
    SELECT scope, part.1 AS is_path, part.2 AS here, part.3 AS there,
        countIf(converted) AS paid, count() AS walks
    FROM walked
    ARRAY JOIN arrayPushFront(
        if(converted, arrayMap(
            i -> (0, steps[i], if(i = length(steps), 'paid', steps[i + 1])), arrayEnumerate(steps)
        ), []),
        (1, if(empty(steps), 'nothing', arrayStringConcat(steps, '>')), '')
    ) AS part
    GROUP BY scope, is_path, here, there
)
SELECT scope, if(is_path, here, concat(here, '>', there)) AS slice,
    if(is_path, paid, NULL) AS paid_after, walks AS walked,
    if(is_path, NULL, walks) AS went_on,
    sum(walks) OVER (PARTITION BY scope, is_path, here) AS were_there
FROM counted
QUALIFY NOT is_path
    OR row_number() OVER (PARTITION BY scope, is_path ORDER BY paid DESC, walks DESC, here)
        <= %(top_n)s"""
"""Members who paid for the first time in the window, with what they did in the path_days before,
and members who never paid, with what they did in those before its end: each type of event at its
first place. Rows are of two kinds: the top_n paths, with those who paid after one and all who
walked it, and of those who paid the steps from here to there, with all who were here."""
