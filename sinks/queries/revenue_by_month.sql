-- title: Revenue net of refunds by month
-- answers: What came in and what was paid back: gross figures by the time of payment, refunds by
--     the time of the refund, so that a month may be negative (F05 gmv, F06 revenue, F30
--     refund_rate).
--
-- param since: date = 365d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-01 until=2026-12-01
--
-- column month: first day of the month
-- column orders: orders first paid in it
-- column gmv: amount paid
-- column refunds: refunds made in it
-- column refunded: amount paid back
-- column revenue: gmv - refunded
-- column refund_share: refunded / gmv; empty = nothing was paid
WITH money AS (
    SELECT
        toDate(event_time, %(zone)s) AS day,
        1 AS ordered,
        amount_paid AS paid,
        toDecimal64(0, 2) AS back
    FROM v_member_order
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND (%(group)s = '' OR group_id = %(group)s)
    UNION ALL
    SELECT toDate(event_time, %(zone)s), 0, toDecimal64(0, 2), amount
    FROM v_refund
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND (%(group)s = '' OR group_id = %(group)s)
)
SELECT
    toStartOfMonth(day) AS month,
    countIf(ordered = 1) AS orders,
    sum(paid) AS gmv,
    countIf(ordered = 0) AS refunds,
    sum(back) AS refunded,
    gmv - refunded AS revenue,
    round(toFloat64(refunded) / nullIf(toFloat64(gmv), 0), 4) AS refund_share
FROM money
WHERE day >= %(since)s AND day < %(until)s
GROUP BY month
ORDER BY month
