"""What the metrics of activity are computed from: days, topics, activities, roles, ties."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, before, local_day, within
from pipeline.catalog.relations import IS_MESSAGE, MEMBERSHIP_EVENTS, facts
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import Grain, Zero
from schemas.event_type import EventType

WINDOW_DAYS = (
    f"dateDiff('day', {local_day('toInt64(%(start_ms)s)')}, {local_day('toInt64(%(end_ms)s)')})"
)
"""Days of the window."""

_IN_BASE = "opened_ms < %(end_ms)s AND closed_ms >= %(start_ms)s"

BASE_MEMBERS = f"SELECT DISTINCT group_id, user_id FROM v_membership WHERE {_IN_BASE}"
"""Each member of each group of member_base(w)."""


def in_base(user: str = "user_id") -> str:
    """Condition: the person was a member of the row's group at some moment of the window."""
    return f"(group_id, {user}) IN (SELECT group_id, user_id FROM v_membership WHERE {_IN_BASE})"


def holds(*roles: str, user: str = "user_id") -> str:
    """Condition: the person held one of `roles` (none = any) in the row's group in the window."""
    named = f"role IN ({', '.join(map(repr, roles))}) AND " if roles else ""
    return (
        f"(group_id, {user}) IN (SELECT group_id, user_id FROM v_dim_member_role"
        f" WHERE {named}valid_from_ms < %(end_ms)s"
        " AND (valid_to_ms = 0 OR valid_to_ms > %(start_ms)s))"
    )


SPOKE = "actor_role = 'member' AND msg_type != 'system'"

MEMBER_DAY_SQL = f"""
SELECT group_id, user_id, toDate(number) AS day, has(spoke_on, number) AS spoke
FROM (
    SELECT group_id, user_id,
        arrayDistinct(arrayFlatten(groupArray(range(
            toUInt32({local_day("greatest(opened_ms, %(start_ms)s)")}),
            toUInt32({local_day("least(closed_ms, %(end_ms)s - 1)")}) + 1
        )))) AS days
    FROM v_membership
    WHERE {_IN_BASE}
    GROUP BY group_id, user_id
) AS m
LEFT JOIN (
    SELECT group_id, user_id, groupUniqArray(toUInt32({local_day()})) AS spoke_on
    FROM v_chat
    WHERE {within()} AND {SPOKE}
    GROUP BY group_id, user_id
) AS c USING (group_id, user_id)
ARRAY JOIN days AS number"""

MEMBER_DAY = Relation("member day", MEMBER_DAY_SQL, (*MEMBERSHIP_EVENTS, EventType.CHAT))
"""A row for each local day on which a member was one, and whether they spoke in the group then."""

TOPIC = facts(
    EventType.PUBLISH,
    "actor_role IN ('member', 'staff') AND content_kind = 'topic' AND topic_id != ''",
    name="topic",
)
"""Topics that members and staff opened; a topic that is opened anew comes again."""

IN_TOPIC = "topic_id != ''"

TOPIC_MESSAGE = facts(
    EventType.CHAT,
    f"{IS_MESSAGE} AND {IN_TOPIC}",
    name="topic message",
    scopes={Grain.OBJECT: "topic_id"},
)
"""Messages that belong to a topic."""


def typed(relation: Relation, column: str) -> Relation:
    """Rows of a relation whose topic has a `column` in dim_topic, with it."""
    return Relation(
        f"{relation.name} by {column}",
        f"""
SELECT *
FROM ({relation.sql}) AS r
INNER JOIN (
    SELECT topic_id, {column} FROM v_dim_topic WHERE {column} != ''
) AS t USING (topic_id)""",
        relation.events,
    )


TOOK_PART = "actor_role = 'member' AND action IN ('attend', 'complete')"


def among_members(event_type: EventType, condition: str, thing: str, grain: Grain) -> Script:
    """For each `thing` who did it of the members of the groups in which it happened."""
    return Script(
        f"""
SELECT {{scope}},
    uniqExactIf(user_id, has(who, user_id)) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT group_id, {thing}, groupUniqArray(user_id) AS who
    FROM v_{event_type}
    WHERE {within()} AND {condition}
    GROUP BY group_id, {thing}
) AS t
INNER JOIN ({BASE_MEMBERS}) AS m USING (group_id)
GROUP BY scope""",
        Zero.RATIO,
        {grain: thing},
    )


