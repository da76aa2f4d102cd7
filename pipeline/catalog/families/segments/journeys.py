"""Ways of members: paths to the first order, what goes with buying, funnels and stages."""

from __future__ import annotations

from pipeline.catalog.families.segments.factors import FACTORS
from pipeline.catalog.families.segments.funnels import (
    AARRR,
    CHAIN,
    FIVE_STAGES,
    FUNNEL_DAYS,
    JOURNEY,
    TYPICAL_DWELL,
    overall,
    stepwise,
)
from pipeline.catalog.families.segments.paths import PATHS
from pipeline.catalog.families.segments.relations import C, G, K, O, T, U
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import BASE, INTERACTION_EVENTS, MEMBERSHIP_EVENTS
from pipeline.catalog.thresholds import STAGES_DROP
from pipeline.catalog.value import Measure, Script, Statistic, count
from pipeline.catalog.vocabulary import DWM, WM, Direction, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType
from schemas.facts import FACT_TYPES

_EVENTS = (EventType.ORDER, *MEMBERSHIP_EVENTS)
_OTHERS = tuple(kind for kind in FACT_TYPES if kind not in _EVENTS)
_DM = (Period.DAY, Period.MONTH)
_FACTOR_NOTE = (
    "Association, not cause. Slices: did:<what>, tag:<id>, channel:<id>, script:<id>. The cohort"
    " joined a group for the first time in the window; bought = a paid order within channel_days."
)


def _factor(
    name: str, zh: str, formula: str, unit: str, zero: Zero, *, of: tuple[str, str]
) -> Metric:
    numerator, denominator = of
    return Metric(
        id="H10",
        name=name,
        zh=zh,
        formula=formula,
        unit=unit,
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=zero,
        events=_EVENTS,
        optional=_OTHERS,
        grains=(T, K),
        periods=(Period.MONTH, Period.QUARTER),
        value=Script(FACTORS, zero, numerator=numerator, denominator=denominator),
        matures_days=30,
        early=True,
        note=_FACTOR_NOTE,
    )


