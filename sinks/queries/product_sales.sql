-- title: Products by revenue
-- answers: What is sold: pieces, orders, buyers and turnover of each product (F23 units_sold).
--     Turnover is pieces times price as the items say, before discounts on the whole order.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param top: count = 20; so many products at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column product_id: the product
-- column units: pieces sold in paid orders
-- column orders: paid orders with it
-- column buyers: persons who bought it
-- column turnover: pieces times their price
-- column share: turnover / turnover of all products
WITH sold AS (
    SELECT product, qty, qty * price AS worth, order_id, user_id
    FROM (
        SELECT *
        FROM v_member_order
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
    )
    ARRAY JOIN item_product_id AS product, item_qty AS qty, item_unit_price AS price
)
SELECT
    product AS product_id,
    sum(qty) AS units,
    uniqExact(order_id) AS orders,
    uniqExact(user_id) AS buyers,
    sum(worth) AS turnover,
    round(toFloat64(turnover) / nullIf(toFloat64(sum(turnover) OVER ()), 0), 4) AS share
FROM sold
GROUP BY product
ORDER BY turnover DESC, product_id
LIMIT %(top)s
