"""Who stays: cohorts by day, weeks and months, and buyers who pass on to a service group."""

from __future__ import annotations

from pipeline.catalog.families.members.relations import (
    END,
    PREVIOUS,
    START,
    acted,
    both,
    cohort,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import BASE, INTERACTION_EVENTS, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.thresholds import COHORTS_DROP
from pipeline.catalog.value import ratio
from pipeline.catalog.vocabulary import DAILY, DWM, WM, Direction, Grain, Kind, Zero
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

G, T, C, K, O = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OVERALL)  # noqa: E741

_FIRST_ORDER = Relation(
    "first order",
    f"""
SELECT *,
    arrayExists(
        x -> x > paid_ms AND x <= paid_ms + %(transfer_days)s * {DAY_MS}, joins_ms
    ) AS is_transferred
FROM (
    SELECT *
    FROM v_paid_order
    WHERE paid_ms >= {START} AND paid_ms < {END} AND number = 1 AND actor_role = 'member'
) AS o
LEFT JOIN (
    SELECT user_id, groupArray(opened_ms) AS joins_ms
    FROM v_membership
    WHERE NOT is_roster
        AND group_id IN (SELECT group_id FROM v_dim_group WHERE community_type = 'service')
    GROUP BY user_id
) AS m USING (user_id)""",
    (EventType.ORDER, EventType.JOIN),
)

_TWO_WINDOWS = Relation(
    "activity in the window and the one before",
    f"""
SELECT *,
    opened_ms < {START} AND {acted(PREVIOUS, START)} AS was_active,
    {acted(START, END)} AS is_active
FROM v_membership
WHERE opened_ms < {END} AND closed_ms >= {PREVIOUS}""",
    MEMBERSHIP_EVENTS,
)


MILESTONE_DAYS = 7
"""Of the retention rates the one that is watched."""


def _retention(days: int) -> Metric:
    return Metric(
        id="A19",
        name=f"retention_rate_d{days}",
        zh=f"{days}日留存率",
        formula=(
            f"of those who joined on the day, those with an interaction in the group on day"
            f" {days} after it / all"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, C, K, O),
        periods=DAILY,
        value=ratio(cohort(days), persons("came_back"), BASE),
        matures_days=days,
        base="persons who joined that day" if days == MILESTONE_DAYS else "",
        drops=(COHORTS_DROP,) if days == MILESTONE_DAYS else (),
    )


def _still_there(days: int) -> Metric:
    return Metric(
        id="A20",
        name=f"membership_retention_d{days}",
        zh=f"{days}日群留存",
        formula=(
            f"of those who joined on the day, those who are members at the end of day {days}"
            " after it / all"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, K, O),
        periods=DAILY,
        value=ratio(cohort(days), persons("is_still_member"), BASE),
        matures_days=days,
    )


RETENTION: tuple[Metric, ...] = (
    Metric(
        id="A18",
        name="group_transfer_rate",
        zh="分流",
        formula=(
            "buyers who joined a service group within the transfer days after their first paid"
            " order / buyers with their first paid order in the window"
        ),
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        dims=("dim_group",),
        grains=(G, K, O),
        periods=DWM,
        value=ratio(_FIRST_ORDER, persons("is_transferred"), BASE),
        matures_days=7,
        note="A service group is one of community type service. Scopes are those of the order.",
    ),
    *(_retention(days) for days in (1, 7, 30)),
    *(_still_there(days) for days in (1, 7, 30)),
    Metric(
        id="A21",
        name="period_retention_rate",
        zh="周/月留存",
        formula=(
            "members active in the window before who are active in this one too / members active"
            " in the window before; active is at least one interaction"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=ratio(_TWO_WINDOWS, both("was_active", "is_active"), persons("was_active")),
    ),
)
