"""How far content goes: readers, clicks, what reading leads to, brand."""

from __future__ import annotations

from pipeline.catalog.families.content.relations import (
    READ,
    VIEW,
    C,
    G,
    K,
    O,
    P,
    T,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, after, days, within
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, VISITOR, VISITORS, facts
from pipeline.catalog.scripts import followed
from pipeline.catalog.value import count, ratio
from pipeline.catalog.vocabulary import DW, DWM, WM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_MEMBERS = "actor_role = 'member'"

_CLICKS = f"""
    SELECT object_id, {VISITOR} FROM v_view WHERE {within()} AND {_MEMBERS} AND action = 'click'"""

_SHOWN = Relation(
    "object shown",
    f"""
SELECT group_id, channel_id, campaign_id, object_id, {VISITOR} AS person, 1 AS seen,
    (object_id, person) IN ({_CLICKS}) AS clicked
FROM v_view
WHERE {within()} AND {_MEMBERS} AND action = 'impression' AND person != ''
UNION ALL
SELECT group_id, channel_id, campaign_id, content_id AS object_id, user_id AS person, 0,
    (object_id, person) IN ({_CLICKS})
FROM v_delivery
WHERE {within()} AND action = 'delivered'""",
    (EventType.VIEW,),
    {P: "object_id"},
)
"""To whom an object was shown in the window, `seen` or only delivered, and who `clicked` on it."""


def _seen_or_delivered(condition: str) -> str:
    """Persons to whom something was shown, or where nothing was, those it was delivered to."""
    seen, sent = (f"uniqExactIf(person, {which} AND {condition})" for which in ("seen", "NOT seen"))
    return f"if(countIf(seen) > 0, {seen}, {sent})"


_UNTIL = after(days("attribution_days"))

_READER = Relation(
    "reader",
    followed(
        f"""
    SELECT *, {VISITOR} AS person
    FROM v_view
    WHERE {within()} AND {_MEMBERS} AND action IN ('read', 'click') AND person != ''""",
        f"""
    SELECT user_id AS who, opened_ms AS then_ms FROM v_membership WHERE NOT is_roster
    UNION ALL
    SELECT user_id, paid_ms FROM v_paid_order WHERE {_MEMBERS}
    UNION ALL
    SELECT user_id, event_ms FROM v_activity
    WHERE {within(until=_UNTIL)} AND {_MEMBERS} AND action = 'signup'""",
        days("attribution_days"),
    ),
    (EventType.VIEW, *MEMBERSHIP_EVENTS),
    {P: "object_id"},
)
"""Reads and clicks of the window; `followed`: by a join, signup or paid order in time."""

_BRAND = facts(
    EventType.VIEW,
    "action IN ('impression', 'read')"
    " AND object_id IN (SELECT content_id FROM v_dim_content WHERE is_brand)",
    name="brand exposure",
)

REACH: tuple[Metric, ...] = (
    Metric(
        id="D05",
        name="content_view_count",
        zh="阅读数",
        formula="reads in the window",
        unit="views",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        grains=(G, P, C, K),
        periods=DW,
        value=count(READ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D05",
        name="content_reader_count",
        zh="阅读人数",
        formula="distinct persons who read in the window, known or anonymous",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        grains=(G, P, C, K),
        periods=DW,
        value=count(READ, VISITORS),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D06",
        name="link_click_count",
        zh="链接点击数",
        formula="clicks in the window",
        unit="clicks",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        grains=(G, P, C, K, T),
        periods=DW,
        value=count(VIEW, "countIf(action = 'click')"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D06",
        name="click_rate",
        zh="点击率",
        formula="of the persons to whom something was shown in the window (an impression; where"
        " there is none, a push of it was delivered) the share who clicked on what was shown",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.VIEW,),
        optional=(EventType.DELIVERY,),
        grains=(G, P, C, K, T),
        periods=DW,
        value=ratio(_SHOWN, _seen_or_delivered("clicked"), _seen_or_delivered("1")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="D10",
        name="content_conversion_rate",
        zh="内容转化率",
        formula="of the persons who read or clicked in the window the share with a join, signup or"
        " paid order within attribution_days",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.VIEW, *MEMBERSHIP_EVENTS),
        optional=(EventType.ACTIVITY, EventType.ORDER),
        grains=(P, G, K),
        periods=WM,
        value=ratio(_READER, "uniqExactIf(person, followed)", "uniqExact(person)"),
        matures_days=7,
        note="Anonymous readers are among all readers, though nothing more is known of them.",
    ),
    Metric(
        id="D14",
        name="brand_exposure_count",
        zh="品牌曝光",
        formula="impressions and reads of brand content in the window",
        unit="impressions",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        dims=("dim_content",),
        grains=(K, C, O),
        periods=DWM,
        value=count(_BRAND),
    ),
    Metric(
        id="D14",
        name="brand_reach_count",
        zh="品牌触达人数",
        formula="distinct persons with an impression or read of brand content in the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.VIEW,),
        dims=("dim_content",),
        grains=(K, C, O),
        periods=DWM,
        value=count(_BRAND, VISITORS),
    ),
)
