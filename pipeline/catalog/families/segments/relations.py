"""What segments are computed from: members at a moment, what was bought, tags, profiles."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, before, days, within
from pipeline.catalog.relations import INTERACTION_EVENTS, MEMBERSHIP_EVENTS, interactions
from pipeline.catalog.vocabulary import Grain
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

G, T, C, K = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN)
U, O = (Grain.USER, Grain.OVERALL)  # noqa: E741

START, END = "%(start_ms)s", "%(end_ms)s"
LAST = "(event_ms, source_seq, event_id)"


def members(at: str = END) -> str:
    """Who is a member of which group at a moment."""
    return (
        "SELECT DISTINCT group_id, user_id FROM v_membership"
        f" WHERE opened_ms < {at} AND closed_ms >= {at}"
    )


def _segment(at: str, last_ms: str, interacted: str) -> str:
    """The segment of a person at a moment; orders and interactions anywhere count."""
    return f"""multiIf(
        first_ms = 0 OR first_ms >= {at}, 'potential',
        {last_ms} < {_dormant_since(at)} AND NOT {interacted}, 'dormant',
        first_ms >= {at} - {days("new_days")}, 'new',
        'core'
    )"""


def _dormant_since(at: str) -> str:
    return f"({at} - {days('dormant_days')})"


SEGMENTED = f"""
SELECT group_id, user_id, was_member, is_member,
    {_segment(START, "last_before_ms", "was_heard")} AS old_segment,
    {_segment(END, "last_ms", "is_heard")} AS segment
FROM (
    SELECT group_id, user_id,
        max(opened_ms < {START}) AS was_member,
        max(closed_ms >= {END}) AS is_member
    FROM v_membership
    WHERE opened_ms < {END} AND closed_ms >= {START}
    GROUP BY group_id, user_id
) AS m
LEFT JOIN (
    SELECT user_id, min(paid_ms) AS first_ms, max(paid_ms) AS last_ms,
        maxIf(paid_ms, paid_ms < {START}) AS last_before_ms
    FROM v_paid_order
    WHERE paid_ms < {END} AND actor_role = 'member'
    GROUP BY user_id
) AS o USING (user_id)
LEFT JOIN (
    SELECT user_id, max(event_ms < {START}) AS was_heard,
        max(event_ms >= {_dormant_since(END)}) AS is_heard
    FROM (
{interactions(within(since=_dormant_since(START)))}
    )
    WHERE user_id IN (
        SELECT user_id
        FROM v_paid_order
        WHERE paid_ms < {END} AND actor_role = 'member'
        GROUP BY user_id
        HAVING max(paid_ms) < {_dormant_since(END)}
            OR maxIf(paid_ms, paid_ms < {START}) < {_dormant_since(START)}
    )
    GROUP BY user_id
) AS i USING (user_id)"""
"""Members at the window's start or end, with the segment that the person was in at either, whatever
the group. Interactions are looked for only of those whose last order is long ago."""

SEGMENT = Relation(
    "customer segment",
    f"SELECT * FROM ({SEGMENTED}\n) WHERE is_member",
    (EventType.ORDER, *MEMBERSHIP_EVENTS, *INTERACTION_EVENTS),
)
"""Members at the window's end, each with a segment."""

RFM = Relation(
    "recency, frequency, money",
    f"""
SELECT user_id,
    intDiv({END} - max(paid_ms), {DAY_MS}) AS recency,
    count() AS frequency,
    sum(amount_paid) - sum(refunded) AS monetary
FROM (
    SELECT order_id, user_id, paid_ms, amount_paid
    FROM v_paid_order
    WHERE paid_ms >= {END} - {days("rfm_days")} AND paid_ms < {END} AND actor_role = 'member'
) AS o
LEFT JOIN (
    SELECT order_id, sum(amount) AS refunded
    FROM v_refund
    WHERE {before()}
    GROUP BY order_id
) AS r USING (order_id)
GROUP BY user_id""",
    (EventType.ORDER,),
)
"""Payers of the `rfm_days` before the window's end: whole days since the last paid order, paid
orders, and what was paid for them, less what was paid back by then."""


def _high(number: str, better: str, few: str) -> str:
    """'H' from the fourth fifth on, payers of one rank together; of few payers by a limit."""
    rank = f"rank() OVER (ORDER BY {number} {better})"
    fifth = f"intDiv(({rank} - 1) * 5, count() OVER ()) + 1"
    return f"if(if(count() OVER () < 5, {few}, {fifth} >= 4), 'H', 'L')"


RFM_CLASS = Relation(
    "RFM class",
    f"""
SELECT p.user_id AS user_id, m.group_id AS group_id, class
FROM (
    SELECT user_id, concat(
            {_high("recency", "DESC", "recency <= %(rfm_recent_days)s")},
            {_high("frequency", "ASC", "frequency >= %(rfm_frequent)s")},
            {_high("monetary", "ASC", "monetary >= %(rfm_valuable)s")}
        ) AS class
    FROM ({RFM.sql}
    )
) AS p
LEFT JOIN ({members()}) AS m USING (user_id)""",
    (EventType.ORDER, *MEMBERSHIP_EVENTS),
)
"""Payers, once for each group they are members of (or for none): class such as HLH, the letters
of recency, frequency and money."""

TAGS = f"""
SELECT user_id, tag_id, argMax(tag_source, {LAST}) AS source
FROM v_tag
WHERE {before()}
GROUP BY user_id, tag_id
HAVING argMax(action, {LAST}) = 'add'"""
"""Tags that persons have at the window's end, each by who put it on last."""

TAG = Relation(
    "tag of a member",
    f"""
SELECT group_id, user_id, tag_id, made_by
FROM ({members()}) AS m
INNER JOIN ({TAGS}
) AS t USING (user_id)
ARRAY JOIN ['', source] AS made_by""",
    (EventType.TAG, *MEMBERSHIP_EVENTS),
)
"""Tags of members at the window's end, each twice: for all, and for who put it on."""

TAGGED = Relation(
    "member, with tags or without",
    f"""
SELECT group_id, user_id, made_by, has(sources, made_by) AS tagged
FROM ({members()}) AS m
LEFT JOIN (
    SELECT user_id, arrayPushBack(groupUniqArray(source), '') AS sources
    FROM ({TAGS}
    )
    GROUP BY user_id
) AS t USING (user_id)
ARRAY JOIN ['', 'auto', 'manual'] AS made_by""",
    (EventType.TAG, *MEMBERSHIP_EVENTS),
)
"""Members at the window's end, three times: whether they have any tag, and one of each source."""


def _profiles(join: str) -> str:
    return f"""
SELECT group_id, user_id, filled, length(array%(profile_attributes)s) AS wanted
FROM ({members()}) AS m
{join} JOIN (
    SELECT user_id, uniqExact(attribute) AS filled
    FROM v_dim_member_profile
    WHERE value != '' AND attribute IN %(profile_attributes)s
    GROUP BY user_id
) AS p USING (user_id)"""


PROFILE = Relation("profile", _profiles("LEFT"), MEMBERSHIP_EVENTS)
"""Members at the window's end: how many of the `wanted` attributes of a profile are filled."""

PROFILED = Relation("profile begun", _profiles("INNER"), MEMBERSHIP_EVENTS)
"""Of them those of whom anything is known."""
