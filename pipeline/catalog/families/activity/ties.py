"""Ties to members beside the group, what reaches for them, and what they get (连接)."""

from __future__ import annotations

from pipeline.catalog.families.activity.relations import (
    BASE_MEMBERS,
    MEMBER_TIES,
    POINTS,
    PRESSURE,
    PRESSURE_SQL,
    WINDOW_DAYS,
)
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import within
from pipeline.catalog.relations import (
    BASE,
    INTERACTION_EVENTS,
    MEMBER,
    MEMBERSHIP_EVENTS,
    interactions,
    persons,
)
from pipeline.catalog.value import Ratio, Script, count, per, ratio
from pipeline.catalog.vocabulary import DW, DWM, WM, Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, S, P, U, O = (  # noqa: E741
    *(Grain.GROUP, Grain.TYPE, Grain.STAFF),
    *(Grain.OBJECT, Grain.USER, Grain.OVERALL),
)

_HORIZON = "%(connection_days)s * 86400000"
_AFTER = within(until=f"least(%(end_ms)s + {_HORIZON}, %(asof_ms)s)")

_CONNECTION = Script(
    f"""
SELECT {{scope}},
    uniqExactIf(user_id, seen_ms > 0 AND seen_ms <= paid_ms + {_HORIZON}) AS numerator,
    uniqExact(user_id) AS denominator
FROM (
    SELECT o.group_id AS group_id, o.user_id AS user_id, paid_ms, product_id, seen_ms
    FROM (
        SELECT *, product_id
        FROM v_paid_order
        LEFT ARRAY JOIN item_product_id AS product_id
        WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND actor_role = 'member'
    ) AS o
    ASOF LEFT JOIN (
        SELECT user_id, event_ms AS seen_ms
        FROM (
{interactions(_AFTER)}
        )
        UNION ALL
        SELECT user_id, event_ms
        FROM v_view
        WHERE {_AFTER} AND actor_role = 'member' AND action != 'impression'
    ) AS s ON o.user_id = s.user_id AND o.paid_ms < s.seen_ms
)
GROUP BY scope""",
    Zero.RATIO,
    {P: "product_id"},
)

_PRESSURE_BY_STAFF = Script(
    f"""
SELECT {{scope}}, sum(reached) AS numerator, any(n) * {WINDOW_DAYS} AS denominator
FROM (
    SELECT staff_id, sum(pushes) AS reached FROM ({PRESSURE_SQL}) GROUP BY staff_id
) AS p
INNER JOIN (
    SELECT staff_id, uniqExact(user_id) AS n
    FROM (SELECT DISTINCT staff_id, group_id FROM ({PRESSURE_SQL})) AS g
    INNER JOIN ({BASE_MEMBERS}) AS m USING (group_id)
    GROUP BY staff_id
) AS b USING (staff_id)
GROUP BY scope""",
    Zero.RATIO,
)

_WEAK = "length(ties) < %(strong_links)s"
_WAS_WEAK = "length(then_ties) < %(strong_links)s"


def _tie(name: str, zh: str, unit: str, formula: str, value: Ratio) -> Metric:
    return Metric(
        id="C32",
        name=name,
        zh=zh,
        formula=formula,
        unit=unit,
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.CONTACT, *MEMBERSHIP_EVENTS),
        grains=(G, T, O),
        periods=WM,
        value=value,
        note="A kind of link is open if its last contact, of one staff member at least, was an add;"
        " notices of the group are none.",
    )


TIES: tuple[Metric, ...] = (
    _tie(
        *("cross_coverage_degree", "交叉覆盖度", "links per person"),
        "kinds of link open at the window's end, summed over members / members at its end",
        ratio(
            MEMBER_TIES,
            "uniqExactArrayIf(arrayMap(tie -> (user_id, tie), ties), is_member)",
            persons("is_member"),
        ),
    ),
    _tie(
        *("strong_tie_ratio", "强关系占比", "ratio"),
        "members at the window's end with at least strong_links kinds of link open"
        " / members at its end",
        ratio(MEMBER_TIES, persons(f"is_member AND NOT {_WEAK}"), persons("is_member")),
    ),
    _tie(
        *("weak_to_strong_rate", "弱关系转化率", "ratio"),
        "members at the window's start with fewer than strong_links kinds of link open then and at"
        " least so many at its end / members at its start with fewer",
        ratio(
            MEMBER_TIES,
            persons(f"was_member AND {_WAS_WEAK} AND NOT {_WEAK}"),
            persons(f"was_member AND {_WAS_WEAK}"),
        ),
    ),
    _tie(
        *("off_group_reachable_ratio", "群外可触达率", "ratio"),
        "members at the window's end with a link open besides the group / members at its end",
        ratio(MEMBER_TIES, persons("is_member AND notEmpty(ties)"), persons("is_member")),
    ),
    Metric(
        id="C33",
        name="post_purchase_connection_rate",
        zh="购买后持续连接率",
        formula="buyers of the window who interacted or viewed something within connection_days"
        " after an order of theirs in it / buyers of the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        optional=(*INTERACTION_EVENTS, EventType.VIEW),
        grains=(G, T, P, O),
        periods=(Period.MONTH,),
        value=_CONNECTION,
        matures_days=30,
        note="An impression is no view. Where they are seen again does not matter.",
    ),
    Metric(
        id="C34",
        name="contact_pressure",
        zh="过份打扰",
        formula="(broadcasts and private pushes, one for each person they were sent to, + persons"
        " mentioned by staff) / members at any moment of the window / days of the window;"
        " of staff, the members of the groups that they reached for",
        unit="per member and day",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.DELIVERY, EventType.CHAT, *MEMBERSHIP_EVENTS),
        grains=(G, T, S),
        periods=DW,
        value=per(count(PRESSURE, f"sum(pushes) / {WINDOW_DAYS}"), count(MEMBER, BASE)),
        variants={S: _PRESSURE_BY_STAFF},
        note="Read against leave_rate and contact_delete_rate.",
    ),
    Metric(
        id="C35",
        name="points_granted",
        zh="积分发放",
        formula="sum of the points granted to members, those taken left out",
        unit="points",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=(EventType.CHECKIN,),
        optional=(EventType.ACTIVITY, EventType.STAFF_ACTION),
        grains=(G, U),
        periods=DWM,
        value=count(POINTS, "sum(points)"),
    ),
    Metric(
        id="C35",
        name="points_per_member",
        zh="人均积分",
        formula="points_granted / members at any moment of the window",
        unit="points per person",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.CHECKIN, *MEMBERSHIP_EVENTS),
        optional=(EventType.ACTIVITY, EventType.STAFF_ACTION),
        periods=DWM,
        value=per(count(POINTS, "sum(points)"), count(MEMBER, BASE)),
        note="Of one member it is points_granted.",
    ),
)
