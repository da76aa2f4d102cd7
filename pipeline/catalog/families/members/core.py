"""The members themselves: how many, how many come and go, how many of all are still here."""

from __future__ import annotations

from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import CLOSED, MEMBER, MEMBERSHIP_EVENTS, OPENED, persons
from pipeline.catalog.thresholds import IN_GROUP_AGAINST_DAY, IN_GROUP_AGAINST_WEEK
from pipeline.catalog.value import Script, count
from pipeline.catalog.vocabulary import DAILY, DWM, Direction, Grain, Kind, Mode, Window, Zero

G, T, C, K, O = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OVERALL)  # noqa: E741

CORE: tuple[Metric, ...] = (
    Metric(
        id="A01",
        name="member_count",
        zh="社群内总人数",
        formula="distinct users with an open membership at t; staff and bots excluded",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=DWM,
        value=count(MEMBER, persons("is_member")),
        windows=(Window.NOW,),
        mode=Mode.BOTH,
        outlets=("community_member_count", "signals.member_count"),
        note="The denominator of every live rate. A window's is that of its end.",
    ),
    Metric(
        id="A01",
        name="membership_count",
        zh="群成员总人次",
        formula="open memberships at the window's end: a member of three groups has three",
        unit="memberships",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(T, O),
        periods=DWM,
        value=count(MEMBER, "countIf(is_member)"),
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
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, K, O),
        periods=DWM,
        value=count(OPENED),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
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
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=DWM,
        value=count(CLOSED),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
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
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, K, O),
        periods=DAILY,
        value=Script(
            """
SELECT {scope},
    uniqExactIf(user_id, closed_ms >= %(end_ms)s) AS numerator,
    uniqExact(user_id) AS denominator
FROM v_membership
WHERE opened_ms < %(end_ms)s
GROUP BY scope""",
            Zero.RATIO,
        ),
        windows=(Window.NOW,),
        mode=Mode.BOTH,
        stem="in_group",
        base="persons who ever joined",
        drops=(IN_GROUP_AGAINST_DAY, IN_GROUP_AGAINST_WEEK),
        note="Cumulative, so it drifts down as a group ages; only a fast fall is an alert.",
    ),
)
