"""Who leaves, why, and after how long."""

from __future__ import annotations

from pipeline.catalog.families.members.relations import MEMBERSHIP, START, customers, without
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, within
from pipeline.catalog.relations import CLOSED, INTERACTION_EVENTS, MEMBERSHIP_EVENTS, persons
from pipeline.catalog.thresholds import LEAVING_RISE
from pipeline.catalog.value import Script, count, ratio, shares
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

G, T, C, K, S, O = (  # noqa: E741
    Grain.GROUP,
    Grain.TYPE,
    Grain.CHANNEL,
    Grain.CAMPAIGN,
    Grain.STAFF,
    Grain.OVERALL,
)

_KICK = Relation(
    "kick",
    f"SELECT * FROM ({CLOSED.sql}) WHERE leave_kind = 'kicked'",
    MEMBERSHIP_EVENTS,
    {Grain.STAFF: "operator_id"},
)
_REASONED = Relation(
    "leave with a reason",
    f"SELECT * FROM ({CLOSED.sql}) WHERE reason_code != ''",
    MEMBERSHIP_EVENTS,
)


def _span(since: str, until: str) -> str:
    """The time between two moments, by rough spans of days."""
    days = f"intDiv({until} - {since}, {DAY_MS})"
    return (
        f"multiIf({days} < 1, '0', {days} < 7, '1-6', {days} < 30, '7-29', {days} < 90, '30-89',"
        " '90+')"
    )


CHURN = ratio(MEMBERSHIP, without("was_member", "is_member"), persons("was_member"))

LEAVING: tuple[Metric, ...] = (
    Metric(
        id="A09",
        name="leave_rate",
        zh="退群率",
        formula="leave_count / memberships that could end: open at the start, or opened since",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, K, O),
        periods=DWM,
        value=ratio(MEMBERSHIP, "countIf(is_leave)", "count()"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="At most 1. A roster that comes in the window can leave in it, so it counts below.",
        base="memberships that could end",
        drops=(LEAVING_RISE,),
    ),
    Metric(
        id="A10",
        name="churn_rate",
        zh="流失率",
        formula="members at the window's start who are none at its end / members at its start",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=WM,
        value=CHURN,
        note="Who came in the window is left out; who left and came back is no loss.",
    ),
    Metric(
        id="A13",
        name="kick_count",
        zh="踢人",
        formula="memberships that ended in the window by being removed; of staff: by whom",
        unit="leaves",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=MEMBERSHIP_EVENTS,
        grains=(G, S),
        periods=DWM,
        value=count(_KICK),
    ),
    Metric(
        id="A14",
        name="leave_reason_share",
        zh="退群原因",
        formula="leaves with a reason / leaves with any known reason",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=shares(_REASONED, "reason_code"),
        note="One value per reason code.",
    ),
    Metric(
        id="A14",
        name="leave_reason_unknown_share",
        zh="退群原因不明占比",
        formula="leaves without a known reason / leaves",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=ratio(CLOSED, "countIf(reason_code = '')", "count()"),
    ),
    Metric(
        id="A15",
        name="leaver_profile",
        zh="退群人群",
        formula=(
            "leaves by days of membership, by channel of the join, and by days since the last"
            " chat in the group, each / leaves"
        ),
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.CHAT),
        grains=(G, T, O),
        periods=WM,
        value=Script(
            f"""
SELECT scope, concat(side.1, '=', side.2) AS slice, count() AS numerator,
    sum(count()) OVER (PARTITION BY scope, side.1) AS denominator
FROM (
    SELECT {{scope}},
        arrayJoin([
            ('tenure', {_span("opened_ms", "closed_ms")}),
            ('channel', if(channel_id = '', 'unknown', channel_id)),
            ('quiet', {_span("event_ms", "closed_ms")})
        ]) AS side
    FROM ({CLOSED.sql}) AS c
    ASOF LEFT JOIN (
        SELECT group_id, user_id, event_ms
        FROM v_chat
        WHERE {within(since=f"({START} - 90 * {DAY_MS})")}
            AND actor_role = 'member' AND msg_type != 'system'
            AND (group_id, user_id) IN (SELECT group_id, user_id FROM ({CLOSED.sql}))
    ) AS a ON c.group_id = a.group_id AND c.user_id = a.user_id AND a.event_ms <= c.closed_ms
)
GROUP BY scope, side""",
            Zero.RATIO,
        ),
        note="Days as 0, 1-6, 7-29, 30-89, 90+; who never chatted is quiet=90+.",
    ),
    Metric(
        id="A15",
        name="leaver_segment_share",
        zh="退群人群分组",
        formula="leaves by the customer segment at the window's start / leaves",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(*MEMBERSHIP_EVENTS, EventType.ORDER),
        optional=INTERACTION_EVENTS,
        grains=(G, T, O),
        periods=WM,
        value=shares(
            Relation(
                "leaver",
                f"""
SELECT *, if(segment = '', 'potential', segment) AS customer
FROM ({CLOSED.sql}) AS c
LEFT JOIN ({customers(START)}
) AS s USING (user_id)""",
                MEMBERSHIP_EVENTS,
            ),
            "customer",
        ),
    ),
    Metric(
        id="A30",
        name="member_lifetime_days",
        zh="客户生命周期",
        formula=(
            "median days from join to leave of all memberships up to the window's end, by the"
            " Kaplan-Meier curve: open ones are censored"
        ),
        unit="days",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.STATISTIC,
        events=MEMBERSHIP_EVENTS,
        grains=(G, T, C, O),
        periods=(Period.MONTH,),
        value=Script(
            f"""
SELECT scope,
    if(min(alive) > 0.5 + 1e-9, nan, minIf(days, alive <= 0.5 + 1e-9)) AS numerator,
    max(at_risk) AS denominator
FROM (
    SELECT scope, days, at_risk,
        exp(sum(log(1 - ended / at_risk)) OVER (PARTITION BY scope ORDER BY days)) AS alive
    FROM (
        SELECT scope, days, ended, sum(n) OVER (PARTITION BY scope ORDER BY days DESC) AS at_risk
        FROM (
            SELECT {{scope}}, (least(closed_ms, %(end_ms)s) - opened_ms) / {DAY_MS} AS days,
                countIf(closed_ms < %(end_ms)s) AS ended, count() AS n
            FROM v_membership
            WHERE opened_ms < %(end_ms)s AND NOT is_roster
            GROUP BY scope, days
        )
    )
)
GROUP BY scope""",
            Zero.STATISTIC,
        ),
        note="None while the curve stays above one half. When rosters came in is not known.",
    ),
)
