"""Invitations: how many, how many lead into a group and where they end, what works best."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import FUNNEL, INVITED, C, G, K, O, S
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, facts
from pipeline.catalog.thresholds import INVITED_DROP
from pipeline.catalog.value import Measure, Ratio, Script, Statistic, count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Kind, Mode, Window, Zero
from schemas.event_type import EventType

_ALL = "uniqExact(invite_id)"
_JOINED = "uniqExactIf(invite_id, followed)"
_EVENTS = (EventType.INVITE, *MEMBERSHIP_EVENTS)

_VARIANT = (
    "arrayStringConcat(arrayMap(x -> if(x = '', 'unknown', x), [method, script_id, channel_id]),"
    " '/')"
)


def _wilson(sign: str) -> str:
    """A bound of the Wilson interval (95 %) of the share that joined."""
    n, p = _ALL, f"{_JOINED} / {_ALL}"
    spread = f"1.96 * sqrt({p} * (1 - {p}) / {n} + 0.9604 / pow({n}, 2))"
    return f"({p} + 1.9208 / {n} {sign} {spread}) / (1 + 3.8416 / {n})"


INVITATIONS: tuple[Metric, ...] = (
    Metric(
        id="B01",
        name="invite_sent_count",
        zh="邀约",
        formula="distinct invitations sent in the window",
        unit="invites",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.INVITE,),
        grains=(G, C, K, S, O),
        periods=DWM,
        value=count(facts(EventType.INVITE, "action = 'sent'"), _ALL),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="B02",
        name="join_rate",
        zh="入群率",
        formula="invitations sent in the window that a join followed within attribution_days /"
        " invitations sent",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        grains=(G, C, K, S, O),
        periods=DWM,
        value=ratio(INVITED, _JOINED, _ALL),
        matures_days=7,
        early=True,
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="Live it is the joins so far of the invitations of a day: too low, so compare it only"
        " with itself.",
        base="invitations",
        drops=(INVITED_DROP,),
    ),
    Metric(
        id="B03",
        name="join_funnel_step_rate",
        zh="入群链路",
        formula="of the invitations sent in the window that reached a step (sent, clicked, applied,"
        " approved, joined; in this order, within attribution_days) the share that reached the"
        " next; sliced by the step reached",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        grains=(C, K, O),
        periods=DWM,
        value=Ratio(
            Measure(FUNNEL, "uniqExactIf(invite_id, reached >= number)", "step"),
            Measure(FUNNEL, "uniqExactIf(invite_id, reached >= number - 1)", "step"),
        ),
        matures_days=7,
        early=True,
    ),
    Metric(
        id="B06",
        name="join_rate_by_variant",
        zh="方式×话术×渠道引流效果",
        formula="join_rate, sliced by method/script/channel of the invitation",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        grains=(C, K),
        periods=WM,
        value=Ratio(Measure(INVITED, _JOINED, _VARIANT), Measure(INVITED, _ALL, _VARIANT)),
        matures_days=7,
        early=True,
    ),
    *(
        Metric(
            id="B06",
            name=f"join_rate_by_variant_{bound}",
            zh=f"方式×话术×渠道引流效果({zh})",
            formula=f"{bound} bound of the Wilson 95 % interval of join_rate_by_variant",
            unit="ratio",
            kind=Kind.PROCESS,
            direction=Direction.HIGHER,
            zero=Zero.STATISTIC,
            events=_EVENTS,
            grains=(C, K),
            periods=WM,
            value=Statistic(
                Measure(INVITED, _wilson(sign), _VARIANT), Measure(INVITED, _ALL, _VARIANT)
            ),
            matures_days=7,
            early=True,
        )
        for bound, sign, zh in (("lower", "-", "下限"), ("upper", "+", "上限"))
    ),
    Metric(
        id="B06",
        name="join_rate_variant_rank",
        zh="引流效果排名",
        formula="variants of at least variant_min_sample invitations by join_rate, then by name:"
        " the numerator is the rate, the denominator the rank, the slice the variant",
        unit="rank",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=_EVENTS,
        grains=(C, K),
        periods=WM,
        value=Script(
            f"""
SELECT scope, slice, rate AS numerator,
    row_number() OVER (PARTITION BY scope ORDER BY rate DESC, slice) AS denominator
FROM (
    SELECT {{scope}}, {_VARIANT} AS slice, {_JOINED} / {_ALL} AS rate
    FROM ({INVITED.sql})
    GROUP BY scope, slice
    HAVING {_ALL} >= %(variant_min_sample)s
)""",
            Zero.STATISTIC,
        ),
        matures_days=7,
        early=True,
    ),
    Metric(
        id="B11",
        name="admission_pass_rate",
        zh="入群门槛",
        formula="applications approved in the window / approved or rejected",
        unit="ratio",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.INVITE,),
        grains=(G, C),
        periods=WM,
        value=ratio(
            facts(EventType.INVITE, "action IN ('approved', 'rejected')", name="admission"),
            "countIf(action = 'approved')",
            "count()",
        ),
    ),
)
