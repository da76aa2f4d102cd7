"""What people cost and bring: cost of acquisition, return on spend, gifts of partners."""

from __future__ import annotations

from pipeline.catalog.families.acquisition.relations import NEWCOMER, C, K, O
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, PAID, REFUND, SPEND, facts
from pipeline.catalog.scripts import divided
from pipeline.catalog.value import count, ratio
from pipeline.catalog.vocabulary import WM, Direction, Kind, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

_WMQ = (*WM, Period.QUARTER)
_MQ_EVER = (Period.MONTH, Period.QUARTER, Period.EVER)

_SPENT = f"""
    SELECT {{scope}}, spent AS n
    FROM ({SPEND.sql})
    WHERE cost_kind = 'acquisition'"""

CAC = divided(_SPENT, f"SELECT scope, 1 AS n FROM ({NEWCOMER})")

_RETURN = Relation(
    "money spent and earned",
    f"""
SELECT channel_id, campaign_id, toFloat64(amount_paid) AS revenue,
    toFloat64(amount_paid - cost) AS profit, 0 AS spent
FROM ({PAID.sql})
UNION ALL
SELECT channel_id, campaign_id, -toFloat64(amount), -toFloat64(amount - cost_reversed), 0
FROM ({REFUND.sql})
UNION ALL
SELECT channel_id, campaign_id, 0, 0, spent
FROM ({SPEND.sql})""",
    (EventType.SPEND, EventType.ORDER),
)
"""Money of the window: orders, refunds (negative), spend."""

COSTS: tuple[Metric, ...] = (
    Metric(
        id="B09",
        name="cac",
        zh="获客成本",
        formula="acquisition spend of the window / new_member_count",
        unit="money/person",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.SPEND, *MEMBERSHIP_EVENTS),
        grains=(C, K, O),
        periods=_WMQ,
        value=CAC,
        note="Spend with a period is spread evenly over it. Without a new member there is no cost"
        " of one, but the numerator still tells the spend.",
    ),
    Metric(
        id="B09",
        name="cac_paying",
        zh="付费获客成本",
        formula="acquisition spend of the window / members whose first paid order is in it, by the"
        " channel and campaign of that order",
        unit="money/person",
        kind=Kind.RESULT,
        direction=Direction.LOWER,
        zero=Zero.RATIO,
        events=(EventType.SPEND, EventType.ORDER),
        grains=(C, K, O),
        periods=_WMQ,
        value=divided(
            _SPENT,
            f"""
    SELECT {{scope}}, 1 AS n
    FROM ({PAID.sql})
    WHERE number = 1 AND actor_role = 'member'""",
        ),
    ),
    Metric(
        id="B10",
        name="roi",
        zh="ROI",
        formula="(gross profit of the orders of the channel or campaign, refunds taken off - spend)"
        " / spend",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SPEND, EventType.ORDER),
        optional=(EventType.REFUND,),
        grains=(C, K, O),
        periods=_MQ_EVER,
        value=ratio(_RETURN, "sum(profit) - sum(spent)", "sum(spent)"),
        note="All kinds of spend. A refund belongs where it says, else where its order does."
        " It has its own time.",
    ),
    Metric(
        id="B10",
        name="roas",
        zh="广告支出回报率",
        formula="revenue of the orders of the channel or campaign, refunds taken off / spend",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.SPEND, EventType.ORDER),
        optional=(EventType.REFUND,),
        grains=(C, K, O),
        periods=_MQ_EVER,
        value=ratio(_RETURN, "sum(revenue)", "sum(spent)"),
    ),
    Metric(
        id="B26",
        name="alliance_benefit_count",
        zh="社群联盟福利数",
        formula="incentives granted that a partner pays for",
        unit="incentives",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        grains=(K, O),
        periods=(Period.MONTH,),
        value=count(
            facts(
                EventType.STAFF_ACTION,
                "action_kind = 'incentive' AND partner_id != ''",
                name="incentive of a partner",
            )
        ),
    ),
    Metric(
        id="B26",
        name="alliance_benefit_value",
        zh="社群联盟福利价值",
        formula="spend in kind by partners in the window",
        unit="money",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.SPEND,),
        grains=(K, O),
        periods=(Period.MONTH,),
        value=count(SPEND, "sumIf(spent, cost_kind = 'alliance_in_kind')"),
    ),
)
