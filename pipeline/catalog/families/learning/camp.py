"""The way through a training camp, and who is best in it (训练营)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import before, local_day, within
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, C, K = Grain.GROUP, Grain.CHANNEL, Grain.CAMPAIGN

_STEPS = ("view", "signup", "joined", "opened", "first_checkin", "completed", "paid")

_FUNNEL = f"""
WITH
camp AS (
    SELECT campaign_id, opening_ms, task_id, count() OVER (PARTITION BY campaign_id) AS tasks
    FROM v_dim_course AS c
    INNER JOIN v_dim_task AS t USING (course_id)
),
checkins AS (
    SELECT camp.campaign_id AS campaign_id, user_id, task_id, tasks
    FROM v_checkin AS c
    INNER JOIN camp USING (task_id)
    WHERE {before()} AND actor_role = 'member'
),
steps AS (
    SELECT campaign_id, if(user_id = '', visitor_id, user_id) AS person, channel_id, event_ms,
        1 AS step
    FROM v_view
    WHERE {before()} AND object_kind = 'poster' AND actor_role = 'member' AND person != ''
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 2
    FROM v_activity
    WHERE {before()} AND action = 'signup' AND actor_role = 'member'
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 3
    FROM v_membership
    WHERE opened_ms < %(end_ms)s AND NOT is_roster
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 4
    FROM v_membership AS m
    INNER JOIN (SELECT DISTINCT campaign_id, opening_ms FROM camp) AS c USING (campaign_id)
    WHERE opened_ms < opening_ms AND closed_ms >= opening_ms AND opening_ms < %(end_ms)s
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 5 FROM checkins
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 6
    FROM checkins
    GROUP BY campaign_id, user_id
    HAVING uniqExact(task_id) = any(tasks)
    UNION ALL
    SELECT campaign_id, user_id, '', 0, 7
    FROM v_paid_order
    WHERE paid_ms < %(end_ms)s AND actor_role = 'member'
),
persons AS (
    SELECT campaign_id, person,
        argMinIf(channel_id, event_ms, step = 1) AS channel_id,
        arrayFirstIndex(
            x -> NOT has(groupUniqArray(step), x), range(1, {len(_STEPS) + 2})
        ) - 1 AS reached
    FROM steps
    WHERE campaign_id IN (SELECT campaign_id FROM camp) AND campaign_id != ''
    GROUP BY campaign_id, person
)
SELECT scope, concat(toString(step), ' ', {list(_STEPS)}[step]) AS slice,
    countIf(reached >= step) AS numerator,
    countIf(reached >= greatest(step - 1, 1)) AS denominator
FROM (SELECT {{scope}}, reached, arrayJoin(range(1, {len(_STEPS) + 1})) AS step FROM persons)
GROUP BY scope, step"""

_RANKED = f"""
SELECT scope, user_id AS slice, points AS numerator,
    row_number() OVER (
        PARTITION BY scope ORDER BY points DESC, days DESC, messages DESC, user_id
    ) AS denominator
FROM (
    SELECT {{scope}}, user_id, sum(points_delta) AS points,
        uniqExactIf({local_day()}, kind = 'checkin') AS days, countIf(kind = 'chat') AS messages
    FROM (
        SELECT group_id, campaign_id, user_id, event_ms, points_delta, 'checkin' AS kind
        FROM v_checkin
        WHERE {within()} AND actor_role = 'member'
        UNION ALL
        SELECT group_id, campaign_id, user_id, event_ms, points_delta, 'activity'
        FROM v_activity
        WHERE {within()} AND actor_role = 'member'
        UNION ALL
        SELECT group_id, campaign_id, user_id, event_ms, 0, 'chat'
        FROM v_chat
        WHERE {within()} AND actor_role = 'member' AND msg_type != 'system'
    )
    GROUP BY scope, user_id
    HAVING days > 0
)"""

CAMP: tuple[Metric, ...] = (
    Metric(
        id="E06",
        name="training_camp_funnel",
        zh="招生→付费",
        formula=(
            "persons of a camp at a step / those at the step before: saw its poster, signed up,"
            " joined, were there at the opening, checked in, did every task, paid; at a step is"
            " who took it and all before it"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(
            EventType.VIEW,
            EventType.ACTIVITY,
            EventType.JOIN,
            EventType.CHECKIN,
            EventType.ORDER,
        ),
        dims=("dim_course", "dim_task"),
        grains=(K, C),
        periods=(Period.EVER,),
        value=Script(_FUNNEL, Zero.RATIO),
        note=(
            "A camp is a campaign with a course. The channel is that of the first view; the first"
            " step is over itself."
        ),
    ),
    Metric(
        id="E08",
        name="top_learner_ranking",
        zh="从中择优",
        formula=(
            "learners who checked in, by points, then days with a check-in, then messages: sliced"
            " by user, the numerator is the points, the denominator the place"
        ),
        unit="points",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.CHECKIN, EventType.ACTIVITY, EventType.CHAT),
        grains=(G, K),
        periods=(Period.WEEK, Period.EVER),
        value=Script(
            f"SELECT * FROM ({_RANKED}\n)\nWHERE denominator <= %(top_n)s", Zero.STATISTIC
        ),
    ),
)
