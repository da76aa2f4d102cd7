"""Service conversations: how many, how soon and how fully they are answered."""

from __future__ import annotations

from pipeline.catalog.families.service.relations import (
    OVERDUE,
    REPLY,
    SESSION,
    STEP,
    G,
    O,
    S,
    T,
    quantile,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import facts
from pipeline.catalog.thresholds import OVERDUE_RISE, TIMELY_DROP
from pipeline.catalog.value import count, ratio, statistic
from pipeline.catalog.vocabulary import DAILY, DWM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_REPLIES = facts(EventType.SESSION, REPLY, name="reply")
_SLA = "%(sla_seconds)s * 1000"
_DEADLINE_PASSED = f"opened_ms + {_SLA} < %(asof_ms)s"
_WAITED = "(replied_ms - opened_ms) / 1000"
_TO_7_DAYS = "Looked at for session_days after the opening; unanswered ones are in G05 and G09."

SESSIONS: tuple[Metric, ...] = (
    Metric(
        id="G01",
        name="sessions_handled",
        zh="接待数量",
        formula="distinct conversations with a reply of staff in the window",
        unit="sessions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        grains=(S, G, T, O),
        periods=DWM,
        value=count(_REPLIES, "uniqExact(session_id)"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    *(
        Metric(
            id="G02",
            name=name,
            zh=zh,
            formula=f"first reply of staff - opening, {what} over conversations opened in the"
            " window and replied to",
            unit="seconds",
            kind=Kind.RESULT,
            direction=Direction.LOWER,
            zero=Zero.STATISTIC,
            events=(EventType.SESSION,),
            grains=(S, G, T, O),
            periods=DWM,
            value=statistic(SESSION, select, "countIf(replied_ms > 0)"),
            matures_days=7,
            early=True,
            windows=(Window.HOUR,),
            mode=Mode.BOTH,
            note=_TO_7_DAYS,
        )
        for name, zh, what, select in (
            (
                "first_response_time",
                "响应时长",
                "median",
                quantile(0.5, _WAITED, "replied_ms > 0"),
            ),
            (
                "first_response_time_p90",
                "响应时长(九成)",
                "90th percentile",
                quantile(0.9, _WAITED, "replied_ms > 0"),
            ),
            (
                "first_response_time_mean",
                "平均响应时长",
                "mean",
                f"avgIf({_WAITED}, replied_ms > 0)",
            ),
        )
    ),
    Metric(
        id="G03",
        name="timely_response_rate",
        zh="及时性",
        formula="conversations first replied to within sla_seconds / conversations opened in the"
        " window whose deadline has passed",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION,),
        grains=(S, G, T, O),
        periods=DWM,
        value=ratio(
            SESSION,
            f"countIf({_DEADLINE_PASSED} AND replied_ms > 0 AND replied_ms - opened_ms <= {_SLA})",
            f"countIf({_DEADLINE_PASSED})",
        ),
        base="conversations",
        drops=(TIMELY_DROP,),
        matures_days=1,
        early=True,
        windows=(Window.HOUR,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="G04",
        name="work_session_count",
        zh="工作会话数量",
        formula="distinct conversations in which staff did anything in the window",
        unit="sessions",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        grains=(S, O),
        periods=DWM,
        value=count(STEP, "uniqExact(session_id)"),
    ),
    Metric(
        id="G05",
        name="reply_rate",
        zh="回复占比",
        formula="conversations with a reply of staff / conversations opened in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION,),
        grains=(S, G, O),
        periods=DWM,
        value=ratio(SESSION, "countIf(replied_ms > 0)", "count()"),
        matures_days=7,
        early=True,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A reply counts for session_days. Of staff: those that replied, or were named.",
    ),
    Metric(
        id="G05",
        name="complete_reply_rate",
        zh="完善类回复占比",
        formula="replies of staff marked complete / replies with a mark",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION,),
        grains=(S, G, O),
        periods=DWM,
        value=ratio(_REPLIES, "countIf(is_complete = 1)", "countIf(is_complete >= 0)"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="G09",
        name="overdue_session_count",
        zh="客情处理不及时",
        formula="conversations that at the window's end have waited longer than sla_seconds since"
        " they were last opened, with no reply of staff and no end",
        unit="sessions",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        grains=(S, G, O),
        periods=DAILY,
        value=count(OVERDUE),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Of staff: the one named last in the conversation.",
        base="conversations",
        drops=(OVERDUE_RISE,),
    ),
)
