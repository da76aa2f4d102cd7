"""How long handling takes, how questions and trouble are settled."""

from __future__ import annotations

from pipeline.catalog.families.service.relations import (
    ENDED,
    NEGATIVE,
    QUESTION,
    STEP,
    G,
    S,
    T,
    quantile,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import count, ratio, statistic
from pipeline.catalog.vocabulary import DW, DWM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_LOCAL = "fromUnixTimestamp64Milli(event_ms)"
_CLOCK = " + ".join(
    f"{part}({_LOCAL}, %(zone)s) * {seconds}"
    for part, seconds in (("toHour", 3600), ("toMinute", 60), ("toSecond", 1))
)
_SOLVED = "(resolved_ms - opened_ms) / 1000"

HANDLING: tuple[Metric, ...] = (
    Metric(
        id="G06",
        name="handling_time",
        zh="花费时长",
        formula="median seconds of work on conversations first closed in the window:"
        " handle_seconds, else closed - first reply",
        unit="seconds",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.SESSION,),
        grains=(S,),
        periods=DWM,
        value=statistic(ENDED, quantile(0.5, "seconds", "seconds >= 0"), "countIf(seconds >= 0)"),
        note="A conversation is told of by its last session_days.",
    ),
    Metric(
        id="G06",
        name="handling_time_total",
        zh="总花费时长",
        formula="sum of the same seconds",
        unit="seconds",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=(EventType.SESSION,),
        grains=(S,),
        periods=DWM,
        value=statistic(ENDED, "sumIf(seconds, seconds >= 0)", "countIf(seconds >= 0)"),
    ),
    Metric(
        id="G06",
        name="latest_handling_time",
        zh="最晚处理时间",
        formula="latest local clock time of a step by staff, in seconds after midnight",
        unit="seconds",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.SESSION,),
        grains=(S,),
        periods=DWM,
        value=statistic(STEP, f"max({_CLOCK})"),
        note="Of a week or month: the latest of its days.",
    ),
    Metric(
        id="G06",
        name="longest_handling_time",
        zh="最长处理时长",
        formula="longest opening to closing among conversations first closed in the window",
        unit="seconds",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.SESSION,),
        grains=(S,),
        periods=DWM,
        value=statistic(
            ENDED,
            "maxIf((ended_ms - opened_ms) / 1000, opened_ms BETWEEN 1 AND ended_ms)",
            "countIf(opened_ms BETWEEN 1 AND ended_ms)",
        ),
    ),
    Metric(
        id="G07",
        name="question_resolution_rate",
        zh="问题解决率",
        formula="questions resolved / questions opened in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION,),
        optional=(EventType.CHAT,),
        grains=(G, S, T),
        periods=DWM,
        value=ratio(QUESTION, "countIf(resolved_ms > 0)", "count()"),
        matures_days=7,
        early=True,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="A question is a conversation of that kind, or one opened for a message that asks.",
    ),
    *(
        Metric(
            id="G07",
            name=name,
            zh=zh,
            formula=f"resolved - opened, {what} over questions opened in the window",
            unit="seconds",
            kind=Kind.RESULT,
            direction=Direction.LOWER,
            zero=Zero.STATISTIC,
            events=(EventType.SESSION,),
            optional=(EventType.CHAT,),
            grains=(G, S, T),
            periods=DWM,
            value=statistic(
                QUESTION, quantile(level, _SOLVED, "resolved_ms > 0"), "countIf(resolved_ms > 0)"
            ),
            matures_days=7,
            early=True,
            windows=(Window.DAY,),
            mode=Mode.BOTH,
        )
        for name, zh, what, level in (
            ("resolution_time", "问题解决速率", "median", 0.5),
            ("resolution_time_p90", "问题解决速率(九成)", "90th percentile", 0.9),
        )
    ),
    Metric(
        id="G11",
        name="negative_issue_handling_time",
        zh="问题学员私聊时长",
        formula="median seconds from a negative message or feedback of a member to the first step"
        " of staff in a conversation with that person about an issue",
        unit="seconds",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.SESSION,),
        optional=(EventType.CHAT, EventType.FEEDBACK),
        grains=(G, S),
        periods=DW,
        value=statistic(NEGATIVE, quantile(0.5, "seconds", "handled"), "countIf(handled)"),
        matures_days=7,
        early=True,
    ),
    Metric(
        id="G11",
        name="negative_issue_handled_share",
        zh="问题学员私聊占比",
        formula="negative messages and feedback so followed within session_days / all of them",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SESSION,),
        optional=(EventType.CHAT, EventType.FEEDBACK),
        grains=(G, S),
        periods=DW,
        value=ratio(NEGATIVE, "countIf(handled)", "count()"),
        matures_days=7,
        early=True,
    ),
    Metric(
        id="G11",
        name="negative_issue_count",
        zh="问题学员次数",
        formula="negative messages and feedback of members in the window",
        unit="messages",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.SESSION,),
        optional=(EventType.CHAT, EventType.FEEDBACK),
        grains=(G, S),
        periods=DW,
        value=count(NEGATIVE),
    ),
)
