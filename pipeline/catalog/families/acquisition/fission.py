"""Members who bring members, and what is shared beyond the group."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import NEWCOMER, C, G, K, O, P, T
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, within
from pipeline.catalog.relations import BASE, MEMBERSHIP_EVENTS, OPENED, facts, persons
from pipeline.catalog.scripts import among, divided
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DW, DWM, WM, Direction, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

_BROUGHT = f"{NEWCOMER} AND first.3 = 'member'"


def _channels(slice_: str, whole: str) -> Script:
    return Script(
        f"""
SELECT scope, {slice_} AS slice, count() AS numerator, sum(count()) OVER ({whole}) AS denominator
FROM (SELECT scope, if(first.2 = '', 'unknown', first.2) AS channel FROM ({_BROUGHT}))
GROUP BY scope, slice""",
        Zero.RATIO,
    )


_MEMBERS = """
            SELECT group_id, campaign_id, user_id, user_id AS person
            FROM v_membership
            WHERE opened_ms < %(end_ms)s AND closed_ms >= %(start_ms)s"""
_PAYING = f"""{_MEMBERS}
                AND user_id IN (
                    SELECT user_id FROM v_paid_order
                    WHERE paid_ms < %(end_ms)s AND actor_role = 'member'
                )"""
_INVITERS = f"SELECT *, inviter_id AS person FROM ({OPENED.sql}) WHERE inviter_id != ''"

_ENDED = "SELECT * FROM v_dim_activity WHERE end_ms >= %(start_ms)s AND end_ms < %(end_ms)s"
_BEGUN = f"(SELECT minOrNull(start_ms) FROM ({_ENDED}))"
_PLACES = "arrayJoin(arrayFilter(x -> x.2 != '', [('K', campaign_id), ('G', group_id)])) AS place"

_ACTIVITY = Relation(
    "ended activity",
    f"""
SELECT activity_id, any(group_id) AS group_id, any(campaign_id) AS campaign_id,
    countIf(event_ms >= start_ms AND event_ms < end_ms) AS spread
FROM (SELECT *, {_PLACES} FROM ({_ENDED})) AS a
LEFT JOIN (
    SELECT event_ms, {_PLACES}
    FROM (
        SELECT campaign_id, group_id, opened_ms AS event_ms
        FROM v_membership
        WHERE NOT is_roster AND inviter_role = 'member'
        UNION ALL
        SELECT campaign_id, group_id, event_ms
        FROM v_reaction
        WHERE {within(since=_BEGUN)} AND action = 'forward'
    )
) AS s USING (place)
GROUP BY activity_id""",
    MEMBERSHIP_EVENTS,
)
"""Activities that ended in the window, and how often they were `spread`: joins by invitation of a
member and forwards, in their group or campaign while they went on."""

_MOMENTS = facts(
    EventType.REACTION,
    "action = 'forward' AND dest = 'moments'",
    name="forward to moments",
    scopes={P: "target_id"},
)

FISSION: tuple[Metric, ...] = (
    Metric(
        id="B13",
        name="fission_new_count",
        zh="裂变新增",
        formula="new members (new_member_count) whose first join was by invitation of a member",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(G, C, K, O),
        periods=DWM,
        value=Script(
            f"""
SELECT scope, count() AS numerator, 1 AS denominator
FROM ({_BROUGHT})
GROUP BY scope""",
            Zero.COUNT,
        ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B13",
        name="fission_channel_share",
        zh="裂变渠道",
        formula="fission_new_count of a channel / of all channels; sliced by channel but at grain"
        " C",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, C, K, O),
        periods=DWM,
        value=_channels("channel", "PARTITION BY scope"),
        variants={C: _channels("''", "")},
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B14",
        name="viral_coefficient",
        zh="裂变K值",
        formula="fission_new_count / member_base: invitations per member x join rate",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=(EventType.INVITE,),
        grains=(G, K, O),
        periods=WM,
        value=divided(
            f"SELECT scope, 1 AS n FROM ({_BROUGHT})",
            f"SELECT scope, {BASE} AS n FROM (SELECT {{scope}}, user_id FROM ({_MEMBERS}))"
            " GROUP BY scope",
        ),
    ),
    Metric(
        id="B15",
        name="fission_activity_rate",
        zh="活动裂变",
        formula="activities ended in the window that were spread (a join by invitation of a member"
        " or a forward, in their group or campaign while they went on) / activities ended",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        optional=(EventType.REACTION,),
        dims=("dim_activity",),
        grains=(K, T, O),
        periods=(Period.MONTH,),
        value=ratio(_ACTIVITY, "countIf(spread > 0)", "count()"),
    ),
    Metric(
        id="B16",
        name="referral_rate",
        zh="转介绍率",
        formula="members who invited somebody who joined in the window / member_base",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=among(_MEMBERS, _INVITERS),
    ),
    Metric(
        id="B16",
        name="paid_referral_rate",
        zh="付费用户转介绍率",
        formula="referral_rate of the members who have a paid order before the window's end",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.ORDER),
        grains=(G, T, O),
        periods=WM,
        value=among(_PAYING, _INVITERS),
    ),
    Metric(
        id="B25",
        name="moments_share_count",
        zh="分享朋友圈",
        formula="forwards to moments in the window",
        unit="shares",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(G, K, P),
        periods=DW,
        value=count(_MOMENTS),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B25",
        name="moments_sharer_count",
        zh="分享朋友圈人数",
        formula="distinct members who forwarded to moments in the window",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.REACTION,),
        grains=(G, K, P),
        periods=DW,
        value=count(_MOMENTS, persons("actor_role = 'member'")),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
)
