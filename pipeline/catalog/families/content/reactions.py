"""What people do with content: like, forward, answer."""

from __future__ import annotations

from pipeline.catalog.families.content.relations import (
    FORWARD,
    REACTION,
    READ,
    TOUCHED,
    G,
    K,
    O,
    P,
    T,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, VISITOR
from pipeline.catalog.scripts import among
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DW, DWM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_READERS = f"""
            SELECT group_id, object_id, {VISITOR} AS person
            FROM ({READ.sql})
            WHERE actor_role = 'member' AND person != ''
            UNION ALL
            SELECT group_id, '', user_id
            FROM v_membership
            WHERE opened_ms < %(end_ms)s AND closed_ms >= %(start_ms)s
                AND (SELECT count() FROM fact_view) = 0"""
"""Readers; where no view flows at all, the members stand for them."""


def _of_readers(action: str) -> Script:
    """Of the readers the share who did something with content."""
    return among(
        _READERS,
        f"""
            SELECT group_id, target_id AS object_id, user_id AS person
            FROM ({REACTION.sql})
            WHERE actor_role = 'member' AND action = '{action}'""",
        {P: "object_id"},
    )


REACTIONS: tuple[Metric, ...] = (
    Metric(
        id="D04",
        name="content_activity",
        zh="内容活跃度",
        formula="interactions of members with items in the window (like, forward, favorite,"
        " comment, reply) / items published or interacted with in it",
        unit="per item",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.REACTION, EventType.PUBLISH),
        grains=(G, P, T),
        periods=DWM,
        value=ratio(TOUCHED, "sum(interaction)", "uniqExact(content_id)"),
    ),
    Metric(
        id="D07",
        name="like_count",
        zh="点赞数",
        formula="likes in the window",
        unit="likes",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(G, P, T),
        periods=DWM,
        value=count(REACTION, "countIf(action = 'like')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D07",
        name="like_rate",
        zh="点赞率",
        formula="of the persons who read in the window the share who liked in it; where no view"
        " flows, of member_base",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.REACTION, *MEMBERSHIP_EVENTS),
        optional=(EventType.VIEW,),
        grains=(G, P, T),
        periods=DWM,
        value=_of_readers("like"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Of one object there is a rate only where views flow: it has no members.",
    ),
    Metric(
        id="D08",
        name="forward_count",
        zh="转发数",
        formula="forwards in the window",
        unit="forwards",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(G, P, T),
        periods=DWM,
        value=count(FORWARD),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D08",
        name="forward_count_by_role",
        zh="转发数(学员/员工)",
        formula="forward_count, sliced by role of who forwards",
        unit="forwards",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(G, P, T),
        periods=DWM,
        value=count(FORWARD, slice="actor_role"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D08",
        name="forward_rate",
        zh="转发率",
        formula="of the persons who read in the window the share who forwarded in it; where no view"
        " flows, of member_base",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.REACTION, *MEMBERSHIP_EVENTS),
        optional=(EventType.VIEW,),
        grains=(G, P, T),
        periods=DWM,
        value=_of_readers("forward"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D09",
        name="moments_like_count",
        zh="朋友圈点赞数",
        formula="likes of posts in moments in the window",
        unit="likes",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(K, O),
        periods=DW,
        value=count(REACTION, "countIf(action = 'like' AND target_kind = 'moments_post')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        recommended=False,
        note="Not recommended as a target: it says little of a community.",
    ),
)
