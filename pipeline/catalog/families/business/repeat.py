"""Buying again: repurchase, renewal, upgrade, other categories, the same brand."""

from __future__ import annotations

from pipeline.catalog.families.business.relations import EXPIRING, ORDERS
from pipeline.catalog.metric import Metric
from pipeline.catalog.relations import ITEM, PAID
from pipeline.catalog.thresholds import REPURCHASE_DROP
from pipeline.catalog.value import Script, count, ratio
from pipeline.catalog.vocabulary import DWM, WM, Direction, Grain, Kind, Mode, Window, Zero
from pipeline.core.calendar import Period
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

G, T, C, S, P, O = (  # noqa: E741
    Grain.GROUP,
    Grain.TYPE,
    Grain.CHANNEL,
    Grain.STAFF,
    Grain.OBJECT,
    Grain.OVERALL,
)
QY = (Period.QUARTER, Period.YEAR)

# A window of a day is too short to buy twice: it looks back.
_SINCE = (
    f"if(%(end_ms)s - %(start_ms)s < {2 * DAY_MS},"
    f" %(end_ms)s - %(rolling_days)s * {DAY_MS}, %(start_ms)s)"
)


def _of_buyers(
    orders: str, numerator: str, denominator: str, *, since: str = "%(start_ms)s", items: str = ""
) -> Script:
    """Over persons with paid orders; `orders` is an aggregate over those of each.

    `items`: an ARRAY JOIN that makes a row of each product; then the orders are those with it.
    """
    return Script(
        f"""
SELECT scope, {numerator} AS numerator, {denominator} AS denominator
FROM (
    SELECT scope, user_id, {orders} AS orders
    FROM (
        SELECT user_id, paid_ms, order_id, item_category_id, item_brand, {{scope}}
        FROM v_paid_order{items}
        WHERE paid_ms >= {since} AND paid_ms < %(end_ms)s AND actor_role = 'member'
    )
    GROUP BY scope, user_id
)
GROUP BY scope""",
        Zero.RATIO,
        {P: "product_id"},
    )


_BY_PRODUCT = "\n        ARRAY JOIN item_product_id AS product_id"
_REPURCHASE = ("countIf(orders >= 2)", "count()")

# (paid_ms, order_id, known categories, known brands) of each order, in order of time
_TOLD = """arraySort(groupUniqArray((
        paid_ms, order_id,
        arrayFilter(x -> x != '', item_category_id), arrayFilter(x -> x != '', item_brand)
    )))"""
_LATER = "arrayFlatten(arrayPopFront(orders).3)"
_REPEAT = "length(orders) >= 2"
_EXTENDS = (
    f"countIf({_REPEAT} AND NOT hasAll(orders[1].3, {_LATER}))",
    f"countIf({_REPEAT})",
)
_STAYS = (
    f"countIf({_REPEAT} AND hasAny(orders[-1].4, orders[-2].4))",
    f"countIf({_REPEAT})",
)

REPEAT: tuple[Metric, ...] = (
    Metric(
        id="F15",
        name="repurchase_rate",
        zh="复购率",
        formula="distinct persons with two or more paid orders / with one or more; of a day, within"
        " the rolling days that end with it",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(G, T, C, P, O),
        periods=(Period.DAY, Period.MONTH, *QY),
        value=_of_buyers("count()", *_REPURCHASE, since=_SINCE),
        variants={
            P: _of_buyers("uniqExact(order_id)", *_REPURCHASE, since=_SINCE, items=_BY_PRODUCT)
        },
        note="Both orders are of the same group, channel or product there.",
        base="buyers",
        drops=(REPURCHASE_DROP,),
    ),
    Metric(
        id="F16",
        name="returning_buyer_rate",
        zh="复购用户占比",
        formula="distinct persons who paid an order in the window that is not their first /"
        " distinct persons who paid one",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(G, T, O),
        periods=DWM,
        value=ratio(
            PAID,
            "uniqExactIf(user_id, number > 1 AND actor_role = 'member')",
            "uniqExactIf(user_id, actor_role = 'member')",
        ),
        windows=(Window.DAY,),
        mode=Mode.BOTH,
        note="The first order may be of another group.",
    ),
    Metric(
        id="F17",
        name="renewal_count",
        zh="续费数",
        formula="terms ending in the window that their buyer renewed by another paid order, of type"
        " renewal, from the renewal days before the end to those after it",
        unit="terms",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ORDER,),
        grains=(G, P, S, O),
        periods=WM,
        value=count(EXPIRING, "uniqExactIf(order_id, renewed)"),
        matures_days=7,
        note="Group, product and staff are those of the order that bought the term.",
    ),
    Metric(
        id="F17",
        name="renewal_rate",
        zh="续费率",
        formula="renewal_count / terms ending in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(G, P, S, O),
        periods=WM,
        value=ratio(EXPIRING, "uniqExactIf(order_id, renewed)", ORDERS),
        matures_days=7,
    ),
    Metric(
        id="F18",
        name="upgrade_count",
        zh="升级客户数",
        formula="orders of type upgrade first paid in the window",
        unit="orders",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.COUNT,
        events=(EventType.ORDER,),
        grains=(G, S, P),
        periods=WM,
        value=count(ITEM, "uniqExactIf(order_id, order_type = 'upgrade')"),
    ),
    Metric(
        id="F26",
        name="category_extension_rate",
        zh="消费品类衍生率",
        formula="persons with a category in their later orders that is not in their first / persons"
        " with two or more paid orders in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(T, P, O),
        periods=QY,
        value=_of_buyers(_TOLD, *_EXTENDS),
        variants={P: _of_buyers(_TOLD, *_EXTENDS, items=_BY_PRODUCT)},
        note="First is the first in the window. A category that is not told is none. Of a product:"
        " orders that contain it.",
    ),
    Metric(
        id="F27",
        name="brand_loyalty_rate",
        zh="品牌忠诚度",
        formula="persons whose last two orders share a brand / persons with two or more paid orders"
        " in the window",
        unit="ratio",
        kind=Kind.RESULT,
        direction=Direction.HIGHER,
        zero=Zero.RATIO,
        events=(EventType.ORDER,),
        grains=(T, P, O),
        periods=QY,
        value=_of_buyers(_TOLD, *_STAYS),
        variants={P: _of_buyers(_TOLD, *_STAYS, items=_BY_PRODUCT)},
        note="A brand that is not told is none. Of a product: orders that contain it.",
    ),
)
