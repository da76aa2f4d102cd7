"""What business is computed from: money in and out, orders by their end, buyers by their start."""

from __future__ import annotations

from pipeline.catalog.relation import Relation, after, days, within
from pipeline.catalog.relations import ITEM, REFUND, SPEND, facts
from pipeline.catalog.vocabulary import Grain
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

ORDERS = "uniqExact(order_id)"
PAYERS = "uniqExactIf(user_id, actor_role = 'member')"
"""Persons among those who order; staff and bots are none."""

MONEY = Relation(
    "money",
    f"""
SELECT group_id, channel_id, campaign_id, staff_id,
    amount_paid AS revenue, amount_paid - cost AS profit, 0. AS spent
FROM v_paid_order
WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s
UNION ALL
SELECT group_id, channel_id, campaign_id, staff_id, -amount, cost_reversed - amount, 0.
FROM ({REFUND.sql})
UNION ALL
SELECT group_id, channel_id, campaign_id, staff_id, 0, 0, spent
FROM ({SPEND.sql})""",
    (EventType.ORDER,),
)
"""Orders paid, refunds and spend of the window: revenue, profit (gross: less the cost of goods)
and what was spent. A refund is a negative row."""

ITEM_MONEY = Relation(
    "money of products",
    f"""
SELECT product_id, item_paid AS revenue, item_paid - toFloat64(item_costs) AS profit
FROM ({ITEM.sql})
UNION ALL
SELECT item_product_id, -toFloat64(amount) * share, toFloat64(cost_reversed - amount) * share
FROM ({REFUND.sql})
ARRAY JOIN item_product_id, shares AS share""",
    (EventType.ORDER,),
    {Grain.OBJECT: "product_id"},
)
"""The same by product: a refund is shared out as its order was. Spend has no product."""

REFUNDED_ITEM = Relation(
    "refund of products",
    f"""
SELECT order_id, item_product_id AS product_id, toFloat64(amount) * share AS amount
FROM ({REFUND.sql})
ARRAY JOIN item_product_id, shares AS share""",
    (EventType.REFUND,),
    {Grain.OBJECT: "product_id"},
)

PAGE_VIEW = Relation(
    "page view",
    facts(EventType.VIEW, "action = 'page_view'").sql,
    (EventType.VIEW,),
    {Grain.OBJECT: "object_id"},
)
VISITORS = (
    "uniqExactIf(if(user_id != '', user_id, visitor_id),"
    " actor_role = 'member' AND (user_id != '' OR visitor_id != ''))"
)
"""Distinct persons who viewed, known or not."""

CREATED = Relation(
    "order created",
    f"""
SELECT c.*, c.product AS product_id,
    paid_ms > 0 AND paid_ms <= c.event_ms + %(attribution_days)s * {DAY_MS} AS paid
FROM (SELECT order_id AS paid_id, paid_ms FROM v_paid_order) AS p
RIGHT JOIN (
    SELECT *, product
    FROM v_order
    LEFT ARRAY JOIN item_product_id AS product
    WHERE {within()} AND status = 'created'
) AS c ON c.order_id = p.paid_id""",
    (EventType.ORDER,),
    {Grain.OBJECT: "product_id"},
)
"""Items of orders created in the window, and whether the order was paid within the attribution
time; its group is the one it names."""

EXPIRING = Relation(
    "term expiring",
    f"""
SELECT t.*, arrayExists(
        renewal -> renewal.1 != order_id
            AND renewal.2 >= term_end_ms - %(renewal_before_days)s * {DAY_MS}
            AND renewal.2 <= term_end_ms + %(renewal_after_days)s * {DAY_MS},
        renewals
    ) AS renewed
FROM (
    SELECT *, product_id
    FROM v_paid_order
    LEFT ARRAY JOIN item_product_id AS product_id
    WHERE term_end_ms >= %(start_ms)s AND term_end_ms < %(end_ms)s
) AS t
LEFT JOIN (
    SELECT user_id, groupArray((order_id, paid_ms)) AS renewals
    FROM v_paid_order
    WHERE order_type = 'renewal'
        AND paid_ms >= %(start_ms)s - %(renewal_before_days)s * {DAY_MS}
        AND paid_ms < %(end_ms)s + %(renewal_after_days)s * {DAY_MS}
    GROUP BY user_id
) AS r USING (user_id)""",
    (EventType.ORDER,),
    {Grain.OBJECT: "product_id"},
)
"""Items of paid orders whose term ends in the window, and whether their buyer renewed."""

