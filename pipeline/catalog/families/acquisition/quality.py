"""What a channel is worth: what becomes of those it brings, side by side."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.costs import CAC
from pipeline.catalog.families.acquisition.relations import CHANNEL_CONVERSION, C
from pipeline.catalog.families.members.leaving import CHURN
from pipeline.catalog.families.members.silence import ZOMBIES
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, after, local_day, within
from pipeline.catalog.relations import (
    BASE,
    INTERACTION_EVENTS,
    MEMBERSHIP_EVENTS,
    OPENED,
    interactions,
    persons,
)
from pipeline.catalog.scripts import vector
from pipeline.catalog.value import ratio
from pipeline.catalog.vocabulary import Direction, Kind, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

_DAY_7 = Relation(
    "day 7 of a join",
    f"""
SELECT *, (group_id, user_id, {local_day("opened_ms")} + 7) IN (
    SELECT group_id, user_id, {local_day()}
    FROM (
{interactions(within(until=after(str(8 * DAY_MS))))}
    )
) AS came_back
FROM ({OPENED.sql})""",
    MEMBERSHIP_EVENTS,
)
"""Joins of the window, and whether the person interacted in the group on day 7 after."""

QUALITY: tuple[Metric, ...] = (
    Metric(
        id="B08",
        name="channel_quality",
        zh="渠道质量",
        formula="of the channel in the month, each a slice, no single score: retention_rate_d7,"
        " zombie_member_ratio, churn_rate, channel_conversion_rate, cac",
        unit="vector",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.ORDER, EventType.SPEND),
        optional=(*INTERACTION_EVENTS, EventType.VIEW),
        grains=(C,),
        periods=(Period.MONTH,),
        value=vector(
            {
                "retention_rate_d7": ratio(_DAY_7, persons("came_back"), BASE),
                "zombie_member_ratio": ZOMBIES,
                "churn_rate": CHURN,
                "channel_conversion_rate": CHANNEL_CONVERSION,
                "cac": CAC,
            }
        ),
        matures_days=30,
        note="Zombies and churn are of all members that the channel ever brought.",
    ),
)
