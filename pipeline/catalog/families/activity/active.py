"""Active members: how many, how often, how large a part (活跃)."""

from __future__ import annotations

from pipeline.catalog.families.activity.relations import MEMBER_DAY, WINDOW_DAYS
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import (
    BASE,
    INTERACTION_EVENTS,
    MEMBER,
    MEMBERSHIP_EVENTS,
    persons,
)
from pipeline.catalog.thresholds import FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS
from pipeline.catalog.value import count, per, ratio
from pipeline.catalog.vocabulary import DWM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, C, O = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.OVERALL)  # noqa: E741

_SPOKE = persons("messages > 0")
_ACTIVE = persons("messages >= member_days")


def _active_users(period: Period, words: tuple[str, str]) -> tuple[Metric, Metric]:
    """Who was active in a day, week or month: by a chat, and by any interaction."""
    letter, zh = words
    live = period is Period.DAY
    chat, interaction = (
        Metric(
            id="C05",
            name=f"{letter}au{suffix}",
            zh=f"{zh}{zh_suffix}",
            formula=f"distinct members with at least one {deed} in the {period.name.lower()}",
            unit="persons",
            kind=Kind.PROCESS,
            direction=Direction.HIGHER,
            zero=Zero.COUNT,
            events=events,
            optional=optional,
            grains=(G, T, C, O),
            periods=(period,),
            value=count(MEMBER, persons(condition)),
            windows=(Window.DAY,) if live else (),
            mode=Mode.BOTH if live else Mode.SQL,
        )
        for suffix, zh_suffix, deed, events, optional, condition in (
            ("", "", "chat", (EventType.CHAT, *MEMBERSHIP_EVENTS), (), "messages > 0"),
            (
                *("_interaction", "(互动)", "interaction"),
                *(MEMBERSHIP_EVENTS, INTERACTION_EVENTS, "interactions > 0"),
            ),
        )
    )
    return chat, interaction


ACTIVE: tuple[Metric, ...] = (
    Metric(
        id="C04",
        name="active_member_count",
        zh="社群活跃成员数",
        formula="distinct members with at least one chat, on average, on each day of the window on"
        " which they were members of the group; live: with at least one chat in the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=DWM,
        value=count(MEMBER, _ACTIVE),
        windows=(Window.HOUR, Window.DAY),
        mode=Mode.BOTH,
        outlets=("community_daily_active_numerator", "signals.active_1h", "signals.active_24h"),
        note="Distincts do not add up: group_minute.chatters holds one minute's, never a sum. Of"
        " several groups a person who is active in one of them counts once.",
    ),
    *_active_users(Period.DAY, ("d", "日活")),
    *_active_users(Period.WEEK, ("w", "周活")),
    *_active_users(Period.MONTH, ("m", "月活")),
    Metric(
        id="C06",
        name="daily_active_rate",
        zh="社群日活跃率",
        formula="active_member_count / members at any moment of the window;"
        " live: distinct members who chatted in the window / member_count",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=DWM,
        value=ratio(MEMBER, _ACTIVE, BASE),
        windows=(Window.HOUR, Window.DAY),
        mode=Mode.BOTH,
        stem="daily_active",
        base="members",
        drops=(FAST_AGAINST_WEEKS, SLOW_AGAINST_WEEKS),
        note="Live only those still members at the window's end count, so it is at most 1.",
    ),
    Metric(
        id="C07",
        name="stickiness",
        zh="用户黏性",
        formula="mean of dau over the days of the month / mau",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=(Period.MONTH,),
        value=per(
            count(MEMBER_DAY, f"uniqExactIf((user_id, day), spoke) / {WINDOW_DAYS}"),
            count(MEMBER, _SPOKE),
        ),
    ),
)
