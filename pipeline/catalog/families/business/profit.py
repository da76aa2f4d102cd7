"""Profit: of what was sold, and of those who came."""

from __future__ import annotations

from pipeline.catalog.families.business.core import REVENUE
from pipeline.catalog.families.business.relations import COHORT, ITEM_MONEY, MONEY, profit_by_day
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, SPEND
from pipeline.catalog.value import count, per, ratio
from pipeline.catalog.vocabulary import DWM, Direction, Grain, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, T, C, K, P, O = (  # noqa: E741
    Grain.GROUP,
    Grain.TYPE,
    Grain.CHANNEL,
    Grain.CAMPAIGN,
    Grain.OBJECT,
    Grain.OVERALL,
)


def _ltv(days: int) -> Metric:
    return Metric(
        id="F29",
        name=f"ltv_d{days}",
        zh=f"客户价值({days}天)",
        formula=f"gross profit made in the first {days} days with those whose first join is in the"
        " window / persons among them",
        unit="money/person",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, *MEMBERSHIP_EVENTS),
        optional=(EventType.REFUND,),
        grains=(C, T, K, O),
        periods=(Period.MONTH,),
        value=ratio(COHORT, profit_by_day(days), "count()"),
        matures_days=days,
        note="A person is of one cohort: of the group, channel and campaign of the very first"
        " join. Whoever was on a starting roster is of none.",
    )


PROFIT: tuple[Metric, ...] = (
    Metric(
        id="F10",
        name="gross_profit",
        zh="毛利",
        formula="revenue less the cost of goods sold, plus the cost reversed by refunds",
        unit="money",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ORDER,),
        optional=(EventType.REFUND,),
        grains=(G, T, P, C, O),
        periods=DWM,
        value=count(MONEY, "sum(profit)"),
        variants={P: count(ITEM_MONEY, "sum(profit)")},
        note="An item whose cost is not known costs nothing.",
    ),
    Metric(
        id="F10",
        name="profit_margin",
        zh="利润率",
        formula="gross_profit / revenue",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        optional=(EventType.REFUND,),
        grains=(G, T, P, C, O),
        periods=DWM,
        value=ratio(MONEY, "sum(profit)", "sum(revenue)"),
        variants={P: ratio(ITEM_MONEY, "sum(profit)", "sum(revenue)")},
        note="Says nothing where refunds make revenue negative.",
    ),
    Metric(
        id="F10",
        name="operating_margin",
        zh="营业利润率",
        formula="(gross_profit - all spend that falls into the window) / revenue",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, EventType.SPEND),
        optional=(EventType.REFUND,),
        grains=(G, T, C, O),
        periods=DWM,
        value=per(count(MONEY, "sum(profit) - sum(spent)"), REVENUE),
        note="Not by product: spend has none.",
    ),
    _ltv(30),
    _ltv(90),
    _ltv(365),
    Metric(
        id="F29",
        name="ltv_cac_ratio",
        zh="客户价值与获客成本之比",
        formula="gross profit of the first 365 days of those whose first join is in the window /"
        " acquisition spend of the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER, EventType.SPEND, *MEMBERSHIP_EVENTS),
        optional=(EventType.REFUND,),
        grains=(C, T, K, O),
        periods=(Period.MONTH,),
        value=per(
            count(COHORT, profit_by_day(365)),
            count(SPEND, "sumIf(spent, cost_kind = 'acquisition')"),
        ),
        matures_days=365,
        note="ltv_d365 / cac; the persons of the cohort cancel out.",
    ),
)
