"""Community / Group: one group. How is it, who is in it, what moved, where do people drop off?"""

from __future__ import annotations

from grafana import health, people
from grafana.boards import Board, Placed, Row
from grafana.catalogued import course, course_of, latest
from grafana.funnels import rates, reached
from grafana.milestones import FUNNEL, FUNNEL_RATES, milestone, milestone_course
from grafana.panels import barchart, bargauge, stat, table, timeseries
from grafana.reading import metric
from grafana.slices import distribution, week_map
from grafana.traffic import course as minutes
from pipeline.core.calendar import Period

_LIVE = [metric(name) for name in ("in_group_rate", "daily_active_rate", "conversion_rate")]

GROUP = Board(
    uid="community-group",
    title="Community / Group",
    description="One group: its milestones against their own past, its members and moves, its "
    "funnel, what it talks about, and the alerts that fire.",
    tags=("community", "group"),
    span="now-28d",
    modern=True,
    one_group=True,
    rows=(
        Row(
            "Milestones, trailing 24 h against their own past",
            (
                *(Placed(stat(milestone(one)), 6, 5) for one in _LIVE),
                Placed(table(health.ALERTS), 6, 5),
            ),
        ),
        Row(
            "The last closed windows",
            [
                Placed(stat(latest(name, period)), 4, 5)
                for name, period in (
                    ("member_count", Period.DAY),
                    ("join_count", Period.WEEK),
                    ("leave_rate", Period.WEEK),
                    ("message_count", Period.DAY),
                    ("order_count", Period.WEEK),
                    ("gmv", Period.WEEK),
                )
            ],
        ),
        Row(
            "Course",
            (
                Placed(timeseries(course_of("member_count", Period.DAY)), 8, 7),
                Placed(
                    timeseries(
                        course(
                            "moves", "Joins and leaves", ["join_count", "leave_count"], Period.DAY
                        )
                    ),
                    8,
                    7,
                ),
                Placed(timeseries(minutes("messages_course", "Messages", ["messages"])), 8, 7),
                Placed(timeseries(course_of("daily_active_rate", Period.DAY)), 8, 7),
                Placed(timeseries(course_of("conversion_rate", Period.DAY)), 8, 7),
                Placed(timeseries(course_of("retention_rate_d7", Period.DAY)), 8, 7),
            ),
        ),
        Row(
            "Funnel",
            (
                Placed(bargauge(FUNNEL), 8, 6),
                Placed(barchart(reached("operations_chain", Period.WEEK, alone=True)), 8, 6),
                Placed(table(rates("operations_chain", Period.WEEK, alone=True)), 8, 6),
            ),
        ),
        Row(
            "Who is in it, and who came and went",
            (
                Placed(table(people.CARD), 24, 4),
                Placed(barchart(people.BY_CHANNEL), 8, 8),
                Placed(barchart(people.BY_AGE), 8, 8),
                Placed(barchart(people.ROLES), 8, 8),
                Placed(barchart(distribution("segment_share", Period.MONTH, "segment")), 8, 8),
                Placed(barchart(distribution("leave_reason_share", Period.MONTH, "reason")), 8, 8),
                Placed(stat(latest("silent_member_ratio", Period.WEEK)), 8, 8),
                Placed(table(people.MOVES), 24, 10),
            ),
            collapsed=True,
        ),
        Row(
            "What it talks about",
            (
                Placed(
                    table(distribution("hot_topic_ranking", Period.WEEK, "topic", alone=True)),
                    8,
                    8,
                ),
                Placed(
                    barchart(distribution("topic_type_mix", Period.MONTH, "type", alone=True)), 8, 8
                ),
                Placed(
                    barchart(distribution("interaction_content_mix", Period.WEEK, "interaction")),
                    8,
                    8,
                ),
                Placed(table(week_map("message_week_distribution")), 24, 9),
            ),
            collapsed=True,
        ),
        Row(
            "Milestones over time, live",
            (
                *(Placed(timeseries(milestone_course(one)), 8, 8) for one in _LIVE),
                Placed(stat(FUNNEL_RATES), 24, 5),
            ),
            collapsed=True,
        ),
    ),
)
