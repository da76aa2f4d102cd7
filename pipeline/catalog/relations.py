"""The relations that many metrics share: members, messages, interactions, orders.

`MEMBER` is the heart: one row per member and group of those who were members at any moment of the
window (METRICS section 0: member_base), with all they did in it, so that most metrics are one
condition on a row. Persons are counted by uniqExact(user_id): a member of three groups is one
person at the wider grains.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.relation import Relation, before, local_day, local_hour, within
from pipeline.catalog.vocabulary import Grain
from schemas.event_type import EventType

MEMBERSHIP_EVENTS = (EventType.JOIN, EventType.LEAVE)
INTERACTION_EVENTS = (
    EventType.CHAT,
    EventType.REACTION,
    EventType.ACTIVITY,
    EventType.CHECKIN,
    EventType.PUBLISH,
    EventType.FEEDBACK,
    EventType.SESSION,
)
"""Whichever of them flow make an interaction; a passive view or click is none."""

_MADE = {
    EventType.CHAT: "msg_type != 'system'",
    EventType.ACTIVITY: "action IN ('attend', 'complete')",
    EventType.SESSION: "action = 'opened'",
}
_WHAT = {
    EventType.CHAT: "msg_type",
    EventType.REACTION: "action",
    EventType.ACTIVITY: "action",
    EventType.PUBLISH: "content_kind",
    EventType.FEEDBACK: "feedback_kind",
    EventType.SESSION: "session_kind",
}


def interactions(condition: str) -> str:
    """What members did in groups, one row each: group_id, user_id, event_ms, kind, detail.

    `condition` bounds event_ms, and event_date with it.
    """
    return "\n    UNION ALL\n".join(
        f"    SELECT group_id, user_id, event_ms, '{one}' AS kind,"
        f" toString({_WHAT.get(one, repr(''))}) AS detail\n"
        f"    FROM v_{one}\n"
        f"    WHERE {condition} AND actor_role = 'member'"
        + (f" AND {_MADE[one]}" if one in _MADE else "")
        for one in INTERACTION_EVENTS
    )


INTERACTION = Relation(
    "interaction",
    f"""
SELECT *, '' AS channel_id, '' AS campaign_id, {local_day()} AS day, {local_hour()} AS hour
FROM (
{interactions(within())}
)""",
    INTERACTION_EVENTS,
)

PRESENT = Relation(
    "present",
    f"""
SELECT group_id, user_id,
    argMax(channel_id, opened_ms) AS channel_id,
    argMax(campaign_id, opened_ms) AS campaign_id,
    max(opened_ms < %(start_ms)s) AS was_member,
    max(closed_ms >= %(end_ms)s) AS is_member,
    countIf(opened_ms >= %(start_ms)s AND NOT is_roster) AS joins,
    countIf(closed_ms < %(end_ms)s) AS leaves,
    countIf(opened_ms >= %(start_ms)s AND NOT is_roster AND number = 1) AS first_joins,
    max(opened_ms) AS since_ms,
    arrayUniq(arrayFlatten(groupArray(
        range(
            toUInt32({local_day("greatest(opened_ms, %(start_ms)s)")}),
            toUInt32({local_day("least(closed_ms, %(end_ms)s - 1)")}) + 1
        )
    ))) AS member_days
FROM v_membership
WHERE opened_ms < %(end_ms)s AND closed_ms >= %(start_ms)s
GROUP BY group_id, user_id""",
    MEMBERSHIP_EVENTS,
)
"""The members of `MEMBER` alone, without what they did: for who asks no more than who is there."""

MEMBER = Relation(
    "member",
    f"""
