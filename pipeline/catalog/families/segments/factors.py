"""What goes with buying: each trait of newcomers, and how those who have it compare."""

from __future__ import annotations

from pipeline.catalog.relation import after, days, within
from pipeline.catalog.relations import OPENED, interactions

_BEHAVED = days("factor_days")
_BOUGHT = days("channel_days")
_UNTIL = after(_BEHAVED)

FACTORS = f"""
WITH joined AS (
    SELECT group_id, user_id, campaign_id, opened_ms, channel_id, script_id
    FROM ({OPENED.sql} AND number = 1)
),
deed AS (
    SELECT group_id, user_id, event_ms, concat('did:', kind) AS trait
    FROM (
{interactions(within(until=_UNTIL))}
    )
    UNION ALL
    SELECT group_id, user_id, event_ms, 'did:view'
    FROM v_view
    WHERE {within(until=_UNTIL)} AND actor_role = 'member'
    UNION ALL
    SELECT '', user_id, event_ms, concat('tag:', tag_id)
    FROM v_tag
    WHERE {within(until=_UNTIL)} AND action = 'add'
),
behaved AS (
    SELECT j.group_id AS group_id, j.user_id AS user_id, groupUniqArray(trait) AS deeds
    FROM joined AS j
    INNER JOIN deed AS d ON d.user_id = j.user_id
    WHERE d.group_id IN ('', j.group_id)
        AND event_ms >= opened_ms AND event_ms < opened_ms + {_BEHAVED}
    GROUP BY group_id, user_id
),
bought AS (
    SELECT DISTINCT j.group_id AS group_id, j.user_id AS user_id, 1 AS converted
    FROM joined AS j
    INNER JOIN v_paid_order AS o ON o.user_id = j.user_id
    WHERE o.actor_role = 'member' AND paid_ms >= opened_ms
        AND paid_ms < least(opened_ms + {_BOUGHT}, %(asof_ms)s)
),
person AS (
    SELECT scope, user_id, max(converted) AS buys, groupUniqArrayArray(traits) AS all_traits
    FROM (
        SELECT {{scope}}, user_id, converted, arrayConcat(
                deeds,
                [concat('channel:', if(channel_id = '', 'unknown', channel_id))],
                if(script_id = '', [], [concat('script:', script_id)])
            ) AS traits
        FROM joined
        LEFT JOIN behaved USING (group_id, user_id)
        LEFT JOIN bought USING (group_id, user_id)
    )
    GROUP BY scope, user_id
),
factor AS (
    SELECT scope, slice, n AS n1, c AS c1,
        sumIf(n, slice = '') OVER (PARTITION BY scope) - n1 AS n0,
        sumIf(c, slice = '') OVER (PARTITION BY scope) - c1 AS c0
    FROM (
        SELECT scope, trait AS slice, toInt64(count()) AS n, toInt64(sum(buys)) AS c
        FROM person
        ARRAY JOIN arrayPushBack(all_traits, '') AS trait
        GROUP BY scope, slice
    )
),
tested AS (
    SELECT *, n0 > 0 AS compared,
        (c1 + c0) / (n1 + n0) AS common,
        sqrt(common * (1 - common) * (1 / n1 + 1 / n0)) AS deviation,
        if(deviation > 0, erfc(abs(c1 / n1 - c0 / n0) / deviation / sqrt(2)), 1) AS p
    FROM factor
    WHERE slice != ''
),
ranked AS (
    SELECT *, count() OVER (PARTITION BY scope, compared) AS tests,
        count() OVER (PARTITION BY scope, compared ORDER BY p) AS place
    FROM tested
)
SELECT scope, slice, c1 AS bought, n1 AS having,
    if(compared, c1 / n1 - c0 / n0, NULL) AS difference,
    if(compared, c1 / n1, NULL) AS rate,
    if(compared, c0 / n0, NULL) AS other_rate,
    if(compared, least(1, min(p * tests / place) OVER (
        PARTITION BY scope, compared
        ORDER BY p ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    )), NULL) AS p_value
FROM ranked"""
"""Newcomers of the window with the traits of their first factor_days: of each trait how many have
it (`having`, n1) and buy (`bought`, c1), and where others have it not (n0, of whom c0 buy), how the
two compare. The whole of a scope is counted as a trait without name, so that it is one pass.
p_value: a two-sided test of two proportions, corrected for as many traits as a scope compares
(Benjamini and Hochberg)."""
