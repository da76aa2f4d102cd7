"""What is sold and how: units, coupons, promotions, products bought together."""

from __future__ import annotations

from pipeline.catalog.families.business.relations import COUPON, ORDERS, PROMOTED
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import ITEM
from pipeline.catalog.value import Script, count, ratio, shares
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from schemas.event_type import EventType

G, C, K, P = (Grain.GROUP, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OBJECT)
AMOUNT = "sum(item_paid)"


def _affinity(name: str, zh: str, formula: str, numerator: str, denominator: str) -> Metric:
    return Metric(
        id="F28",
        name=name,
        zh=zh,
        formula=f"{formula}; by product a, split by product b, for pairs that at least the least"
        " support of all buyers bought in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(P,),
        periods=(Period.QUARTER, Period.YEAR),
        value=Script(
            f"""
WITH
bought AS (
    SELECT DISTINCT user_id, arrayJoin(item_product_id) AS product_id
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND actor_role = 'member'
),
(SELECT uniqExact(user_id) FROM bought) AS all_buyers,
-- A pair is bought by no more persons than either of the two.
often AS (
    SELECT user_id, product_id, buyers
    FROM bought
    INNER JOIN (
        SELECT product_id, count() AS buyers
        FROM bought
        GROUP BY product_id
        HAVING buyers >= %(affinity_min_support)s * all_buyers
    ) AS n USING (product_id)
)
SELECT {{scope}}, slice, {numerator} AS numerator, {denominator} AS denominator
FROM (
    SELECT a.product_id AS product_id, b.product_id AS slice, count() AS both,
        any(a.buyers) AS buyers_a, any(b.buyers) AS buyers_b
    FROM often AS a
    INNER JOIN often AS b ON a.user_id = b.user_id
    WHERE a.product_id != b.product_id
    GROUP BY product_id, slice
    HAVING both >= %(affinity_min_support)s * all_buyers
)""",
            Zero.RATIO,
            {P: "product_id"},
        ),
        note="A buyer is one however often; all buyers are those of any product.",
    )


def _mix(name: str, zh: str, what: str, select: str, *, by_campaign: bool = False) -> Metric:
    return Metric(
        id="F25",
        name=name,
        zh=zh,
        formula=f"{what} first paid in the window by"
        f" {'kind of campaign' if by_campaign else 'type of order'} / all of them",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.NEITHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        dims=("dim_campaign",) if by_campaign else (),
        grains=(K, P, G),
        periods=WM,
        value=shares(PROMOTED, "campaign_kind", select)
        if by_campaign
        else shares(ITEM, "order_type", select),
    )


GOODS: tuple[Metric, ...] = (
    Metric(
        id="F23",
        name="units_sold",
        zh="卖出数量",
        formula="sum of the pieces of all items of orders first paid in the window",
        unit="units",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ORDER,),
        grains=(P, G, K, C),
        periods=DWM,
        value=count(ITEM, "sum(qty)"),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
    ),
    Metric(
        id="F24",
        name="coupon_issued_count",
        zh="优惠券发放数",
        formula="coupons issued",
        unit="coupons",
        kind=Kind.PROCESS,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.STAFF_ACTION,),
        grains=(K, G, P),
        periods=DWM,
        value=count(COUPON),
        note="At grain P the object is the coupon.",
    ),
    Metric(
        id="F24",
        name="coupon_redemption_rate",
        zh="优惠券核销率",
        formula="issued coupons with which their holder paid an order within the coupon days after"
        " / coupons issued",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.STAFF_ACTION, EventType.ORDER),
        grains=(K, G, P),
        periods=DWM,
        value=ratio(COUPON, "countIf(used)", "count()"),
        matures_days=30,
        note="At grain P the object is the coupon.",
    ),
    _mix("promotion_order_mix", "促销订单结构", "orders", ORDERS),
    _mix("promotion_gmv_mix", "促销金额结构", "amount of orders", AMOUNT),
    _mix("campaign_order_mix", "活动订单结构", "orders", ORDERS, by_campaign=True),
    _mix("campaign_gmv_mix", "活动金额结构", "amount of orders", AMOUNT, by_campaign=True),
    _affinity(
        "product_affinity",
        "产品相关性",
        "confidence: buyers of both a and b / buyers of a",
        "both",
        "buyers_a",
    ),
    _affinity(
        "product_affinity_support",
        "产品相关性(支持度)",
        "support: buyers of both a and b / all buyers",
        "both",
        "all_buyers",
    ),
    _affinity(
        "product_affinity_lift",
        "产品相关性(提升度)",
        "lift: buyers of both x all buyers / (buyers of a x buyers of b)",
        "both * all_buyers",
        "buyers_a * buyers_b",
    ),
)
