"""Activities of a community: how often, on time or not, who takes part, what they bring (活动)."""

from __future__ import annotations

from pipeline.catalog.families.activity.relations import (
    BASE_MEMBERS,
    HELD,
    MEMBER_DAY_SQL,
    PLANNED,
    TOOK_PART,
    WINDOW_DAYS,
    among_members,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import local_day, within
from pipeline.catalog.relations import INTERACTION_EVENTS, MEMBERSHIP_EVENTS, interactions
from pipeline.catalog.thresholds import ACTIVITIES_DROP
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, K, S, O = (  # noqa: E741
    *(Grain.GROUP, Grain.TYPE, Grain.CAMPAIGN, Grain.STAFF),
    Grain.OVERALL,
)

_PARTICIPANTS = f"""
    SELECT group_id, activity_id, user_id
    FROM v_activity
    WHERE {within()} AND {TOOK_PART}
    GROUP BY group_id, activity_id, user_id"""

_PARTICIPATION = Script(
    f"""
SELECT {{scope}}, slice, uniqExactIf(user_id, has(kinds, slice)) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT group_id, user_id, kinds, arrayJoin(arrayConcat([''], (
        SELECT groupUniqArray(kind)
        FROM v_dim_activity
        WHERE kind != '' AND activity_id IN (SELECT activity_id FROM ({_PARTICIPANTS}))
    ))) AS slice
    FROM ({BASE_MEMBERS}) AS m
    LEFT JOIN (
        SELECT group_id, user_id, arrayConcat([''], groupUniqArray(kind)) AS kinds
        FROM ({_PARTICIPANTS}
        ) AS p
        LEFT JOIN (SELECT activity_id, kind FROM v_dim_activity) AS d USING (activity_id)
        GROUP BY group_id, user_id
    ) AS p USING (group_id, user_id)
)
GROUP BY scope, slice""",
    Zero.RATIO,
)

_ENGAGEMENT = Script(
    f"""
SELECT {{scope}}, sum(made) AS numerator, uniqExact((activity_id, user_id)) AS denominator
FROM (
    SELECT p.group_id AS group_id, activity_id, user_id,
        countIf(event_ms >= start_ms AND event_ms < end_ms) AS made
    FROM (
        SELECT *
        FROM ({_PARTICIPANTS}
        ) AS p
        INNER JOIN (
            SELECT activity_id, start_ms, end_ms FROM v_dim_activity WHERE start_ms > 0
        ) AS d USING (activity_id)
    ) AS p
    LEFT JOIN (
{interactions(within())}
    ) AS i USING (group_id, user_id)
    GROUP BY group_id, activity_id, user_id
)
GROUP BY scope""",
    Zero.RATIO,
    {K: "activity_id"},
)

_COMPLETION = Script(
    f"""
SELECT scope, countIf(completed) AS numerator, count() AS denominator
FROM (
    SELECT {{scope}}, activity_id, user_id,
        max(action = 'signup') AS signed_up, max(action = 'complete') AS completed
    FROM v_activity
    WHERE {within()} AND actor_role = 'member'
    GROUP BY scope, activity_id, user_id
)
WHERE signed_up
GROUP BY scope""",
    Zero.RATIO,
    {K: "activity_id"},
)

_UPLIFT = Script(
    f"""
SELECT scope, sum(rate - usual) AS numerator, sum(usual) AS denominator
FROM (
    SELECT scope, rate, busy,
        avgIf(rate, NOT busy) OVER (PARTITION BY scope, toDayOfWeek(day)) AS usual
    FROM (
        SELECT {{scope}}, day, uniqExactIf(user_id, spoke) / uniqExact(user_id) AS rate,
            max(had_activity) AS busy
        FROM ({MEMBER_DAY_SQL}
        ) AS m
        LEFT JOIN (
            SELECT DISTINCT group_id, {local_day()} AS day, 1 AS had_activity
            FROM v_activity
            WHERE {within()} AND {TOOK_PART}
        ) AS a USING (group_id, day)
        GROUP BY scope, day
    )
)
WHERE busy AND isFinite(usual)
GROUP BY scope""",
    Zero.RATIO,
)

ACTIVITIES: tuple[Metric, ...] = (
    Metric(
        id="C19",
        name="activity_count",
        zh="群活动次数",
        formula="activities that began in the window",
        unit="activities",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ACTIVITY,),
        dims=("dim_activity",),
        grains=(G, T, O),
        periods=WM,
        value=count(HELD),
    ),
    Metric(
        id="C19",
        name="activity_count_by_mode",
        zh="线上线下活动次数",
        formula="activities that began in the window, online and offline (slice)",
        unit="activities",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ACTIVITY,),
        dims=("dim_activity",),
        grains=(G, T, O),
        periods=WM,
        value=count(HELD, slice="mode"),
    ),
    Metric(
        id="C19",
        name="activity_frequency",
        zh="群活动频次",
        formula="activities that began in the window / its weeks",
        unit="activities per week",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ACTIVITY,),
        dims=("dim_activity",),
        grains=(G, T, O),
        periods=WM,
        value=count(HELD, f"count() * 7 / {WINDOW_DAYS}"),
    ),
    Metric(
        id="C20",
        name="activity_schedule_adherence",
        zh="按节奏安排活动",
        formula="activities planned to begin in the window that began within"
        " schedule_tolerance_minutes of the plan / activities planned to begin in it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY,),
        dims=("dim_activity",),
        grains=(G, T, S),
        periods=WM,
        value=ratio(
            PLANNED,
            "countIf(start_ms > 0 AND abs(start_ms - planned_ms)"
            " <= %(schedule_tolerance_minutes)s * 60000)",
            "count()",
        ),
        note="Of staff: the activities of the groups that they own.",
    ),
    Metric(
        id="C21",
        name="activity_participation_rate",
        zh="活动参与率",
        formula="distinct members who attended or completed an activity / members at any moment of"
        " the window; by kind of activity (slice) beside; of an activity (K), the members of the"
        " groups in which it was attended",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY, *MEMBERSHIP_EVENTS),
        grains=(G, K, T, O),
        periods=DWM,
        value=_PARTICIPATION,
        variants={K: among_members(EventType.ACTIVITY, TOOK_PART, "activity_id", K)},
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        base="members",
        drops=(ACTIVITIES_DROP,),
    ),
    Metric(
        id="C22",
        name="activity_engagement",
        zh="活动中活跃度",
        formula="interactions of participants in the group between begin and end of the activity"
        " / participants, who attended or completed it; K is the activity",
        unit="interactions per person",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY, *MEMBERSHIP_EVENTS),
        optional=INTERACTION_EVENTS,
        dims=("dim_activity",),
        grains=(G, K),
        periods=(Period.EVER,),
        value=_ENGAGEMENT,
    ),
    Metric(
        id="C22",
        name="activity_completion_rate",
        zh="活动完成率",
        formula="persons who signed up for an activity and completed it / who signed up;"
        " K is the activity",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY,),
        grains=(G, K),
        periods=(Period.EVER,),
        value=_COMPLETION,
    ),
    Metric(
        id="C23",
        name="activity_uplift",
        zh="活跃原因分析",
        formula="mean daily active rate on days with an activity / mean of the same weekdays of the"
        " month without one - 1; a weekday that had an activity each time is left out",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY, EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T),
        periods=(Period.MONTH,),
        value=_UPLIFT,
    ),
)
