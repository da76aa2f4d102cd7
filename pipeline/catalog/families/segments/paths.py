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

_WAYS = f"""
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
)"""
"""Members who paid for the first time in the window, with what they did in the path_days before,
and members who never paid, with what they did in those before its end: each type of event at its
first place."""

PATHS = f"""{_WAYS}
SELECT scope, if(empty(steps), 'nothing', arrayStringConcat(steps, '>')) AS slice,
    countIf(converted) AS numerator, count() AS denominator
FROM walked
GROUP BY scope, slice
ORDER BY numerator DESC, denominator DESC, slice
LIMIT %(top_n)s BY scope"""

TRANSITIONS = f"""{_WAYS}
SELECT scope, concat(step.1, '>', step.2) AS slice, walks AS numerator,
    sum(walks) OVER (PARTITION BY scope, step.1) AS denominator
FROM (
    SELECT scope, step, count() AS walks
    FROM walked
    ARRAY JOIN arrayMap(
        i -> (steps[i], if(i = length(steps), 'paid', steps[i + 1])), arrayEnumerate(steps)
    ) AS step
    WHERE converted
    GROUP BY scope, step
)"""
