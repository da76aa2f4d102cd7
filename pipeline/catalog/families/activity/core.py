"""Activity and interaction (活跃数据 / 社群互动数据)."""

from __future__ import annotations

from pipeline.catalog.metric import Metric
from pipeline.catalog.thresholds import FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS
from pipeline.catalog.vocabulary import Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

CORE: tuple[Metric, ...] = (
    Metric(
        id="C01",
        name="message_count",
        zh="群内信息总量",
        formula="chats except system notices and bots; staff included",
        unit="messages",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        windows=(Window.MINUTE, Window.DAY),
        mode=Mode.BOTH,
        events=(EventType.CHAT,),
        outlets=("group_minute.messages", "group_minute.member_messages", "signals.messages_24h"),
        note="member_messages leaves staff out.",
    ),
    Metric(
        id="C04",
        name="active_member_count",
        zh="社群活跃成员数",
        formula="distinct members with at least one chat in the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        windows=(Window.HOUR, Window.DAY),
        mode=Mode.BOTH,
        events=(EventType.CHAT, EventType.JOIN, EventType.LEAVE),
        outlets=("community_daily_active_numerator", "signals.active_1h", "signals.active_24h"),
        note="Distincts do not add up: group_minute.chatters holds one minute's, never a sum.",
    ),
    Metric(
        id="C06",
        name="daily_active_rate",
        zh="社群日活跃率",
        formula="distinct members who chatted in the window / member_count",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        windows=(Window.HOUR, Window.DAY),
        mode=Mode.BOTH,
        events=(EventType.CHAT, EventType.JOIN, EventType.LEAVE),
        stem="daily_active",
        base="members",
        drops=(FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS),
        note="Only those still members at the window's end count, so it is at most 1.",
    ),
)
