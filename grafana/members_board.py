"""Community / Members: do people come, stay and stay awake, who leaves and why, who are they?"""

from __future__ import annotations

from grafana.boards import Board, Placed, Row
from grafana.catalogued import course, course_of, latest
from grafana.members import journey, leavers, migration, retention_by_week
from grafana.panels import barchart, stat, table, timeseries
from grafana.rankings import Ranking
from grafana.slices import cohorts, distribution
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

DAY, WEEK, MONTH = Period.DAY, Period.WEEK, Period.MONTH

_GROUPS = Ranking(
    id="members_by_group",
    title="Groups by churn",
    grain=Grain.GROUP,
    period=WEEK,
    metrics=(
        *("churn_rate", "leave_rate", "new_member_rate", "net_growth_rate"),
        *("period_retention_rate", "silent_member_ratio", "member_count"),
    ),
    note="Those that lose the largest share of their members first.",
)

_CHANNELS = Ranking(
    id="retention_by_channel",
    title="Channels by the retention of who came",
    grain=Grain.CHANNEL,
    period=DAY,
    metrics=("retention_rate_d7", "membership_retention_d7", "join_count"),
)

MEMBERS = Board(
    uid="community-members",
    title="Community / Members",
    description="Whether people come, stay and stay awake; who leaves and why; in which stage and "
    "segment those are who are there.",
    tags=("community", "members"),
    modern=True,
    span="now-90d",
    rows=(
        Row(
            "Do people come and stay?",
            [
                Placed(stat(latest(name, period)), 4, 6)
                for name, period in (
                    ("member_count", DAY),
                    ("net_member_growth", WEEK),
                    ("new_member_rate", WEEK),
                    ("churn_rate", WEEK),
                    ("retention_rate_d7", DAY),
                    ("silent_member_ratio", DAY),
                )
            ],
        ),
        Row(
            "Growth",
            (
                Placed(timeseries(course_of("member_count", DAY)), 8, 8),
                Placed(
                    timeseries(
                        course("moves", "Joins and leaves", ["join_count", "leave_count"], DAY)
                    ),
                    8,
                    8,
                ),
                Placed(timeseries(course_of("leave_rate", DAY)), 8, 8),
            ),
        ),
        Row(
            "Retention",
            (
                Placed(
                    table(
                        cohorts(
                            "active_cohorts",
                            "Active again, by week of joining",
                            [f"retention_rate_d{days}" for days in (1, 7, 30)],
                        )
                    ),
                    8,
                    10,
                ),
                Placed(
                    table(
                        cohorts(
                            "membership_cohorts",
                            "Still members, by week of joining",
                            [f"membership_retention_d{days}" for days in (1, 7, 30)],
                        )
                    ),
                    8,
                    10,
                ),
                Placed(timeseries(course_of("period_retention_rate", WEEK)), 8, 10),
            ),
        ),
        Row("Which groups?", (Placed(table(_GROUPS.signal()), 24, 10),)),
        Row(
            "Who leaves, and why?",
            (
                Placed(barchart(distribution("leave_reason_share", MONTH, "reason")), 10, 8),
                Placed(barchart(leavers("tenure", "days", "days of membership")), 8, 8),
                Placed(stat(latest("leave_reason_unknown_share", MONTH)), 6, 8),
            ),
        ),
        Row(
            "Leavers, further",
            (
                Placed(barchart(leavers("quiet", "days", "days since the last chat")), 8, 8),
                Placed(barchart(leavers("channel", "channel", "channel of the join")), 8, 8),
                Placed(barchart(distribution("leaver_segment_share", MONTH, "segment")), 8, 8),
                Placed(stat(latest("member_lifetime_days", MONTH)), 8, 6),
                Placed(table(_CHANNELS.signal()), 16, 8),
            ),
            collapsed=True,
        ),
        Row(
            "Silence, and waking up",
            (
                Placed(timeseries(course_of("silent_member_ratio", DAY)), 12, 8),
                Placed(stat(latest("silent_activation_rate", WEEK)), 6, 8),
                Placed(stat(latest("awaken_rate", WEEK)), 6, 8),
            ),
            collapsed=True,
        ),
        Row(
            "Segments, value and stages of the journey",
            (
                Placed(barchart(distribution("segment_count", WEEK, "segment")), 8, 8),
                Placed(table(migration()), 16, 8),
                Placed(barchart(distribution("rfm_segment", MONTH, "class")), 12, 8),
                Placed(table(journey()), 12, 8),
            ),
            collapsed=True,
        ),
        Row(
            "Retention week by week",
            (Placed(table(retention_by_week()), 24, 14),),
            collapsed=True,
        ),
    ),
)
