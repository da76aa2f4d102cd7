"""What newcomers are offered: a coupon, a course and its poster."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import C, G, K, O
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, before, days, within
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, VISITORS, facts, persons
from pipeline.catalog.scripts import followed
from pipeline.catalog.value import count, per, ratio
from pipeline.catalog.vocabulary import DAILY, DW, WM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_COUPON = Relation(
    "newcomer coupon",
    followed(
        f"""
    SELECT *, (target_user_id, coupon_id) AS person
    FROM v_staff_action
    WHERE {within()} AND action_kind = 'coupon_issue' AND target_user_id != ''
        AND coupon_id IN (SELECT coupon_id FROM v_dim_coupon WHERE kind = 'newcomer')""",
        "SELECT (user_id, coupon_id) AS who, paid_ms AS then_ms FROM v_paid_order",
        days("offer_days"),
    ),
    (EventType.STAFF_ACTION, EventType.ORDER),
)
"""Coupons for newcomers issued in the window; `followed`: by an order of theirs paid with it."""

_SIGNUP = facts(EventType.ACTIVITY, "action = 'signup'", name="signup")

_SIGNUPS = count(_SIGNUP, persons("actor_role = 'member'"))

_POSTER = facts(EventType.VIEW, "object_kind = 'poster'", name="poster seen")

_STARTED = Relation(
    "signup to what starts",
    f"""
SELECT user_id, a.group_id AS group_id, a.campaign_id AS campaign_id,
    (user_id, a.activity_id) IN (
        SELECT user_id, activity_id
        FROM v_membership
        INNER JOIN v_dim_activity AS d USING (group_id)
        WHERE opened_ms < start_ms AND closed_ms >= start_ms
    ) AS is_in
FROM (
    SELECT * FROM v_dim_activity WHERE start_ms >= %(start_ms)s AND start_ms < %(end_ms)s
) AS a
INNER JOIN (
    SELECT activity_id, user_id, event_ms
    FROM v_activity
    WHERE {before()} AND action = 'signup' AND actor_role = 'member'
) AS s USING (activity_id)
WHERE event_ms < start_ms""",
    (EventType.ACTIVITY, *MEMBERSHIP_EVENTS),
)
"""Signups to activities that start in the window; `is_in`: whether the person is a member of its
group when it starts."""

OFFERS: tuple[Metric, ...] = (
    Metric(
        id="B20",
        name="newcomer_offer_redemption_rate",
        zh="新用户offer使用率",
        formula="of the persons to whom a coupon of kind newcomer was issued in the window the"
        " share who paid with it within offer_days",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION, EventType.ORDER),
        dims=("dim_coupon",),
        grains=(C, K, G),
        periods=WM,
        value=ratio(_COUPON, "uniqExactIf(target_user_id, followed)", "uniqExact(target_user_id)"),
        matures_days=7,
    ),
    Metric(
        id="B21",
        name="signup_count",
        zh="报名人数",
        formula="distinct members who signed up for an activity in the window",
        unit="persons",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ACTIVITY,),
        grains=(K, C, O),
        periods=DW,
        value=_SIGNUPS,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B21",
        name="signup_rate",
        zh="报名率",
        formula="signup_count / distinct viewers of posters in the window, known or anonymous",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY, EventType.VIEW),
        grains=(K, C, O),
        periods=DW,
        value=per(_SIGNUPS, count(_POSTER, VISITORS)),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Viewers may be anonymous, so who signed up need not be among them: it may exceed 1.",
    ),
    Metric(
        id="B22",
        name="signup_to_join_rate",
        zh="报名进群率",
        formula="of the members who signed up for an activity that starts in the window, before it"
        " does, the share who are in its group when it starts",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ACTIVITY, *MEMBERSHIP_EVENTS),
        dims=("dim_activity",),
        grains=(K, G),
        periods=DAILY,
        value=ratio(_STARTED, persons("is_in"), "uniqExact(user_id)"),
    ),
)
