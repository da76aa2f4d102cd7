"""Check-ins, progress, feedback and works of learners (打卡 / 学习进展)."""

from __future__ import annotations

from pipeline.catalog.families.learning.relations import (
    CHECKIN,
    COURSE_FEEDBACK,
    LEARNER,
    OUTPUT,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import BASE, MEMBERSHIP_EVENTS, facts, persons
from pipeline.catalog.value import count, ratio, shares, statistic
from pipeline.catalog.vocabulary import DW, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, K, P, U = Grain.GROUP, Grain.CAMPAIGN, Grain.OBJECT, Grain.USER

_LEARNING = (EventType.CHECKIN, *MEMBERSHIP_EVENTS)
_RATED = Relation(
    "rated course feedback",
    f"SELECT * FROM ({COURSE_FEEDBACK.sql}) WHERE rating > 0",
    (EventType.FEEDBACK,),
    {P: "ref_id"},
)
_ASKED = facts(
    EventType.FEEDBACK,
    "actor_role = 'member' AND feedback_kind = 'survey' AND question_id = %(applied_question)s",
    name="asked whether it was applied",
)
_HOURS = "sumMap([hour], [toUInt64(1)])"

COURSE: tuple[Metric, ...] = (
    Metric(
        id="E01",
        name="checkin_count",
        zh="打卡数",
        formula="tasks reported as done in the window; of each user and task the first report",
        unit="check-ins",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHECKIN,),
        grains=(G, K, U),
        periods=DW,
        value=count(CHECKIN),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="E01",
        name="checkin_rate",
        zh="打卡率",
        formula=(
            "members who checked in / members with a task due: of groups that learn a course with"
            " a task released and not overdue in the window"
        ),
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_LEARNING,
        dims=("dim_task",),
        grains=(G, K, U),
        periods=DW,
        value=ratio(LEARNER, persons("due > 0 AND has_checked_in"), persons("due > 0")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A group learns a course once one of its tasks was checked in there.",
    ),
    Metric(
        id="E02",
        name="checkin_time_distribution",
        zh="打卡时间分布",
        formula="check-ins in each local hour / check-ins",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHECKIN,),
        grains=(G, K),
        periods=DW,
        value=shares(CHECKIN, "hour"),
    ),
    Metric(
        id="E02",
        name="peak_checkin_hour",
        zh="高频打卡时间段",
        formula="local hour with the most check-ins, the earliest of equals",
        unit="hour",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=(EventType.CHECKIN,),
        grains=(G, K),
        periods=DW,
        value=statistic(CHECKIN, f"{_HOURS}.1[indexOf({_HOURS}.2, arrayMax({_HOURS}.2))]"),
    ),
    Metric(
        id="E03",
        name="learning_progress_rate",
        zh="学习进展",
        formula="mean over learners of released tasks done / tasks released",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_LEARNING,
        dims=("dim_task",),
        grains=(G, K, U),
        periods=(*DW, Period.EVER),
        value=ratio(
            LEARNER, "sumIf(done_of_released / released, released > 0)", "countIf(released > 0)"
        ),
        note="At the window's end. Learners are the members of a group that learns a course.",
    ),
    Metric(
        id="E03",
        name="course_completion_rate",
        zh="课程完成率",
        formula="learners with all tasks of their group's courses done / learners",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_LEARNING,
        dims=("dim_task",),
        grains=(G, K, U),
        periods=(*DW, Period.EVER),
        value=ratio(LEARNER, persons("done = tasks"), BASE),
    ),
    Metric(
        id="E04",
        name="course_feedback_score",
        zh="课程反馈意见",
        formula="mean rating, 1 to 5, of feedback on courses",
        unit="score",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.FEEDBACK,),
        grains=(K, P, G),
        periods=WM,
        value=statistic(_RATED, "avg(rating)"),
    ),
    Metric(
        id="E04",
        name="course_feedback_sentiment_share",
        zh="课程反馈情绪",
        formula="feedback on courses of each mood / feedback on courses",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK,),
        grains=(K, P, G),
        periods=WM,
        value=shares(COURSE_FEEDBACK, "sentiment"),
    ),
    Metric(
        id="E05",
        name="learner_output_count",
        zh="学习成果",
        formula="works that learners published, and check-ins that hand something in",
        unit="items",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH, EventType.CHECKIN),
        grains=(G, K, U),
        periods=WM,
        value=count(OUTPUT),
    ),
    Metric(
        id="E07",
        name="knowledge_application_rate",
        zh="学以落地",
        formula=(
            "respondents who say they applied what they learnt / respondents to the survey question"
            " that asks it"
        ),
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK,),
        grains=(K, G),
        periods=(Period.EVER,),
        value=ratio(_ASKED, persons("answer = %(applied_answer)s"), BASE),
        note="The question and the answer that means yes are terms.",
    ),
)