SELECT *
FROM (
{PRESENT.sql}
) AS m
LEFT JOIN (
    SELECT group_id, user_id,
        countIf(kind = 'chat') AS messages,
        count() AS interactions,
        uniqExact(kind) AS interaction_kinds,
        uniqExact({local_day()}) AS active_days,
        max(event_ms) AS last_ms
    FROM (
{interactions(within())}
    )
    GROUP BY group_id, user_id
) AS a USING (group_id, user_id)
LEFT JOIN (
    SELECT group_id, user_id, count() AS paid_orders, sum(amount_paid) AS gmv
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND actor_role = 'member'
    GROUP BY group_id, user_id
) AS o USING (group_id, user_id)""",
    MEMBERSHIP_EVENTS,
)
"""Columns: group_id, user_id, channel_id and campaign_id (of the newest membership), was_member
(at the start), is_member (at the end), joins, leaves, first_joins (memberships opened, closed, and
first ever in the group, in the window; no rosters), since_ms (newest opening), member_days (local
days of the window on which they were members, a part counts as one), messages, interactions,
interaction_kinds, active_days, last_ms (0 = nothing in the window), paid_orders, gmv (of orders
that the group gets)."""

OPENED = Relation(
    "membership opened",
    "SELECT * FROM v_membership"
    " WHERE opened_ms >= %(start_ms)s AND opened_ms < %(end_ms)s AND NOT is_roster",
    MEMBERSHIP_EVENTS,
)
"""Memberships opened in the window, rosters left out."""

CLOSED = Relation(
    "membership closed",
    "SELECT * FROM v_membership WHERE closed_ms >= %(start_ms)s AND closed_ms < %(end_ms)s",
    MEMBERSHIP_EVENTS,
)
"""Memberships closed in the window."""

BASE = "uniqExact(user_id)"
"""member_base(w) over `MEMBER`: persons who were members at any moment of the window."""


def persons(condition: str) -> str:
    """Distinct persons among the rows of a relation that fulfil a condition."""
    return f"uniqExactIf(user_id, {condition})"


def facts(
    event_type: EventType,
    condition: str = "1",
    *,
    name: str = "",
    scopes: Mapping[Grain, str] = MappingProxyType({}),
) -> Relation:
    """The events of one type in the window that fulfil a condition, all their columns."""
    return Relation(
        name or event_type.value,
        f"SELECT * FROM v_{event_type} WHERE {within()} AND {condition}",
        (event_type,),
        scopes,
    )


VISITOR = "if(user_id = '', visitor_id, user_id)"
"""Who saw something: the person, or else the visitor who is not known."""

VISITORS = f"uniqExactIf({VISITOR}, {VISITOR} != '' AND actor_role = 'member')"
"""Distinct visitors among views; staff are none."""

IS_MESSAGE = "actor_role IN ('member', 'staff') AND msg_type != 'system'"

MESSAGE = facts(
    EventType.CHAT,
    IS_MESSAGE,
    name="message",
    scopes={Grain.STAFF: "if(actor_role = 'staff', user_id, '')"},
)
"""Chats of members and staff; of the grain staff those that they wrote themselves."""

PAID = Relation(
    "paid order",
    "SELECT * FROM v_paid_order WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s",
    (EventType.ORDER,),
)
"""Orders first paid in the window, each once; group_id is the group that gets it."""

_SHARES = """
        arrayMap((qty, price) -> toFloat64(qty * price), item_qty, item_unit_price) AS amounts,
        arrayMap(
            amount -> if(arraySum(amounts) > 0, amount / arraySum(amounts), 1 / length(amounts)),
            amounts
        ) AS shares"""

ITEM = Relation(
    "order item",
    f"""
SELECT *, item_product_id AS product_id, item_category_id AS category_id, item_brand AS brand,
    item_qty AS qty, item_qty * item_unit_price AS item_amount, item_qty * item_cost AS item_costs,
    toFloat64(amount_paid) * if(empty(shares), 1, share) AS item_paid
FROM (
    SELECT *,{_SHARES}
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s
)
LEFT ARRAY JOIN item_product_id, item_category_id, item_brand, item_qty, item_unit_price,
    item_cost, shares AS share""",
    (EventType.ORDER,),
    {Grain.OBJECT: "product_id"},
)
"""Items of the orders first paid in the window. item_paid is the item's part of the amount paid,
by price, so that the items of an order sum up to it; an order without items is one row."""

_OF_ITS_ORDER = ", ".join(
    f"if(r.{name} != '', r.{name}, o.{name}) AS {name}"
    for name in ("group_id", "channel_id", "campaign_id", "staff_id")
)

REFUND = Relation(
    "refund",
    f"""
SELECT order_id, r.user_id AS user_id, r.event_ms AS event_ms, reason_code, amount, cost_reversed,
    {_OF_ITS_ORDER},
    item_product_id,{_SHARES}
FROM v_paid_order AS o
RIGHT JOIN (
    SELECT *
    FROM v_refund
    WHERE {within()}
) AS r USING (order_id)""",
    (EventType.REFUND,),
)
"""Refunds dated in the window; group, channel, campaign and staff are the refund's own, else its
order's. item_product_id and shares: the products of its order, and the part each had in it."""

SPEND = Relation(
    "spend",
    f"""
SELECT *, multiIf(
        period_end_ms > period_start_ms,
        toFloat64(amount)
            * greatest(
                least(period_end_ms, %(end_ms)s) - greatest(period_start_ms, %(start_ms)s), 0
            )
            / (period_end_ms - period_start_ms),
        event_ms >= %(start_ms)s AND event_ms < %(end_ms)s, toFloat64(amount),
        0
    ) AS spent
FROM v_spend
WHERE {before("%(asof_ms)s")} AND spent > 0""",
    (EventType.SPEND,),
)
"""Money spent: `spent` is what falls into the window, by the length of the period that it is for,
or all of it where it names no period and is dated in the window."""
