"""Messages: how many, when, from how many, and how good they are (群内信息)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import local_day, local_hour, within
from pipeline.catalog.relations import BASE, MEMBER, MEMBERSHIP_EVENTS, MESSAGE, facts, persons
from pipeline.catalog.thresholds import NEGATIVE_RISE
from pipeline.catalog.value import count, per, ratio, shares, statistic
from pipeline.catalog.vocabulary import DW, DWM, Direction, Grain, Kind, Mode, Window, Zero
from schemas.event_type import EventType

G, T, S, O = (Grain.GROUP, Grain.TYPE, Grain.STAFF, Grain.OVERALL)  # noqa: E741

_BY_MEMBERS = count(MESSAGE, "countIf(actor_role = 'member')")
_BY_HOUR = f"sumForEach(arrayMap(h -> toUInt64(h = {local_hour()}), range(24)))"
_WEEKDAY = f"toDayOfWeek({local_day()})"

_ANSWER = facts(
    EventType.CHAT,
    f"""actor_role = 'member' AND msg_type != 'system'
    AND (group_id, reply_to_message_id) IN (
        SELECT group_id, message_id
        FROM v_chat
        WHERE {within(since="%(start_ms)s - %(attribution_days)s * 86400000")} AND is_question
    )""",
    name="answer",
)
_ACCEPTED = f"""(group_id, message_id) IN (
        SELECT group_id, message_id
        FROM v_session
        WHERE {within()} AND action = 'resolved' AND message_id != ''
    )"""

MESSAGES: tuple[Metric, ...] = (
    Metric(
        id="C01",
        name="message_count",
        zh="群内信息总量",
        formula="chats except system notices and bots; staff included; of staff, what they wrote",
        unit="messages",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHAT,),
        grains=(G, T, S, O),
        periods=DWM,
        value=count(MESSAGE),
        windows=(Window.MINUTE, Window.DAY),
        mode=Mode.BOTH,
        outlets=("group_minute.messages", "group_minute.member_messages", "signals.messages_24h"),
        note="member_messages leaves staff out.",
    ),
    Metric(
        id="C01",
        name="member_message_count",
        zh="群员消息总量",
        formula="chats of members, system notices left out",
        unit="messages",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHAT,),
        grains=(G, T, O),
        periods=DWM,
        value=_BY_MEMBERS,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C02",
        name="message_time_distribution",
        zh="群内消息时间分布",
        formula="messages in local hour h (slice) / messages",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, T, O),
        periods=DWM,
        value=shares(MESSAGE, local_hour()),
    ),
    Metric(
        id="C02",
        name="message_week_distribution",
        zh="群内消息星期时间分布",
        formula="messages on weekday d (1 = Monday) in local hour h (slice d-h) / messages",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, T, O),
        periods=DWM[1:],
        value=shares(MESSAGE, f"concat(toString({_WEEKDAY}), '-', toString({local_hour()}))"),
        note="A day is of one weekday, so it has none of its own.",
    ),
    Metric(
        id="C02",
        name="peak_message_hour",
        zh="消息高峰时段",
        formula="local hour with the most messages; of equal ones the earliest",
        unit="hour",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=(EventType.CHAT,),
        grains=(G, T, O),
        periods=DWM,
        value=statistic(MESSAGE, f"indexOf({_BY_HOUR}, arrayMax({_BY_HOUR})) - 1"),
    ),
    Metric(
        id="C03",
        name="messages_per_member",
        zh="群内人均消息数",
        formula="member_message_count / members at any moment of the window",
        unit="messages per person",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=DWM,
        value=per(_BY_MEMBERS, count(MEMBER, BASE)),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C03",
        name="messages_per_active_member",
        zh="活跃成员人均消息数",
        formula="member_message_count / members with at least one chat in the window",
        unit="messages per person",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=DWM,
        value=per(_BY_MEMBERS, count(MEMBER, persons("messages > 0"))),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C25",
        name="effective_message_ratio",
        zh="有效信息占比",
        formula="messages labelled valid / messages labelled valid or noise",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, T),
        periods=DW,
        value=ratio(
            MESSAGE, "countIf(quality = 'valid')", "countIf(quality IN ('valid', 'noise'))"
        ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C25",
        name="message_label_coverage",
        zh="信息标注覆盖率",
        formula="messages labelled valid or noise / messages",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, T),
        periods=DW,
        value=ratio(MESSAGE, "countIf(quality IN ('valid', 'noise'))", "count()"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="How far effective_message_ratio is to be trusted.",
    ),
    Metric(
        id="C26",
        name="sensitive_message_count",
        zh="敏感话题",
        formula="messages labelled sensitive",
        unit="messages",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        events=(EventType.CHAT,),
        grains=(G, T, O),
        periods=DW,
        value=count(MESSAGE, "countIf(quality = 'sensitive')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="C27",
        name="negative_sentiment_ratio",
        zh="负面情绪占比",
        formula="messages of negative sentiment / messages of known sentiment",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        grains=(G, T),
        periods=DW,
        value=ratio(MESSAGE, "countIf(sentiment = 'negative')", "countIf(sentiment != 'unknown')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        base="messages of known sentiment",
        drops=(NEGATIVE_RISE,),
    ),
    Metric(
        id="C36",
        name="qa_professional_rate",
        zh="答题互动专业度",
        formula="members' answers marked professional or accepted / members' answers: replies to a"
        " question of the window or of attribution_days before it; accepted is what a session"
        " resolved in the window names",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT,),
        optional=(EventType.SESSION,),
        grains=(G, T),
        periods=DWM,
        value=ratio(_ANSWER, f"countIf(quality = 'professional' OR {_ACCEPTED})", "count()"),
    ),
)
