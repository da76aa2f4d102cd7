"""Community / Activity: who talks, when, about what, and does everybody take part?"""

from __future__ import annotations

from grafana.boards import Board, Placed, Row
from grafana.breakdowns import split_by
from grafana.catalogued import course, course_of, latest
from grafana.panels import barchart, stat, table, timeseries
from grafana.rankings import Ranking
from grafana.slices import distribution, week_map
from grafana.traffic import course as minutes
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

_GROUPS = Ranking(
    id="activity_by_group",
    title="Groups by activity",
    grain=Grain.GROUP,
    period=Period.WEEK,
    metrics=(
        "daily_active_rate",
        "message_count",
        "messages_per_member",
        "participation_breadth",
        "message_gini",
        "topic_count",
    ),
    upwards=True,
    note="The quietest first; an id leads to the group's own board. ",
)
_ROLES = Ranking(
    id="roles_by_group",
    title="Opinion leaders and atmosphere, by group",
    grain=Grain.GROUP,
    period=Period.WEEK,
    metrics=("kol_count", "kol_topic_share", "koc_count", "koc_message_share"),
)
_TOPICS = Ranking(
    id="topics",
    title="Topics",
    grain=Grain.OBJECT,
    period=Period.WEEK,
    metrics=("participants_per_topic", "topic_activity", "topic_participation_rate"),
    word="topic",
)
_ACTIVITIES = Ranking(
    id="activities",
    title="Activities",
    grain=Grain.CAMPAIGN,
    period=Period.MONTH,
    metrics=("activity_participation_rate",),
    word="activity",
)

ACTIVITY = Board(
    uid="community-activity",
    title="Community / Activity and topics",
    description="Messages, active members and what they talk about: at which hours, how widely "
    "shared, in which topics and activities.",
    tags=("community", "activity"),
    span="now-28d",
    modern=True,
    rows=(
        Row(
            "Active members, the last closed windows",
            [
                Placed(stat(latest(name, period)), 4, 5)
                for name, period in (
                    ("daily_active_rate", Period.DAY),
                    ("dau", Period.DAY),
                    ("wau", Period.WEEK),
                    ("mau", Period.MONTH),
                    ("stickiness", Period.MONTH),
                    ("message_count", Period.DAY),
                )
            ],
        ),
        Row(
            "Over time",
            (
                Placed(
                    timeseries(
                        course("dau", "Daily active", ["dau", "dau_interaction"], Period.DAY)
                    ),
                    8,
                    7,
                ),
                Placed(timeseries(course_of("daily_active_rate", Period.DAY)), 8, 7),
                Placed(
                    timeseries(
                        course(
                            "messages",
                            "Messages",
                            ["message_count", "member_message_count"],
                            Period.DAY,
                        )
                    ),
                    8,
                    7,
                ),
                Placed(timeseries(minutes("messages_course", "Messages", ["messages"])), 24, 7),
            ),
        ),
        Row("When", (Placed(table(week_map("message_week_distribution")), 24, 9),)),
        Row(
            "How widely",
            [
                Placed(stat(latest(name, Period.WEEK)), 6, 5)
                for name in (
                    "participation_breadth",
                    "messages_per_active_member",
                    "message_gini",
                    "topic_count",
                )
            ],
        ),
        Row("Groups", (Placed(table(_GROUPS.signal()), 24, 9),)),
        Row(
            "Topics",
            (
                Placed(table(_TOPICS.signal()), 12, 9),
                Placed(
                    table(split_by("hot_topic_ranking", Grain.GROUP, Period.WEEK, "topic")), 12, 9
                ),
                Placed(
                    table(split_by("topic_type_mix", Grain.TYPE, Period.MONTH, "kind of topic")),
                    12,
                    8,
                ),
                Placed(timeseries(course_of("topic_active_rate", Period.WEEK)), 12, 8),
            ),
            collapsed=True,
        ),
        Row(
            "Activities",
            (
                Placed(
                    timeseries(course("activities", "Activities", ["activity_count"], Period.WEEK)),
                    12,
                    8,
                ),
                Placed(
                    barchart(distribution("activity_count_by_mode", Period.MONTH, "mode")), 12, 8
                ),
                Placed(table(_ACTIVITIES.signal()), 12, 9),
                Placed(timeseries(course_of("activity_schedule_adherence", Period.WEEK)), 12, 9),
            ),
            collapsed=True,
        ),
        Row(
            "Who and what",
            (
                Placed(table(_ROLES.signal()), 24, 9),
                Placed(
                    barchart(distribution("interaction_content_mix", Period.WEEK, "interaction")),
                    12,
                    9,
                ),
                Placed(
                    barchart(
                        distribution("message_time_distribution", Period.WEEK, "hour", ordered=True)
                    ),
                    12,
                    9,
                ),
                Placed(timeseries(course_of("effective_message_ratio", Period.WEEK)), 12, 8),
                Placed(timeseries(course_of("negative_sentiment_ratio", Period.WEEK)), 12, 8),
            ),
            collapsed=True,
        ),
    ),
)
