"""The work of staff: how much, whether it is too much, and what was to be done."""

from __future__ import annotations

from pipeline.catalog.families.service.relations import (
    ACTION,
    ASSIGNED,
    DUE_ITEM,
    STAFF_DAY,
    G,
    K,
    O,
    S,
    U,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import facts
from pipeline.catalog.value import count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Kind, Zero
from schemas.event_type import EventType

_WRITTEN = facts(
    EventType.PUBLISH,
    "actor_role = 'staff' AND content_kind NOT IN ('reply', 'topic')",
    name="content of staff",
)
_MISSED = Relation(
    "calendar item missed",
    f"SELECT * FROM ({DUE_ITEM.sql}) WHERE NOT in_time",
    DUE_ITEM.events,
)

WORKLOAD: tuple[Metric, ...] = (
    Metric(
        id="G14",
        name="staff_workload",
        zh="工作量",
        formula="conversations with a step by staff + staff actions, mean over the days on which"
        " the member of staff did anything",
        unit="per day",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=(EventType.SESSION, EventType.STAFF_ACTION),
        grains=(S,),
        periods=DWM,
        value=count(STAFF_DAY, "avg(work)"),
        note="A conversation counts once on each day that it is worked on.",
    ),
    Metric(
        id="G14",
        name="staff_overload_flag",
        zh="任务过载",
        formula="days with more work than overload_per_day; of a day 1 or 0",
        unit="days",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.SESSION, EventType.STAFF_ACTION),
        grains=(S,),
        periods=DWM,
        value=count(STAFF_DAY, "countIf(work > %(overload_per_day)s)"),
    ),
    Metric(
        id="G15",
        name="staff_content_count",
        zh="内容创造(人员)",
        formula="content published by staff in the window, replies and topics left out",
        unit="items",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(S,),
        periods=DWM,
        value=count(_WRITTEN),
    ),
    Metric(
        id="G16",
        name="follow_up_count",
        zh="跟进记录",
        formula="follow-ups by staff in the window; of a user, those done for that user",
        unit="follow-ups",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        grains=(S, U),
        periods=DWM,
        value=count(ACTION, "countIf(action_kind = 'follow_up')"),
    ),
    Metric(
        id="G16",
        name="follow_up_coverage",
        zh="跟进覆盖率",
        formula="customers assigned to the member of staff whom they followed up in the window /"
        " customers assigned: with an open wecom_friend tie to them at its end",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION, EventType.CONTACT),
        grains=(S,),
        periods=DWM,
        value=ratio(ASSIGNED, "countIf(followed)", "count()"),
        note="No grain U: a customer is one, followed up or not.",
    ),
    Metric(
        id="G17",
        name="task_completion_rate",
        zh="流程执行率",
        formula="calendar items due in the window that staff did by then / calendar items due",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION,),
        dims=("ops_calendar",),
        grains=(S, G, K),
        periods=DWM,
        value=ratio(DUE_ITEM, "countIf(in_time)", "count()"),
        note="Done: an action that names the item, or done_ms of the calendar itself.",
    ),
    Metric(
        id="G17",
        name="task_missed",
        zh="遗漏流程",
        formula="calendar items due in the window and not done by then; slice = the item",
        unit="items",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        dims=("ops_calendar",),
        grains=(S, G, K),
        periods=DWM,
        value=count(_MISSED, slice="item_id"),
    ),
    Metric(
        id="G18",
        name="team_sync_count",
        zh="定期分享与复盘",
        formula="sync meetings and reviews that staff held in the window",
        unit="meetings",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        grains=(S, O),
        periods=WM,
        value=count(ACTION, "countIf(action_kind IN ('sync_meeting', 'review_done'))"),
    ),
)
