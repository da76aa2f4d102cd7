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
from pipeline.catalog.relation import Relation, local_day
from pipeline.catalog.relations import BASE, INTERACTION_EVENTS, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.thresholds import COHORTS_DROP
from pipeline.catalog.value import Measure, Ratio, ratio
from pipeline.catalog.vocabulary import DAILY, DWM, WM, Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS, WEEK_MS
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


COHORT_WEEKS = 12
"""So many weeks after it a week of joining is looked at."""

_JOINED = f"toMonday({local_day('opened_ms')})"

_WEEKS_OF_JOINING = Relation(
    "memberships by week of joining",
    f"""
SELECT group_id, user_id, weeks, {acted(START, END)} AS is_active
FROM (
    SELECT DISTINCT group_id, user_id,
        intDiv({local_day(f"toInt64({START})")} - {_JOINED}, 7) AS weeks
    FROM v_membership
    WHERE opened_ms < {END} AND opened_ms >= {START} - {(COHORT_WEEKS + 1) * WEEK_MS}
        AND NOT is_roster
)
WHERE weeks <= {COHORT_WEEKS}""",
    MEMBERSHIP_EVENTS,
)
"""Memberships opened in the week or in one of those before it, a person once a group and week;
weeks: how many weeks before, 0 = in this one."""

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
    Metric(
        id="A19",
        name="weekly_retention_rate",
        zh="逐周留存率",
        formula=(
            "of the memberships that opened in a week, those whose member interacted in the group"
            " in the window / all; by how many weeks before the window that week was, 0 = itself,"
            f" at most {COHORT_WEEKS}"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=(Period.WEEK,),
        value=Ratio(
            Measure(_WEEKS_OF_JOINING, "countIf(is_active)", "weeks"),
            Measure(_WEEKS_OF_JOINING, "count()", "weeks"),
        ),
        note="Memberships are counted: a person in two groups is two, so groups add up.",
    ),
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
