"""Conversion: from a page view to an order, from a member or visitor to a buyer."""

from __future__ import annotations

from pipeline.catalog.families.business.relations import (
    CREATED,
    ORDERS,
    PAGE_VIEW,
    PAYERS,
    VISITORS,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import BASE, MEMBER, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.thresholds import (
    CAMPAIGN_BELOW_PLAN,
    FAST_AGAINST_WEEKS,
    SLOW_AGAINST_WEEKS,
)
from pipeline.catalog.value import Script, count, per, ratio
from pipeline.catalog.vocabulary import DAILY, DWM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import HOUR_MS
from schemas.event_type import EventType

G, T, C, K, P, O = (  # noqa: E741
    Grain.GROUP,
    Grain.TYPE,
    Grain.CHANNEL,
    Grain.CAMPAIGN,
    Grain.OBJECT,
    Grain.OVERALL,
)

CONVERSION: tuple[Metric, ...] = (
    Metric(
        id="F01",
        name="pv",
        zh="页面浏览量PV",
        formula="page views",
        unit="views",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        grains=(G, C, K, P, O),
        periods=DWM,
        value=count(PAGE_VIEW),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="F02",
        name="uv",
        zh="访客数UV",
        formula="distinct persons, known or anonymous, with a page view; staff and bots excluded",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        grains=(G, C, K, P, O),
        periods=DWM,
        value=count(PAGE_VIEW, VISITORS),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A visitor who logs in later is two: nothing ties the visitor to the person.",
    ),
    Metric(
        id="F11",
        name="conversion_rate",
        zh="社群转化率",
        formula="distinct members with a paid order of the group / members at any moment of the"
        " window; live: / member_count",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        grains=(G, T, C, K, O),
        periods=(*DWM, Period.EVER),
        value=ratio(MEMBER, persons("paid_orders > 0"), BASE),
        windows=(Window.HOUR, Window.DAY),
        mode=Mode.BOTH,
        stem="conversion",
        base="members",
        drops=(FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS),
        note="Orders outside any group count in no group.",
    ),
    Metric(
        id="F11",
        name="campaign_conversion_rate",
        zh="营销活动转化率",
        formula="distinct members of the campaign with a paid order of their group since it began"
        " / its members since then: those of its groups, and whoever joined by it; from its"
        " beginning to the end of the window, or its own",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        dims=("dim_campaign",),
        grains=(K,),
        periods=DAILY,
        value=Script(
            """
SELECT {scope},
    uniqExactIf(user_id, arrayExists(ms -> ms >= began_ms AND ms < until_ms, paid)) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT c.campaign_id AS campaign_id, began_ms, until_ms,
        m.group_id AS group_id, m.user_id AS user_id
    FROM v_membership AS m
    CROSS JOIN (
        SELECT campaign_id, group_ids, start_ms AS began_ms,
            if(end_ms > 0, least(end_ms, %(end_ms)s), %(end_ms)s) AS until_ms
        FROM v_dim_campaign
        WHERE start_ms < %(end_ms)s AND (end_ms = 0 OR end_ms > %(start_ms)s)
    ) AS c
    WHERE m.opened_ms < until_ms AND m.closed_ms >= began_ms
        AND (has(c.group_ids, m.group_id) OR m.campaign_id = c.campaign_id)
) AS l
LEFT JOIN (
    SELECT group_id, user_id, groupArray(paid_ms) AS paid
    FROM v_paid_order
    WHERE paid_ms < %(end_ms)s AND actor_role = 'member'
    GROUP BY group_id, user_id
) AS o USING (group_id, user_id)
GROUP BY scope""",
            Zero.RATIO,
        ),
        base="members of the campaign",
        drops=(CAMPAIGN_BELOW_PLAN,),
        note="Its plan is a curve: the campaign's agreed kpi_target of this metric (grain K) times"
        " the forecast_progress of the key node passed last (ops_calendar, kind `node`).",
    ),
    Metric(
        id="F12",
        name="final_conversion_rate",
        zh="最终转化率",
        formula="persons of the campaign's entry step with a paid order of the campaign by its end"
        " / persons of the entry step; the entry step is viewing, else signing up, else joining,"
        " the first that the campaign has",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        optional=(EventType.VIEW, EventType.ACTIVITY, *MEMBERSHIP_EVENTS),
        dims=("dim_campaign",),
        grains=(K,),
        periods=(Period.EVER,),
        value=Script(
            """
SELECT {scope},
    uniqExactIf(user_id, paid_ms > 0 AND paid_ms < until_ms) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT campaign_id, user_id, step, until_ms,
        min(step) OVER (PARTITION BY campaign_id) AS entry_step
    FROM (
        SELECT campaign_id, user_id, event_ms AS ms, 1 AS step
        FROM v_view
        WHERE action != 'impression' AND actor_role = 'member' AND user_id != ''
        UNION ALL
        SELECT campaign_id, user_id, event_ms, 2
        FROM v_activity
        WHERE action = 'signup' AND actor_role = 'member'
        UNION ALL
        SELECT campaign_id, user_id, opened_ms, 3
        FROM v_membership
        WHERE NOT is_roster
    ) AS s
    INNER JOIN (
        SELECT campaign_id, if(end_ms > 0, least(end_ms, %(end_ms)s), %(end_ms)s) AS until_ms
        FROM v_dim_campaign
    ) AS c USING (campaign_id)
    WHERE ms < until_ms
) AS e
LEFT JOIN (
    SELECT campaign_id, user_id, min(paid_ms) AS paid_ms
    FROM v_paid_order
    WHERE actor_role = 'member'
    GROUP BY campaign_id, user_id
) AS o USING (campaign_id, user_id)
WHERE step = entry_step
GROUP BY scope""",
            Zero.RATIO,
        ),
    ),
    Metric(
        id="F13",
        name="launch_conversion_rate_1h",
        zh="付费开启1小时转化率",
        formula="members of the campaign at its paid launch who paid within the 60 minutes from it"
        " / members of the campaign then; its members are those of its groups, and whoever joined"
        " by it",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        dims=("dim_campaign",),
        grains=(K, G),
        periods=DAILY,
        value=Script(
            f"""
SELECT {{scope}},
    uniqExactIf(user_id, paid_ms >= launch_ms AND paid_ms < launch_ms + {HOUR_MS}) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT c.campaign_id AS campaign_id, launch_ms, m.group_id AS group_id, m.user_id AS user_id
    FROM v_membership AS m
    CROSS JOIN (
        SELECT campaign_id, paid_launch_ms AS launch_ms, group_ids
        FROM v_dim_campaign
        WHERE paid_launch_ms >= %(start_ms)s AND paid_launch_ms < %(end_ms)s
    ) AS c
    WHERE m.opened_ms < launch_ms AND m.closed_ms >= launch_ms
        AND (has(c.group_ids, m.group_id) OR m.campaign_id = c.campaign_id)
) AS l
ASOF LEFT JOIN (
    SELECT user_id, paid_ms
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s + {HOUR_MS}
) AS o
    ON o.user_id = l.user_id AND o.paid_ms >= l.launch_ms
GROUP BY scope""",
            Zero.RATIO,
        ),
        matures_days=1,
        early=True,
        windows=(Window.HOUR,),
        mode=Mode.BOTH,
        note="A day has one if a launch is in it. Any order of theirs counts.",
    ),
    Metric(
        id="F14",
        name="visit_to_order_rate",
        zh="浏览下单率",
        formula="distinct persons who created an order in the window / uv",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.VIEW, EventType.ORDER),
        grains=(G, C, K, P, O),
        periods=DWM,
        value=per(count(CREATED, PAYERS), count(PAGE_VIEW, VISITORS)),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Whoever orders without a page view counts too, so it may exceed 1.",
    ),
    Metric(
        id="F14",
        name="payment_rate",
        zh="支付率",
        formula="orders created in the window and paid within the attribution days / orders created"
        " in the window",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(G, C, K, P, O),
        periods=DWM,
        value=ratio(CREATED, "uniqExactIf(order_id, paid)", ORDERS),
        matures_days=7,
        early=True,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
)
