"""What service is computed from: conversations, their steps, the days of staff, feedback."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, after, before, days, local_day, within
from pipeline.catalog.relations import facts
from pipeline.catalog.vocabulary import Grain
from schemas.event_type import EventType

G, T, K, S, P = (Grain.GROUP, Grain.TYPE, Grain.CAMPAIGN, Grain.STAFF, Grain.OBJECT)
U, O = (Grain.USER, Grain.OVERALL)  # noqa: E741

OPENING = "action = 'opened' AND actor_role = 'member'"
REPLY = "action = 'replied' AND actor_role = 'staff'"
ENDING = "action IN ('resolved', 'closed')"
CLOSING = "action = 'closed'"

_SESSION_MS = days("session_days")
_ORDER = "event_ms, source_seq, event_id"
_FIRST = f"({_ORDER})"

STEP = facts(EventType.SESSION, "actor_role = 'staff'", name="step by staff")
"""What staff did in conversations."""


def _steps(condition: str, key: str = "session_id") -> str:
    """Steps up to `session_days` after the window, one a moment: key, then_ms, by_staff."""
    return (
        f"SELECT {key}, event_ms AS then_ms, staff_id AS by_staff\n"
        f"    FROM v_session\n"
        f"    WHERE {within(until=after(_SESSION_MS))} AND {condition}\n"
        f"    ORDER BY {_ORDER}\n"
        f"    LIMIT 1 BY {key}, event_ms"
    )


SESSION = Relation(
    "conversation opened",
    f"""
SELECT *,
    if(r.then_ms <= opened_ms + {_SESSION_MS}, r.then_ms, 0) AS replied_ms,
    if(e.then_ms <= opened_ms + {_SESSION_MS}, e.then_ms, 0) AS resolved_ms,
    if(replied_ms > 0, r.by_staff, opened_staff) AS staff_id
FROM (
    SELECT session_id, event_ms AS opened_ms, group_id, user_id, channel_id, campaign_id,
        staff_id AS opened_staff, session_kind, message_id
    FROM v_session
    WHERE {within()} AND {OPENING}
    ORDER BY {_ORDER}
    LIMIT 1 BY session_id
) AS o
ASOF LEFT JOIN (
    {_steps(REPLY)}
) AS r ON r.session_id = o.session_id AND r.then_ms >= o.opened_ms
ASOF LEFT JOIN (
    {_steps("action = 'resolved'")}
) AS e ON e.session_id = o.session_id AND e.then_ms >= o.opened_ms""",
    (EventType.SESSION,),
)
"""Conversations that members opened in the window, with the first reply of staff and the first
solution within `session_days` (0 = none); staff_id is who replied, else who the opening names."""

QUESTION = Relation(
    "question",
    f"""
SELECT *
FROM ({SESSION.sql})
WHERE session_kind = 'question' OR (group_id, message_id) IN (
    SELECT group_id, message_id
    FROM v_chat
    WHERE {within(since=f"%(start_ms)s - {_SESSION_MS}")} AND is_question
)""",
    (EventType.SESSION,),
)
"""Of them those that are questions, or were opened for a message that asks one."""

OVERDUE = Relation(
    "overdue conversation",
    f"""
SELECT session_id,
    argMaxIf(group_id, {_FIRST}, {OPENING}) AS group_id,
    maxIf(event_ms, {OPENING}) AS opened_ms,
    argMaxIf(named, {_FIRST}, named != '') AS staff_id
FROM (
    SELECT *, if(to_staff_id != '', to_staff_id, staff_id) AS named
    FROM v_session
    WHERE {before()}
)
GROUP BY session_id
HAVING opened_ms > 0 AND opened_ms + %(sla_seconds)s * 1000 < %(end_ms)s
    AND maxIf(event_ms, ({REPLY}) OR {ENDING}) < opened_ms""",
    (EventType.SESSION,),
)
"""Conversations that at the window's end have waited too long, since they were last opened, for
any reply or end; staff_id is who was named last."""

ENDED = Relation(
    "conversation ended",
    f"""
SELECT session_id, ended_ms, staff_id, opened_ms,
    multiIf(told > 0, told, replied_ms > 0, (ended_ms - replied_ms) / 1000, -1) AS seconds
FROM (
    SELECT session_id,
        minIf(event_ms, {CLOSING}) AS ended_ms,
        argMinIf(staff_id, {_FIRST}, {CLOSING}) AS staff_id,
        minIf(event_ms, {OPENING}) AS opened_ms,
        minIf(event_ms, {REPLY}) AS replied_ms,
        maxIf(handle_seconds, {CLOSING}) AS told
    FROM v_session
    WHERE {within(since=f"%(start_ms)s - {_SESSION_MS}")}
    GROUP BY session_id
)
WHERE ended_ms >= %(start_ms)s""",
    (EventType.SESSION,),
)
"""Conversations whose first closing lies in the window; of what came before it the last
`session_days` are looked at. seconds: those told, else since the first reply, else -1."""

NEGATIVE = Relation(
    "negative message",
    f"""
