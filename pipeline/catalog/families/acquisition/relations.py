"""What acquisition is computed from: invitations, newcomers, money spent."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, after, before, days, within
from pipeline.catalog.relations import MEMBERSHIP_EVENTS
from pipeline.catalog.scripts import followed
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import Grain, Zero
from schemas.event_type import EventType

G, T, C, K = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN)
S, P, O = (Grain.STAFF, Grain.OBJECT, Grain.OVERALL)  # noqa: E741

CHANNEL = "if(channel_id = '', 'unknown', channel_id)"

INVITED = Relation(
    "invitation sent",
    followed(
        f"SELECT *, invite_id AS person FROM v_invite WHERE {within()} AND action = 'sent'",
        "SELECT invite_id AS who, opened_ms AS then_ms FROM v_membership"
        " WHERE invite_id != '' AND NOT is_roster AND opened_ms < %(asof_ms)s",
        days("attribution_days"),
    ),
    (EventType.INVITE, *MEMBERSHIP_EVENTS),
)
"""Invitations sent in the window; `followed`: by a join with their id in time."""

_STEPS = ("clicked", "applied", "approved", "joined")

FUNNEL = Relation(
    "step of an invitation",
    f"""
SELECT *, step, number
FROM (
    SELECT *, event_ms + {days("attribution_days")} AS until_ms,
        arrayFirst(x -> x >= event_ms, clicked) AS clicked_ms,
        arrayFirst(x -> clicked_ms > 0 AND x >= clicked_ms, applied) AS applied_ms,
        arrayFirst(x -> applied_ms > 0 AND x >= applied_ms, approved) AS approved_ms,
        arrayFirst(x -> approved_ms > 0 AND x >= approved_ms, joined) AS joined_ms,
        1 + arrayCount(
            x -> x BETWEEN event_ms AND until_ms, [clicked_ms, applied_ms, approved_ms, joined_ms]
        ) AS reached
    FROM (SELECT * FROM v_invite WHERE {within()} AND action = 'sent') AS s
    LEFT JOIN (
        SELECT invite_id,
            arraySort(groupArrayIf(event_ms, action = 'clicked')) AS clicked,
            arraySort(groupArrayIf(event_ms, action = 'applied')) AS applied,
            arraySort(groupArrayIf(event_ms, action = 'approved')) AS approved,
            arraySort(groupArrayIf(event_ms, action = 'joined')) AS joined
        FROM (
            SELECT invite_id, event_ms, action FROM v_invite
            WHERE {within(until=after(days("attribution_days")))}
            UNION ALL
            SELECT invite_id, opened_ms, 'joined' FROM v_membership
            WHERE opened_ms >= %(start_ms)s AND NOT is_roster
        )
        WHERE invite_id != ''
        GROUP BY invite_id
    ) AS e USING (invite_id)
)
ARRAY JOIN {list(_STEPS)} AS step, range(2, {len(_STEPS) + 2}) AS number""",
    (EventType.INVITE, *MEMBERSHIP_EVENTS),
)
"""Each invitation sent in the window once for each later step: `number` of the step, and the
number of the last one that was `reached` in order and in time (1 = sent)."""

NEWCOMER = """
    SELECT {scope}, user_id, min(opened_ms) AS event_ms,
        argMin((is_roster, channel_id, inviter_role, join_method), (opened_ms, is_roster, group_id))
            AS first
    FROM v_membership
    WHERE opened_ms < %(end_ms)s AND user_id IN (
        SELECT user_id FROM v_membership
        WHERE opened_ms >= %(start_ms)s AND opened_ms < %(end_ms)s
    )
    GROUP BY scope, user_id
    HAVING event_ms >= %(start_ms)s AND NOT first.1"""
"""Persons whose first membership in a scope was opened in the window; `first`: what it was like."""

CHANNEL_CONVERSION = Script(
    f"""
SELECT scope, countIf(followed) AS numerator, count() AS denominator
FROM ({
        followed(
            f"SELECT *, user_id AS person FROM ({NEWCOMER})",
            "SELECT user_id AS who, paid_ms AS then_ms FROM v_paid_order"
            " WHERE actor_role = 'member'",
            days("channel_days"),
        )
    })
GROUP BY scope""",
    Zero.RATIO,
)
"""Of the newcomers of a scope those who paid for something in time."""

LEAD = Relation(
    "lead",
    f"""
SELECT user_id, min(event_ms) AS first_ms,
    argMin(channel_id, (event_ms, source_seq, event_id)) AS channel_id,
    argMin(campaign_id, (event_ms, source_seq, event_id)) AS campaign_id,
    argMin(staff_id, (event_ms, source_seq, event_id)) AS staff_id
FROM v_contact
WHERE {before()} AND is_lead
GROUP BY user_id
HAVING first_ms >= %(start_ms)s""",
    (EventType.CONTACT,),
)
"""Persons who became a lead in the window, with what their first contact as one tells."""
