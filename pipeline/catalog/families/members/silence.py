"""Who is there and not heard: zombies, muted groups, the silent, the dormant."""

from __future__ import annotations

from pipeline.catalog.families.members.relations import (
    END,
    START,
    acted,
    customers,
    days_before,
    members_at,
    without,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, before, within
from pipeline.catalog.relations import (
    BASE,
    INTERACTION_EVENTS,
    MEMBERSHIP_EVENTS,
    interactions,
    persons,
)
from pipeline.catalog.value import count, ratio
from pipeline.catalog.vocabulary import DW, WM, Direction, Grain, Kind, Zero
from schemas.event_type import EventType

G, T, C, K, O = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OVERALL)  # noqa: E741

_TRACED = Relation(
    "member and last trace",
    f"""
SELECT *,
    opened_ms <= {days_before(END, "zombie_days")} AS is_old,
    last_ms >= opened_ms AS has_trace
FROM ({members_at(END)}) AS m
LEFT JOIN (
    SELECT group_id, user_id, max(event_ms) AS last_ms
    FROM (
        SELECT group_id, user_id, event_ms FROM (
{interactions(before())}
        )
        UNION ALL
        SELECT group_id, user_id, event_ms FROM v_view WHERE {before()} AND actor_role = 'member'
    )
    GROUP BY group_id, user_id
) AS t USING (group_id, user_id)""",
    MEMBERSHIP_EVENTS,
)
"""Members at the window's end; a trace is one since this membership was opened."""

_NOTICE = f"v_contact WHERE {before()} AND link_type = 'group_notice'"
_NOTIFIED = Relation(
    "member and mute",
    f"""
SELECT *
FROM ({members_at(END)}) AS m
LEFT JOIN (
    SELECT group_id, user_id, argMax(action, (event_ms, source_seq, event_id)) = 'mute' AS is_muted
    FROM {_NOTICE}
    GROUP BY group_id, user_id
) AS n USING (group_id, user_id)
WHERE (SELECT count() FROM {_NOTICE}) > 0""",
    (*MEMBERSHIP_EVENTS, EventType.CONTACT),
)
"""Members at the window's end, if anybody was ever seen to mute a group."""

_SILENT = Relation(
    "member and activity of late",
    f"""
SELECT *, {acted(days_before(END, "silent_days"), END)} AS is_active
FROM ({members_at(END)})""",
    MEMBERSHIP_EVENTS,
)

_WAKING = Relation(
    "member and activity since",
    f"""
SELECT *,
    {acted(days_before(START, "silent_days"), START)} AS was_active,
    {acted(START, END)} AS is_active
FROM ({members_at(START)})""",
    MEMBERSHIP_EVENTS,
)

_DORMANT = Relation(
    "dormant customer",
    f"""
SELECT user_id, group_id,
    user_id IN (
        SELECT user_id
        FROM v_paid_order
        WHERE paid_ms >= {START} AND paid_ms < {END} AND actor_role = 'member'
        UNION ALL
        SELECT user_id FROM (
{interactions(within())}
        )
    ) AS is_awake
FROM (
    SELECT user_id FROM ({customers(START)}
    )
    WHERE segment = 'dormant'
) AS c
LEFT JOIN ({members_at(START)}) AS m USING (user_id)""",
    (EventType.ORDER,),
)
"""Customers dormant at the window's start, once for each group they were members of."""

ZOMBIES = ratio(_TRACED, without("is_old", "has_trace"), persons("is_old"))

SILENCE: tuple[Metric, ...] = (
    Metric(
        id="A16",
        name="zombie_member_ratio",
        zh="无效粉/僵尸粉",
        formula=(
            "members for zombie_days or longer without interaction or view in their groups since"
            " joining / members for that long"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=(*INTERACTION_EVENTS, EventType.VIEW),
        grains=(G, C, K, O),
        periods=WM,
        value=ZOMBIES,
    ),
    Metric(
        id="A17",
        name="mute_rate",
        zh="屏蔽",
        formula="members who muted the group's notices last / members at the window's end",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.CONTACT),
        grains=(G, T),
        periods=DW,
        value=ratio(_NOTIFIED, persons("is_muted"), BASE),
        note="No value where the platform tells of no mutes.",
    ),
    Metric(
        id="A27",
        name="silent_member_count",
        zh="沉默人群",
        formula="members at the window's end without interaction in the silent_days before it",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DW,
        value=count(_SILENT, without("1", "is_active")),
        note="Who speaks in one group is not silent overall. A newcomer is silent until heard.",
    ),
    Metric(
        id="A27",
        name="silent_member_ratio",
        zh="沉默人群占比",
        formula="silent_member_count / member_count",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DW,
        value=ratio(_SILENT, without("1", "is_active"), BASE),
    ),
    Metric(
        id="A28",
        name="silent_activation_rate",
        zh="促活",
        formula=(
            "members silent at the window's start who interact in it / members silent at its start"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, K, O),
        periods=WM,
        value=ratio(_WAKING, without("is_active", "was_active"), without("1", "was_active")),
    ),
    Metric(
        id="A29",
        name="awaken_rate",
        zh="唤醒率",
        formula=(
            "customers dormant at the window's start (paid before, no order or interaction for"
            " dormant_days) with a paid order or interaction in it / customers dormant at its start"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=ratio(_DORMANT, persons("is_awake"), BASE),
        note="A customer belongs to the groups of which they were a member at the start.",
    ),
)