JOURNEYS: tuple[Metric, ...] = (
    Metric(
        id="H09",
        name="conversion_path",
        zh="路径分析",
        formula="members who paid for the first time in the window after that path, as slice /"
        " all members with that path, also those who never paid; a path is the types of events of"
        " the path_days before the first order, or before the window's end, each at its first"
        " place; the top_n paths by those who paid",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        optional=_OTHERS,
        grains=(T, C, K),
        periods=(Period.MONTH,),
        value=Script(PATHS, Zero.RATIO, numerator="paid_after", denominator="walked"),
        note="The numerator is the path's count. Slices such as join>chat>view; nothing = no step.",
    ),
    Metric(
        id="H09",
        name="conversion_transition",
        zh="路径转移概率",
        formula="first-time payers who went from a step to the next one, as slice / those who"
        " were at the step; the last step goes to paid",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=_EVENTS,
        optional=_OTHERS,
        grains=(T, C, K),
        periods=(Period.MONTH,),
        value=Script(PATHS, Zero.RATIO, numerator="went_on", denominator="were_there"),
    ),
    _factor(
        "key_conversion_factor",
        "关键转化因素",
        "lift: share that bought among newcomers with a trait / share among those without it",
        "lift",
        Zero.RATIO,
        of=("rate", "other_rate"),
    ),
    _factor(
        "factor_conversion_rate",
        "因素转化率",
        "newcomers with a trait who bought / newcomers with it",
        "ratio",
        Zero.RATIO,
        of=("bought", "having"),
    ),
    _factor(
        "factor_conversion_difference",
        "因素转化率差",
        "share that bought among newcomers with a trait - share among those without it",
        "ratio",
        Zero.STATISTIC,
        of=("difference", "having"),
    ),
    _factor(
        "factor_p_value",
        "因素显著性",
        "p of the two-sided test of the two shares, corrected by Benjamini and Hochberg",
        "p",
        Zero.STATISTIC,
        of=("p_value", "having"),
    ),
    *(
        Metric(
            id="H11",
            name=name,
            zh=zh,
            formula="acquisition (joined a group for the first time in the window) > activation"
            " (interaction there up to day 7 after it) > retention (day 8-30) > revenue (paid"
            " order up to day 30) > referral (a member they invited joined up to day 30), each"
            f" with all before it; persons at the step, as slice / {of}",
            unit="ratio",
            kind=Kind.RESULT,
            direction=Direction.HIGHER,
            zero=Zero.RATIO,
            events=_EVENTS,
            optional=INTERACTION_EVENTS,
            grains=(T, C, K, O),
            periods=(Period.MONTH,),
            value=value,
            matures_days=FUNNEL_DAYS,
            early=True,
            note="Persons are in the numerator. Days are local, 0 = that of the join.",
        )
        for name, zh, of, value in (
            ("aarrr_funnel", "AARRR模型", "persons at the step before", stepwise(AARRR)),
            ("aarrr_funnel_overall", "AARRR总转化", "persons acquired", overall(AARRR)),
        )
    ),
    *(
        Metric(
            id="H12",
            name=name,
            zh=zh,
            formula="joined a group for the first time in the window > delivered (a push came up"
            " to day 7) > active (chat there up to day 7) > retained (interaction there on day 7)"
            " > paid (up to day 30), each with all before it; persons at the step, as slice /"
            f" {of}",
            unit="ratio",
            kind=Kind.RESULT,
            direction=Direction.HIGHER,
            zero=Zero.RATIO,
            events=(*_EVENTS, EventType.DELIVERY, EventType.CHAT),
            optional=INTERACTION_EVENTS,
            grains=(G, T, C, K),
            periods=WM,
            value=value,
            matures_days=FUNNEL_DAYS,
            early=True,
            note="Persons are in the numerator. Days are local, 0 = that of the join.",
        )
        for name, zh, of, value in (
            (
                "five_stage_funnel",
                "引流触达活跃留存转化",
                "persons at the step before",
                stepwise(FIVE_STAGES),
            ),
            (
                "five_stage_funnel_overall",
                "引流触达活跃留存转化总率",
                "persons who joined",
                overall(FIVE_STAGES),
            ),
        )
    ),
    *(
        Metric(
            id="H13",
            name=name,
            zh=zh,
            formula="chain_stages in order: acquire = joined in the window, activate = an"
            " interaction in it, retain = member at its end, convert = a paid order in it, each"
            f" with all before it; persons put out by the stage, as slice / {of}",
            unit="ratio",
            kind=Kind.RESULT,
            direction=Direction.HIGHER,
            zero=Zero.RATIO,
            events=_EVENTS,
            optional=INTERACTION_EVENTS,
            grains=(G, K),
            periods=DWM,
            value=value,
            windows=(Window.DAY,),
            mode=Mode.BOTH,
            base="persons put into the stage" if drops else "",
            drops=drops,
            note="No grain S: a stage has an owner, but no member belongs to one of the staff.",
        )
        for name, zh, of, value, drops in (
            (
                "operations_chain",
                "运营链条",
                "persons put in: by the stage before, or member_base",
                stepwise(CHAIN, "0"),
                (STAGES_DROP,),
            ),
            ("operations_chain_overall", "运营链条总转化", "member_base", overall(CHAIN), ()),
        )
    ),
    Metric(
        id="H14",
        name="customer_journey",
        zh="客户旅程",
        formula="days that a member has been in the stage that they are in at the window's end,"
        " as slice: joined, active (has interacted), buyer, repeat buyer, advocate (has brought a"
        " member); the furthest one, since they reached it",
        unit="days",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(U,),
        periods=(Period.MONTH,),
        value=Statistic(
            Measure(JOURNEY, "any(dwell_days)", "stage_name"), Measure(JOURNEY, BASE, "stage_name")
        ),
        note="Each member by month only; days are in journey_stage_count.",
    ),
    Metric(
        id="H14",
        name="journey_stage_count",
        zh="客户旅程阶段人数",
        formula="members at the window's end by stage, as slice",
        unit="persons",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.COUNT,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(T,),
        periods=_DM,
        value=count(JOURNEY, BASE, "stage_name"),
    ),
    Metric(
        id="H14",
        name="journey_stage_days",
        zh="客户旅程阶段停留",
        formula="median days that members have been in the stage that they are in, as slice",
        unit="days",
        kind=Kind.PROCESS,
        direction=Direction.NEITHER,
        zero=Zero.STATISTIC,
        events=_EVENTS,
        optional=INTERACTION_EVENTS,
        grains=(T,),
        periods=_DM,
        value=Statistic(
            Measure(JOURNEY, TYPICAL_DWELL, "stage_name"), Measure(JOURNEY, BASE, "stage_name")
        ),
    ),
)
