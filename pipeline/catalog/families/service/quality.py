"""What those who are served say of it, and what it costs."""

from __future__ import annotations

from pipeline.catalog.families.service.relations import (
    FEEDBACK,
    SERVED,
    G,
    K,
    O,
    P,
    S,
    T,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import BASE, MEMBER, MEMBERSHIP_EVENTS, SPEND, persons
from pipeline.catalog.thresholds import COMPLAINTS_RISE
from pipeline.catalog.value import count, per, ratio, statistic
from pipeline.catalog.vocabulary import DWM, Direction, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

_RATED = "feedback_kind = 'review' AND rating > 0"
_VALUE = "feedback_kind = 'survey' AND rating > 0 AND question_id = %(value_question)s"
_HOPED = "feedback_kind = 'survey' AND rating > 0 AND question_id = %(expectation_question)s"

QUALITY: tuple[Metric, ...] = (
    Metric(
        id="G08",
        name="complaint_rate",
        zh="客诉率",
        formula="persons served in the window, by a conversation or a paid order, who complained in"
        " it / persons served",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK, EventType.SESSION, EventType.ORDER),
        grains=(G, S, P, T, O),
        periods=DWM,
        value=ratio(
            SERVED,
            f"{persons('served')} + {persons('complained')} - uniqExact(user_id)",
            persons("served"),
        ),
        base="persons served",
        drops=(COMPLAINTS_RISE,),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Those in both = served + complained - either. Of an object: served by its orders.",
    ),
    Metric(
        id="G08",
        name="complaint_count",
        zh="客诉数",
        formula="complaints of members in the window",
        unit="complaints",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.FEEDBACK,),
        grains=(G, S, P, T, O),
        periods=DWM,
        value=count(FEEDBACK, "countIf(feedback_kind = 'complaint')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="G10",
        name="positive_review_rate",
        zh="好评率",
        formula="reviews rated good_rating or better / rated reviews",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.FEEDBACK,),
        grains=(G, S, P, T, O),
        periods=DWM,
        value=ratio(
            FEEDBACK,
            f"countIf({_RATED} AND rating >= %(good_rating)s)",
            f"countIf({_RATED})",
        ),
    ),
    Metric(
        id="G12",
        name="service_cost_per_member",
        zh="人均服务成本",
        formula="labour spend of the window / member_base",
        unit="money/member",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.SPEND, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=(Period.MONTH,),
        value=per(count(SPEND, "sumIf(spent, cost_kind = 'labour')"), count(MEMBER, BASE)),
        note="Spend for a period counts by the part of it that lies in the window.",
    ),
    Metric(
        id="G13",
        name="perceived_value_score",
        zh="用户感知价值",
        formula="mean rating 1-5 of the survey question value_question",
        unit="score",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.FEEDBACK,),
        grains=(G, K),
        periods=(Period.MONTH,),
        value=statistic(FEEDBACK, f"avgIf(rating, {_VALUE})", f"countIf({_VALUE})"),
    ),
    Metric(
        id="G13",
        name="perceived_value_gap",
        zh="用户期望差距",
        formula="mean rating of value_question - mean rating of expectation_question",
        unit="score",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.FEEDBACK,),
        grains=(G, K),
        periods=(Period.MONTH,),
        value=statistic(
            FEEDBACK,
            f"avgIf(rating, {_VALUE}) - avgIf(rating, {_HOPED})",
            f"least(countIf({_VALUE}), countIf({_HOPED}))",
        ),
    ),
)
