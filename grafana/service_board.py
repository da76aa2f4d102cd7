"""Community / Service and staff: are members answered soon and well, and who carries the load?"""

from __future__ import annotations

from grafana.boards import Board, Placed, Row
from grafana.catalogued import course, course_of, latest
from grafana.panels import stat, table, timeseries
from grafana.rankings import Ranking
from pipeline.catalog.vocabulary import Grain
from pipeline.core.calendar import Period

DAY, WEEK, MONTH = Period.DAY, Period.WEEK, Period.MONTH

_STAFF = Ranking(
    id="service_by_staff",
    title="Staff: service",
    grain=Grain.STAFF,
    period=WEEK,
    metrics=(
        *("sessions_handled", "timely_response_rate", "reply_rate", "complete_reply_rate"),
        *("first_response_time", "question_resolution_rate"),
        *("complaint_rate", "positive_review_rate"),
    ),
)

_WORKLOAD = Ranking(
    id="workload_by_staff",
    title="Staff: workload",
    grain=Grain.STAFF,
    period=WEEK,
    metrics=(
        *("staff_workload", "staff_overload_flag", "work_session_count", "handling_time"),
        *("handling_time_total", "latest_handling_time", "staff_content_count"),
        *("follow_up_count", "follow_up_coverage", "task_completion_rate", "task_missed"),
    ),
    note="The busiest first. Latest handling time: seconds after local midnight.",
)

_GROUPS = Ranking(
    id="service_by_group",
    title="Groups by timeliness",
    grain=Grain.GROUP,
    period=WEEK,
    metrics=(
        *("timely_response_rate", "first_response_time", "first_response_time_p90"),
        *("reply_rate", "question_resolution_rate", "resolution_time"),
        *("complaint_rate", "positive_review_rate", "sessions_handled"),
    ),
    upwards=True,
    note="Those that wait the longest first.",
)

_OVERDUE = Ranking(
    id="overdue_by_group",
    title="Conversations overdue, by group",
    grain=Grain.GROUP,
    period=DAY,
    metrics=("overdue_session_count", "sessions_handled", "negative_issue_count"),
)

_UNHAPPY = Ranking(
    id="unhappy_by_group",
    title="Unhappy members, by group",
    grain=Grain.GROUP,
    period=WEEK,
    metrics=(
        *("negative_issue_count", "negative_issue_handled_share"),
        *("negative_issue_handling_time", "complaint_count"),
    ),
)

_WORTH = Ranking(
    id="value_by_group",
    title="What service costs, and is worth to members",
    grain=Grain.GROUP,
    period=MONTH,
    metrics=("service_cost_per_member", "perceived_value_score", "perceived_value_gap"),
)

SERVICE = Board(
    uid="community-service",
    title="Community / Service and staff",
    description="Whether members are answered soon and well, what they say of it, and how the work "
    "is shared among the staff.",
    tags=("community", "service"),
    modern=True,
    span="now-28d",
    rows=(
        Row(
            "Are members answered soon and well?",
            [
                Placed(stat(latest(name, period)), 4, 6)
                for name, period in (
                    ("timely_response_rate", DAY),
                    ("first_response_time", DAY),
                    ("reply_rate", DAY),
                    ("overdue_session_count", DAY),
                    ("complaint_rate", WEEK),
                    ("positive_review_rate", WEEK),
                )
            ],
        ),
        Row(
            "Response over time",
            (
                Placed(
                    timeseries(
                        course(
                            "response_times",
                            "First response, median and 90 %",
                            ["first_response_time", "first_response_time_p90"],
                            DAY,
                        )
                    ),
                    8,
                    8,
                ),
                Placed(timeseries(course_of("timely_response_rate", DAY)), 8, 8),
                Placed(timeseries(course_of("sessions_handled", DAY)), 8, 8),
            ),
        ),
        Row(
            "What members say",
            (
                Placed(timeseries(course_of("complaint_rate", DAY)), 12, 7),
                Placed(timeseries(course_of("positive_review_rate", DAY)), 12, 7),
            ),
        ),
        Row(
            "Who carries the load?",
            (
                Placed(table(_WORKLOAD.signal()), 24, 9),
                Placed(table(_STAFF.signal()), 24, 9),
            ),
        ),
        Row(
            "Which groups wait?",
            (Placed(table(_GROUPS.signal()), 24, 9),),
        ),
        Row(
            "Overdue and unhappy",
            (
                Placed(table(_OVERDUE.signal()), 12, 9),
                Placed(table(_UNHAPPY.signal()), 12, 9),
            ),
            collapsed=True,
        ),
        Row(
            "Costs and value",
            (Placed(table(_WORTH.signal()), 24, 9),),
            collapsed=True,
        ),
    ),
)