CONVERTED = Relation(
    "person converted",
    f"""
SELECT o.*,
    (paid_ms - joined_ms) / {DAY_MS} AS days, joined_ms > 0 AND joined_ms < paid_ms AS joined,
    (paid_ms - met_ms) / {DAY_MS} AS days_met, met_ms > 0 AND met_ms < paid_ms AS met
FROM (
    SELECT *
    FROM v_paid_order
    WHERE paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s AND number = 1
        AND actor_role = 'member'
) AS o
LEFT JOIN (
    SELECT user_id, min(opened_ms) AS joined_ms
    FROM v_membership
    WHERE NOT is_roster
    GROUP BY user_id
) AS j USING (user_id)
LEFT JOIN (
    SELECT user_id, min(event_ms) AS met_ms
    FROM v_contact
    WHERE action = 'add'
    GROUP BY user_id
) AS c USING (user_id)""",
    (EventType.ORDER, EventType.JOIN),
)
"""First paid orders of persons, with the days since their first join and their first contact."""

INQUIRY = Relation(
    "inquiry",
    f"""
SELECT i.* EXCEPT staff_id, if(i.staff_id != '', i.staff_id, replied_by) AS staff_id,
    paid_ms > 0 AND paid_ms <= i.event_ms + %(attribution_days)s * {DAY_MS} AS paid
FROM (
    SELECT *
    FROM v_session
    WHERE {within()} AND session_kind = 'inquiry' AND action = 'opened' AND actor_role = 'member'
) AS i
ASOF LEFT JOIN (
    SELECT user_id AS buyer_id, paid_ms
    FROM v_paid_order
    WHERE actor_role = 'member'
        AND paid_ms >= %(start_ms)s AND paid_ms < {after(days("attribution_days"))}
) AS o
    ON o.buyer_id = i.user_id AND o.paid_ms > i.event_ms
ASOF LEFT JOIN (
    SELECT session_id AS replied_id, event_ms AS replied_ms, staff_id AS replied_by
    FROM v_session
    WHERE {within(until=after(days("attribution_days")))} AND action = 'replied'
) AS r ON r.replied_id = i.session_id AND r.replied_ms >= i.event_ms""",
    (EventType.SESSION,),
)
"""Inquiries opened in the window, whether the person paid within the attribution time, and the
member of staff who is named or else replied first."""

COHORT = Relation(
    "join cohort",
    f"""
SELECT c.*, flows
FROM (
    SELECT user_id, min(opened_ms) AS joined_ms,
        argMin(group_id, opened_ms) AS group_id,
        argMin(channel_id, opened_ms) AS channel_id,
        argMin(campaign_id, opened_ms) AS campaign_id
    FROM v_membership
    GROUP BY user_id
    HAVING joined_ms >= %(start_ms)s AND joined_ms < %(end_ms)s
        AND NOT argMin(is_roster, opened_ms)
) AS c
LEFT JOIN (
    SELECT user_id, groupArray((ms, toFloat64(profit))) AS flows
    FROM (
        SELECT user_id, paid_ms AS ms, amount_paid - cost AS profit
        FROM v_paid_order
        WHERE paid_ms >= %(start_ms)s AND actor_role = 'member'
        UNION ALL
        SELECT user_id, event_ms, cost_reversed - amount
        FROM v_refund
        WHERE {within(until="%(asof_ms)s")}
    )
    GROUP BY user_id
) AS f USING (user_id)""",
    (EventType.JOIN, EventType.LEAVE),
)
"""Persons whose first join of any group is in the window, and every profit made with them."""


def profit_by_day(days: int) -> str:
    """Gross profit over `COHORT` in so many days from the join on."""
    until = f"joined_ms + {days * DAY_MS}"
    return f"sum(arraySum(f -> if(f.1 >= joined_ms AND f.1 < {until}, f.2, 0), flows))"


PROMOTED = Relation(
    "order item of a campaign",
    f"""
SELECT *, if(kind = '', 'none', kind) AS campaign_kind
FROM ({ITEM.sql}) AS i
LEFT JOIN (SELECT campaign_id, kind FROM v_dim_campaign) AS c USING (campaign_id)""",
    (EventType.ORDER,),
    {Grain.OBJECT: "product_id"},
)
"""`ITEM` with the kind of campaign that the order names."""

COUPON = Relation(
    "coupon issued",
    f"""
SELECT c.*, paid_ms > 0 AND paid_ms <= event_ms + %(coupon_days)s * {DAY_MS} AS used
FROM (
    SELECT *
    FROM v_staff_action
    WHERE {within()} AND action_kind = 'coupon_issue' AND coupon_id != ''
) AS c
ASOF LEFT JOIN (
    SELECT user_id AS buyer_id, coupon_id AS used_id, paid_ms
    FROM v_paid_order
    WHERE coupon_id != ''
        AND paid_ms >= %(start_ms)s AND paid_ms < %(end_ms)s + %(coupon_days)s * {DAY_MS}
) AS o ON o.buyer_id = c.target_user_id AND o.used_id = c.coupon_id AND o.paid_ms > c.event_ms""",
    (EventType.STAFF_ACTION,),
    {Grain.OBJECT: "coupon_id"},
)
"""Coupons issued in the window, and whether their holder paid with them in time."""