SELECT group_id, event_ms,
    then_ms > 0 AND then_ms <= event_ms + {_SESSION_MS} AS handled,
    (then_ms - event_ms) / 1000 AS seconds,
    if(handled, by_staff, named) AS staff_id
FROM (
    SELECT group_id, user_id, event_ms, staff_id AS named
    FROM v_chat
    WHERE {within()} AND actor_role = 'member' AND msg_type != 'system'
        AND sentiment = 'negative'
    UNION ALL
    SELECT group_id, user_id, event_ms, staff_id
    FROM v_feedback
    WHERE {within()} AND actor_role = 'member' AND sentiment = 'negative'
) AS n
ASOF LEFT JOIN (
    {_steps("session_kind = 'issue' AND actor_role = 'staff'", "user_id")}
) AS c ON c.user_id = n.user_id AND c.then_ms >= n.event_ms""",
    (EventType.SESSION,),
)
"""Negative messages and feedback of members; handled: staff then spoke with the person about an
issue, within `session_days`. staff_id is who did, else whom the event names."""

SERVED = Relation(
    "person served",
    f"""
SELECT group_id, staff_id, '' AS product_id, user_id, 1 AS served, 0 AS complained
FROM v_session
WHERE {within()} AND actor_role IN ('member', 'staff')
UNION ALL
SELECT group_id, staff_id, arrayJoin(emptyArrayToSingle(item_product_id)), user_id, 1, 0
FROM v_paid_order
WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND actor_role = 'member'
UNION ALL
SELECT group_id, staff_id, ref_id, user_id, 0, 1
FROM v_feedback
WHERE {within()} AND actor_role = 'member' AND feedback_kind = 'complaint'""",
    (EventType.SESSION, EventType.ORDER, EventType.FEEDBACK),
    {P: "product_id"},
)
"""Persons who were served, by a conversation or a paid order, and persons who complained."""

FEEDBACK = facts(EventType.FEEDBACK, "actor_role = 'member'", scopes={P: "ref_id"})
"""Feedback of members; its object is what it is about."""

STAFF_DAY = Relation(
    "day of staff",
    f"""
SELECT staff_id, day, uniqExactIf(thing, kind = 'session') + countIf(kind = 'task') AS work
FROM (
    SELECT staff_id, {local_day()} AS day, session_id AS thing, 'session' AS kind
    FROM v_session
    WHERE {within()} AND actor_role = 'staff'
    UNION ALL
    SELECT staff_id, {local_day()}, event_id, 'task'
    FROM v_staff_action
    WHERE {within()} AND actor_role = 'staff'
)
GROUP BY staff_id, day""",
    (EventType.SESSION, EventType.STAFF_ACTION),
)
"""Local days on which staff did anything: conversations and other actions together are `work`."""

ACTION = facts(EventType.STAFF_ACTION, "actor_role = 'staff'", scopes={U: "target_user_id"})
"""What staff did; a user is the one it was done for."""

ASSIGNED = Relation(
    "assigned customer",
    f"""
SELECT staff_id, user_id, (staff_id, user_id) IN (
        SELECT staff_id, target_user_id
        FROM v_staff_action
        WHERE {within()} AND actor_role = 'staff' AND action_kind = 'follow_up'
    ) AS followed
FROM (
    SELECT staff_id, user_id, argMax(action, {_FIRST}) AS last_action
    FROM v_contact
    WHERE {before()} AND link_type = 'wecom_friend'
    GROUP BY staff_id, user_id
)
WHERE last_action = 'add'""",
    (EventType.STAFF_ACTION, EventType.CONTACT),
)
"""Customers whose tie to a member of staff is open at the window's end."""

DUE_ITEM = Relation(
    "calendar item due",
    f"""
SELECT *, owner_staff_id AS staff_id,
    (done_ms > 0 AND done_ms <= due_ms) OR (task_ms > 0 AND task_ms <= due_ms) AS in_time
FROM (SELECT * FROM v_ops_calendar WHERE due_ms >= %(start_ms)s AND due_ms < %(end_ms)s) AS i
LEFT JOIN (
    SELECT calendar_item_id AS item_id, min(event_ms) AS task_ms
    FROM v_staff_action
    WHERE {before()}
    GROUP BY item_id
) AS d USING (item_id)""",
    (EventType.STAFF_ACTION,),
)
"""Items of the operations calendar that are due in the window; in_time: staff did them by then."""


def quantile(level: float, number: str, condition: str = "1") -> str:
    """The exact quantile of a number among rows that fulfil a condition, between two if need be."""
    return f"quantileExactInclusiveIf({level})({number}, {condition})"
