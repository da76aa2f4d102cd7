"""Community / Overview: what ops look at all day. Is anything falling, where, and is that true?"""

from __future__ import annotations

from grafana import health
from grafana.boards import Board, Placed, Row
from grafana.milestones import (
    FUNNEL,
    FUNNEL_RATES,
    groups_in_need,
    milestone,
    milestone_course,
)
from grafana.panels import bargauge, stat, table, timeseries
from grafana.stored import STORED_GROUPS, STORED_MILESTONES
from grafana.traffic import MEASURES, course, right_now
from pipeline.catalog.catalogue import MILESTONES

OVERVIEW = Board(
    uid="community-overview",
    title="Community / Overview",
    description="Members, activity and conversion of the chosen groups against their own past, "
    "the groups that need care first, and whether the pipeline can be believed.",
    tags=("community", "overview"),
    rows=(
        Row(
            "Milestones, trailing 24 h against their own past",
            (
                *(Placed(stat(milestone(metric)), 7, 5) for metric in MILESTONES),
                Placed(stat(health.CAUGHT_UP_NOW), 3, 5),
            ),
        ),
        Row(
            "Right now: the last 30 minutes against the same time last week",
            [Placed(stat(right_now(measure)), 4, 5) for measure in MEASURES],
        ),
        Row(
            "Groups that need care first",
            (Placed(table(groups_in_need(), sort=("worst change",)), 24, 10),),
        ),
        Row(
            "Funnel, trailing 24 h",
            (Placed(bargauge(FUNNEL), 12, 6), Placed(stat(FUNNEL_RATES), 12, 6)),
        ),
        Row(
            "This week against last week",
            [
                Placed(timeseries(signal), 12, 8)
                for signal in (
                    course("messages_course", "Messages", ["messages"]),
                    course("moves_course", "Joins and leaves", ["join_events", "leave_events"]),
                    course("orders_course", "Paid orders", ["paid_orders"]),
                    course("gmv_course", "GMV", ["gmv"]),
                )
            ],
        ),
        Row(
            "Milestones over time",
            [Placed(timeseries(milestone_course(metric)), 8, 8) for metric in MILESTONES],
        ),
        Row(
            "From the store: the last closed day",
            (
                Placed(table(STORED_MILESTONES), 24, 6),
                Placed(table(STORED_GROUPS), 24, 10),
            ),
            collapsed=True,
        ),
        Row(
            "Pipeline health; all of it is on the board Data quality",
            (
                Placed(timeseries(health.LAG_AGE), 6, 7),
                Placed(timeseries(health.OUTCOMES), 6, 7),
                Placed(bargauge(health.HEARTBEATS), 6, 7),
                Placed(bargauge(health.REJECTED), 6, 7),
            ),
            collapsed=True,
        ),
    ),
)
