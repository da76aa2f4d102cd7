"""Funnels of those who came, and the stages that members are in."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.catalog.families.segments.relations import END, members
from pipeline.catalog.relation import Relation, after, before, local_day, within
from pipeline.catalog.relations import (
    INTERACTION_EVENTS,
    MEMBER,
    MEMBERSHIP_EVENTS,
    OPENED,
    interactions,
    persons,
)
from pipeline.catalog.value import Measure, Ratio
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

FUNNEL_DAYS = 31
"""After so many days the last step of a funnel is certain: the join's own day and 30 more."""

_UNTIL = after(f"{FUNNEL_DAYS} * {DAY_MS}")

_COHORT = f"""
SELECT group_id, user_id, channel_id, campaign_id, {local_day("opened_ms")} AS day,
    arrayMap(x -> x - day, acted) AS acted_on, arrayMap(x -> x - day, chatted) AS chatted_on,
    arrayMap(x -> x - day, delivered) AS delivered_on, arrayMap(x -> x - day, paid) AS paid_on,
    arrayMap(x -> x - day, brought) AS brought_on
FROM ({OPENED.sql} AND number = 1) AS j
LEFT JOIN (
    SELECT group_id, user_id, groupUniqArray({local_day()}) AS acted,
        groupUniqArrayIf({local_day()}, kind = 'chat') AS chatted
    FROM (
{interactions(within(until=_UNTIL))}
    )
    GROUP BY group_id, user_id
) AS i USING (group_id, user_id)
LEFT JOIN (
    SELECT user_id, groupUniqArray({local_day()}) AS delivered
    FROM v_delivery
    WHERE {within(until=_UNTIL)} AND action IN ('delivered', 'read')
    GROUP BY user_id
) AS d USING (user_id)
LEFT JOIN (
    SELECT user_id, groupUniqArray({local_day("paid_ms")}) AS paid
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < {_UNTIL} AND actor_role = 'member'
    GROUP BY user_id
) AS p USING (user_id)
LEFT JOIN (
    SELECT inviter_id AS user_id, groupUniqArray({local_day("opened_ms")}) AS brought
    FROM v_membership
    WHERE opened_ms >= %(start_ms)s AND opened_ms < {_UNTIL} AND NOT is_roster
        AND inviter_role = 'member'
    GROUP BY user_id
) AS b USING (user_id)"""
"""Who joined a group for the first time in the window, and on which days after it they did what:
0 is the day of the join. What they did is that in the group; the rest is wherever it was."""


def _funnel(name: str, first: str, steps: Mapping[str, str], *events: EventType) -> Relation:
    """The cohort, each once for each step: its `number`, and how many were `reached` in order."""
    names = [f"{number} {step}" for number, step in enumerate((first, *steps), 1)]
    return Relation(
        name,
        f"""
SELECT *, step, number,
    arrayFirstIndex(x -> x = 0, [1, {", ".join(steps.values())}, 0]) - 1 AS reached
FROM ({_COHORT}
)
ARRAY JOIN {names} AS step, range(1, {len(names) + 1}) AS number""",
        (*MEMBERSHIP_EVENTS, *events),
    )


def _on(days: str, first: int, last: int) -> str:
    return f"arrayExists(x -> x BETWEEN {first} AND {last}, {days})"


AARRR = _funnel(
    "AARRR",
    "acquisition",
    {
        "activation": _on("acted_on", 0, 7),
        "retention": _on("acted_on", 8, 30),
        "revenue": _on("paid_on", 0, 30),
        "referral": _on("brought_on", 0, 30),
    },
    EventType.ORDER,
)

FIVE_STAGES = _funnel(
    "five stages",
    "joined",
    {
        "delivered": _on("delivered_on", 0, 7),
        "active": _on("chatted_on", 0, 7),
        "retained": _on("acted_on", 7, 7),
        "paid": _on("paid_on", 0, 30),
    },
    EventType.DELIVERY,
    EventType.CHAT,
    EventType.ORDER,
)

_STAGES = """arrayMap(
        x -> multiIf(
            x = 'acquire', joins > 0,
            x = 'activate', interactions > 0,
            x = 'retain', is_member,
            paid_orders > 0
        ),
        array%(chain_stages)s
    )"""

CHAIN = Relation(
    "operations chain",
    f"""
SELECT *, number, concat(toString(number), ' ', name) AS step,
    arrayFirstIndex(x -> x = 0, arrayPushBack({_STAGES}, 0)) - 1 AS reached
FROM ({MEMBER.sql}
)
ARRAY JOIN array%(chain_stages)s AS name, arrayEnumerate(array%(chain_stages)s) AS number""",
    (*MEMBERSHIP_EVENTS, EventType.ORDER),
)
"""Members of the window, each once for each stage, and how many stages were `reached` in order."""


def stepwise(funnel: Relation, before_first: str = "1") -> Ratio:
    """Persons who reached a step / persons who reached the one before, each step a slice."""
    return Ratio(
        Measure(funnel, persons("reached >= number"), "step"),
        Measure(funnel, persons(f"reached >= greatest(number - 1, {before_first})"), "step"),
    )


def overall(funnel: Relation) -> Ratio:
    """Persons who reached a step / all."""
    return Ratio(
        Measure(funnel, persons("reached >= number"), "step"),
        Measure(funnel, "uniqExact(user_id)", "step"),
    )


JOURNEY = Relation(
    "customer journey",
    f"""
SELECT group_id, user_id, ({END} - stage.1) / {DAY_MS} AS dwell_days, stage.2 AS stage_name
FROM (
    SELECT user_id, arrayFirst(x -> x.1 > 0, [
            (brought_ms, 'advocate'), (again_ms, 'repeat buyer'), (bought_ms, 'buyer'),
            (acted_ms, 'active'), (joined_ms, 'joined')
        ]) AS stage
    FROM (
        SELECT user_id, min(opened_ms) AS joined_ms
        FROM v_membership
        WHERE opened_ms < {END}
        GROUP BY user_id
    ) AS m
    LEFT JOIN (
        SELECT user_id, min(event_ms) AS acted_ms
        FROM (
{interactions(before())}
        )
        GROUP BY user_id
    ) AS i USING (user_id)
    LEFT JOIN (
        SELECT user_id, arraySort(groupArray(paid_ms)) AS paid,
            paid[1] AS bought_ms, paid[2] AS again_ms
        FROM v_paid_order
        WHERE paid_ms < {END} AND actor_role = 'member'
        GROUP BY user_id
    ) AS p USING (user_id)
    LEFT JOIN (
        SELECT inviter_id AS user_id, min(opened_ms) AS brought_ms
        FROM v_membership
        WHERE opened_ms < {END} AND NOT is_roster AND inviter_role = 'member'
        GROUP BY user_id
    ) AS b USING (user_id)
) AS j
INNER JOIN ({members()}) AS m USING (user_id)""",
    (*MEMBERSHIP_EVENTS, EventType.ORDER, *INTERACTION_EVENTS),
)
"""Members at the window's end in each of their groups: the furthest stage that the person has
reached, whatever the group, and the days since."""

TYPICAL_DWELL = (
    "arrayReduce('quantileExactInclusive(0.5)', groupUniqArray((user_id, dwell_days)).2)"
)
"""Median days in the stage that persons are in now, each person once."""