def _activities(moment: str) -> str:
    return f"""
SELECT *
FROM (
    SELECT * FROM v_dim_activity WHERE {moment} >= %(start_ms)s AND {moment} < %(end_ms)s
) AS a
LEFT JOIN (SELECT group_id, owner_staff_id AS staff_id FROM v_dim_group) AS g USING (group_id)"""


HELD = Relation("activity held", _activities("start_ms"), (EventType.ACTIVITY,))
"""Activities that began in the window; staff_id is who owns the group."""

PLANNED = Relation("activity planned", _activities("planned_ms"), (EventType.ACTIVITY,))
"""Activities that were to begin in the window."""


def calendar(name: str, condition: str) -> Relation:
    """Items of the operations calendar that were planned in the window, and whether they are done.

    Done by the window's end: the calendar says so, or an action of staff or members names it.
    """
    return Relation(
        name,
        f"""
SELECT *, owner_staff_id AS staff_id,
    done_ms > 0 AND done_ms < %(end_ms)s
    OR item_id IN (SELECT calendar_item_id FROM v_staff_action WHERE {before()}) AS is_done
FROM v_ops_calendar
WHERE planned_ms >= %(start_ms)s AND planned_ms < %(end_ms)s AND {condition}""",
        (EventType.STAFF_ACTION,),
        {Grain.OBJECT: "topic_id"},
    )


MEMBER_TIES = Relation(
    "member's ties",
    f"""
SELECT group_id, user_id, was_member, is_member, then_ties, ties
FROM (
    SELECT group_id, user_id,
        max(opened_ms < %(start_ms)s) AS was_member,
        max(closed_ms >= %(end_ms)s) AS is_member
    FROM v_membership
    WHERE {_IN_BASE}
    GROUP BY group_id, user_id
) AS m
LEFT JOIN (
    SELECT user_id,
        groupUniqArrayIf(link_type, before = 'add') AS then_ties,
        groupUniqArrayIf(link_type, last = 'add') AS ties
    FROM (
        SELECT user_id, link_type,
            argMaxIf(action, place, event_ms < %(start_ms)s) AS before,
            argMax(action, place) AS last
        FROM (
            SELECT *, (event_ms, source_seq, event_id) AS place
            FROM v_contact
            WHERE {before()} AND link_type != 'group_notice'
        )
        GROUP BY user_id, link_type, staff_id
    )
    GROUP BY user_id
) AS t USING (user_id)""",
    (*MEMBERSHIP_EVENTS, EventType.CONTACT),
)
"""Members with the kinds of link open at the window's start (then_ties) and at its end (ties)."""

PRESSURE_SQL = f"""
SELECT group_id, staff_id, 1 AS pushes
FROM v_delivery
WHERE {within()} AND action = 'sent' AND push_kind IN ('group_broadcast', 'private')
UNION ALL
SELECT group_id, user_id, length(mentions)
FROM v_chat
WHERE {within()} AND actor_role = 'staff' AND msg_type != 'system' AND notEmpty(mentions)"""

PRESSURE = Relation("pressure", PRESSURE_SQL, (EventType.DELIVERY, EventType.CHAT))
"""What reaches for members: a push for each person it is sent to, and the mentions by staff."""

POINTS = Relation(
    "points",
    f"""
SELECT group_id, user_id, points_delta AS points
FROM v_checkin
WHERE {within()} AND actor_role = 'member' AND points_delta > 0
UNION ALL
SELECT group_id, user_id, points_delta
FROM v_activity
WHERE {within()} AND actor_role = 'member' AND points_delta > 0
UNION ALL
SELECT group_id, target_user_id, points_delta
FROM v_staff_action
WHERE {within()} AND points_delta > 0""",
    (EventType.CHECKIN,),
)
"""Points granted to members, by what they did or by staff."""
