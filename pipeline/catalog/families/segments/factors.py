"""What goes with buying: each trait of newcomers, and how those who have it compare."""

from __future__ import annotations

from pipeline.catalog.relation import after, days, within
from pipeline.catalog.relations import OPENED, interactions

_BEHAVED = days("factor_days")
_BOUGHT = days("channel_days")
_UNTIL = after(_BEHAVED)

_TRAITS = f"""
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
everybody AS (
    SELECT scope, count() AS n, sum(buys) AS c FROM person GROUP BY scope
),
factor AS (
    SELECT scope, trait AS slice, count() AS n1, sum(buys) AS c1,
        any(n) - n1 AS n0, any(c) - c1 AS c0
    FROM person
    INNER JOIN everybody USING (scope)
    ARRAY JOIN all_traits AS trait
    GROUP BY scope, slice
)"""
"""Newcomers of the window with the traits of their first factor_days. `factor`: of each trait how
many have it (n1) and buy (c1), and how many have it not (n0) and buy (c0)."""

GIVEN = f"""{_TRAITS}
SELECT scope, slice, c1 AS numerator, n1 AS denominator
FROM factor"""

DIFFERENCE = f"""{_TRAITS}
SELECT scope, slice, c1 / n1 - c0 / n0 AS numerator, n1 AS denominator
FROM factor
WHERE n0 > 0"""

LIFT = f"""{_TRAITS}
SELECT scope, slice, c1 / n1 AS numerator, c0 / n0 AS denominator
FROM factor
WHERE n0 > 0"""

P_VALUE = f"""{_TRAITS},
tested AS (
    SELECT scope, slice, n1,
        (c1 + c0) / (n1 + n0) AS common,
        sqrt(common * (1 - common) * (1 / n1 + 1 / n0)) AS deviation,
        if(deviation > 0, erfc(abs(c1 / n1 - c0 / n0) / deviation / sqrt(2)), 1) AS p
    FROM factor
    WHERE n0 > 0
),
ranked AS (
    SELECT *, count() OVER (PARTITION BY scope) AS tests,
        count() OVER (PARTITION BY scope ORDER BY p) AS place
    FROM tested
)
SELECT scope, slice, n1 AS denominator,
    least(1, min(p * tests / place) OVER (
        PARTITION BY scope ORDER BY p ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING
    )) AS numerator
FROM ranked"""
"""Two-sided test of two proportions, corrected for as many traits as a scope has (Benjamini and
Hochberg)."""
