"""Members: stock and growth (群员数据 / 留存数据)."""

from __future__ import annotations

from pipeline.catalog.metric import Direction, Kind, Metric, Mode, Window, Zero
from pipeline.catalog.thresholds import IN_GROUP_AGAINST_DAY, IN_GROUP_AGAINST_WEEK
from schemas.event_type import EventType

_MEMBERSHIP = (EventType.JOIN, EventType.LEAVE)

MEMBERS: tuple[Metric, ...] = (
    Metric(
        id="A01",
        name="member_count",
        zh="社群内总人数",
        formula="distinct users with an open membership at t; staff and bots excluded",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        windows=(Window.NOW,),
        mode=Mode.BOTH,
        events=_MEMBERSHIP,
        outlets=("community_member_count", "signals.member_count"),
        note="The denominator of every live rate.",
    ),
    Metric(
        id="A02",
        name="join_count",
        zh="进群人数",
        formula="memberships opened in the window; a re-join within the grace is no join",
        unit="joins",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        events=_MEMBERSHIP,
        outlets=("signals.joins_24h",),
        note="Rosters are no joins. Raw join events are group_minute.join_events.",
    ),
    Metric(
        id="A03",
        name="leave_count",
        zh="退群人数",
        formula="memberships closed in the window; a leave undone within the grace is no leave",
        unit="leaves",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.COUNT,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        events=_MEMBERSHIP,
        outlets=("signals.leaves_24h",),
        note="Raw leave events are group_minute.leave_events.",
    ),
    Metric(
        id="A11",
        name="in_group_rate",
        zh="在群率",
        formula="members at t / distinct users who ever joined up to t",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        windows=(Window.NOW,),
        mode=Mode.BOTH,
        events=_MEMBERSHIP,
        stem="in_group",
        base="persons who ever joined",
        drops=(IN_GROUP_AGAINST_DAY, IN_GROUP_AGAINST_WEEK),
        note="Cumulative, so it drifts down as a group ages; only a fast fall is an alert.",
    ),
)
