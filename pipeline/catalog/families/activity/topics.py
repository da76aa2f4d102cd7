"""Topics of discussion: how many, how lively, what kinds, which are hot (话题)."""

from __future__ import annotations

from pipeline.catalog.families.activity.relations import (
    IN_TOPIC,
    SPOKE,
    TOPIC,
    TOPIC_MESSAGE,
    among_members,
    calendar,
    in_base,
    typed,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import BASE, MEMBER, MEMBERSHIP_EVENTS, facts
from pipeline.catalog.value import Script, count, per, ratio, shares
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, P, O = (Grain.GROUP, Grain.TYPE, Grain.OBJECT, Grain.OVERALL)  # noqa: E741

_TOPICS = "uniqExact(topic_id)"

_LIVELY = Script(
    f"""
SELECT scope,
    countIf(members >= %(topic_min_participants)s) AS numerator,
    count() AS denominator
FROM (
    SELECT scope, topic_id, max(opened) AS is_opened, uniqExactIf(user_id, spoke) AS members
    FROM (
        SELECT *, {{scope}}
        FROM (
            SELECT group_id, topic_id, user_id, 1 AS opened, 0 AS spoke FROM ({TOPIC.sql})
            UNION ALL
            SELECT group_id, topic_id, user_id, 0, actor_role = 'member' FROM ({TOPIC_MESSAGE.sql})
        )
    )
    GROUP BY scope, topic_id
)
WHERE is_opened
GROUP BY scope""",
    Zero.RATIO,
)

_IN_TOPICS = facts(
    EventType.CHAT, f"{SPOKE} AND {IN_TOPIC} AND {in_base()}", name="member's topic message"
)

_HOT = Script(
    f"""
SELECT scope, topic_id AS slice, members AS numerator,
    row_number() OVER (
        PARTITION BY scope ORDER BY members DESC, messages DESC, topic_id
    ) AS denominator
FROM (
    SELECT scope, topic_id, uniqExactIf(user_id, actor_role = 'member') AS members,
        count() AS messages
    FROM (SELECT *, {{scope}} FROM ({TOPIC_MESSAGE.sql}))
    GROUP BY scope, topic_id
)
QUALIFY denominator <= %(top_n)s""",
    Zero.STATISTIC,
)

_STEPS = calendar(
    "topic run step", "topic_id IN (SELECT topic_id FROM v_dim_topic WHERE mode = 'formal')"
)


def _mix(name: str, zh: str, of: Relation, column: str, formula: str) -> Metric:
    return Metric(
        id="C16",
        name=name,
        zh=zh,
        formula=formula,
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=of.events,
        dims=("dim_topic",),
        grains=(G, T),
        periods=WM,
        value=shares(typed(of, column), column, _TOPICS if of is TOPIC else "count()"),
    )


TOPICS: tuple[Metric, ...] = (
    Metric(
        id="C12",
        name="topic_count",
        zh="群内话题频次",
        formula="distinct topics opened in the window by members or staff",
        unit="topics",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.PUBLISH,),
        grains=(G, T, O),
        periods=DWM,
        value=count(TOPIC, _TOPICS),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C13",
        name="topic_activity",
        zh="话题活跃度",
        formula="messages that belong to a topic / topics with at least one message",
        unit="messages per topic",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, P, T),
        periods=DWM,
        value=ratio(TOPIC_MESSAGE, "count()", _TOPICS),
    ),
    Metric(
        id="C13",
        name="participants_per_topic",
        zh="话题平均参与人数",
        formula="distinct members who wrote in a topic, summed over topics"
        " / topics with at least one message",
        unit="persons per topic",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, P, T),
        periods=DWM,
        value=ratio(
            TOPIC_MESSAGE, "uniqExactIf((topic_id, user_id), actor_role = 'member')", _TOPICS
        ),
    ),
    Metric(
        id="C14",
        name="topic_active_rate",
        zh="话题活跃率",
        formula="topics opened in the window in which at least topic_min_participants distinct"
        " members wrote in the window / topics opened in it",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, EventType.PUBLISH, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=DWM,
        value=_LIVELY,
    ),
    Metric(
        id="C15",
        name="topic_participation_rate",
        zh="话题参与度",
        formula="distinct members who wrote in a topic / members at any moment of the window;"
        " of a topic, of the groups in which it was discussed",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, P, T),
        periods=DWM,
        value=per(count(_IN_TOPICS, BASE), count(MEMBER, BASE)),
        variants={P: among_members(EventType.CHAT, f"{SPOKE} AND {IN_TOPIC}", "topic_id", P)},
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    _mix(
        *("topic_type_mix", "话题类型占比", TOPIC, "topic_type"),
        "topics opened in the window of a type (slice) / those of any type",
    ),
    _mix(
        *("topic_type_message_mix", "话题类型消息占比", TOPIC_MESSAGE, "topic_type"),
        "messages in topics of a type (slice) / those in topics of any type",
    ),
    _mix(
        *("topic_mode_mix", "随机/正式话题占比", TOPIC, "mode"),
        "topics opened in the window that came up so (slice: random, formal) / those that are told",
    ),
    _mix(
        *("topic_mode_message_mix", "随机/正式话题消息占比", TOPIC_MESSAGE, "mode"),
        "messages in topics that came up so (slice: random, formal) / those that are told",
    ),
    Metric(
        id="C17",
        name="hot_topic_ranking",
        zh="群热点",
        formula="the top_n topics (slice) by distinct members who wrote in them (the value), then"
        " by messages, then by id; the denominator is the rank",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=(EventType.CHAT,),
        grains=(G, T),
        periods=DWM,
        value=_HOT,
    ),
    Metric(
        id="C18",
        name="topic_run_completion_rate",
        zh="话题约局流程",
        formula="steps of formal topics in the operations calendar that are done"
        " / those planned so far",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION,),
        dims=("ops_calendar", "dim_topic"),
        grains=(G, P),
        periods=(Period.EVER,),
        value=ratio(_STEPS, "countIf(is_done)", "count()"),
        note="Done is what the calendar says is done, or what an action of staff names.",
    ),
)
