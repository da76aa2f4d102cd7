"""Segments of customers: by what they buy and whether they are still seen, and by their value."""

from __future__ import annotations

from pipeline.catalog.families.segments.relations import (
    RFM,
    RFM_CLASS,
    SEGMENT,
    SEGMENTED,
    G,
    O,
    T,
    U,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import BASE, INTERACTION_EVENTS, MEMBERSHIP_EVENTS
from pipeline.catalog.value import Script, Shares, count, statistic
from pipeline.catalog.vocabulary import DWM, Direction, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

_EVENTS = (EventType.ORDER, *MEMBERSHIP_EVENTS)
_SEGMENTS = (
    "potential = no paid order; dormant = has paid, no order or interaction for dormant_days;"
    " new = first paid within new_days; core = all other payers"
)
_SPLIT = count(SEGMENT, BASE, "segment")
_MIGRATION = Script(
    f"""
SELECT scope, slice, count() AS numerator, 1 AS denominator
FROM (
    SELECT {{scope}}, user_id, any(concat(old_segment, '>', segment)) AS slice
    FROM ({SEGMENTED}
    )
    GROUP BY scope, user_id
    HAVING max(was_member) AND max(is_member)
)
GROUP BY scope, slice""",
    Zero.COUNT,
)

SEGMENTS_OF_CUSTOMERS: tuple[Metric, ...] = (
    Metric(
        id="H01",
        name="customer_segment",
        zh="用户分组",
        formula=f"segment of each member at the window's end, as slice: {_SEGMENTS}",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U,),
        periods=(Period.MONTH,),
        value=_SPLIT,
        note="Each member by month only; days and weeks are in segment_count.",
    ),
    Metric(
        id="H01",
        name="segment_count",
        zh="四个用户分组人数",
        formula=f"members at the window's end by segment: {_SEGMENTS}",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DWM,
        value=_SPLIT,
        note="A person's segment is one, whatever the group: orders and interactions anywhere.",
    ),
    Metric(
        id="H01",
        name="segment_share",
        zh="四个用户分组占比",
        formula="members of a segment / members, both at the window's end",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DWM,
        value=Shares(_SPLIT.measure),
    ),
    Metric(
        id="H01",
        name="segment_migration",
        zh="用户分组迁移",
        formula="members at both ends of the window by segment at its start > segment at its end",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=DWM,
        value=_MIGRATION,
    ),
    Metric(
        id="H02",
        name="rfm_recency_days",
        zh="最近一次消费(天)",
        formula="whole days from the last paid order of the last rfm_days to the window's end",
        unit="days",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.STATISTIC,
        events=(EventType.ORDER,),
        grains=(U,),
        periods=(Period.MONTH,),
        value=statistic(RFM, "max(recency)"),
        note="Who has no order in that time has no value.",
    ),
    Metric(
        id="H02",
        name="rfm_frequency",
        zh="消费频率",
        formula="paid orders of the last rfm_days",
        unit="orders",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.ORDER,),
        grains=(U,),
        periods=(Period.MONTH,),
        value=statistic(RFM, "sum(frequency)"),
    ),
    Metric(
        id="H02",
        name="rfm_monetary",
        zh="消费金额",
        formula="amount paid for those orders, less what was paid back of them by the window's end",
        unit="money",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=(EventType.ORDER,),
        optional=(EventType.REFUND,),
        grains=(U,),
        periods=(Period.MONTH,),
        value=statistic(RFM, "sum(monetary)"),
    ),
    Metric(
        id="H03",
        name="rfm_segment",
        zh="用户价值分层",
        formula="payers of the last rfm_days by class, as slice: letters H or L of recency,"
        " frequency, money; a score is the fifth of the payers that one ranks in (equals share"
        " the lower one, recent is high), H = 4 or 5; of fewer than 5 payers by rfm_recent_days,"
        " rfm_frequent, rfm_valuable",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=_EVENTS,
        optional=(EventType.REFUND,),
        grains=(U, T, O),
        periods=(Period.MONTH,),
        value=count(RFM_CLASS, BASE, "class"),
        note="Scores are among all payers; of a type: its members at the window's end.",
    ),
)
