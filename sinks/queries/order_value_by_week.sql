-- title: Orders and their value by week
-- answers: How many orders were paid in each ISO week, by how many, and what they are worth (F03
--     order_count, F04 paying_user_count, F05 gmv, F07 average_order_value, F08 arppu, F16
--     returning_buyer_rate). An order counts once, when it was first paid.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column week: Monday of the ISO week
-- column orders: orders first paid in it
-- column payers: persons who paid them
-- column gmv: amount paid, before refunds
-- column average_order_value: gmv / orders
-- column per_payer: gmv / payers
-- column returning_rate: share of the payers who had paid an order before
WITH numbered AS (
    SELECT
        user_id,
        amount_paid,
        event_date,
        toDate(event_time, %(zone)s) AS day,
        row_number() OVER (PARTITION BY user_id ORDER BY event_ms, order_id) AS number
    FROM v_member_order
    WHERE event_date <= %(until)s
        AND (%(group)s = '' OR group_id = %(group)s)
)
SELECT
    toMonday(day) AS week,
    count() AS orders,
    uniqExact(user_id) AS payers,
    sum(amount_paid) AS gmv,
    round(toFloat64(gmv) / orders, 2) AS average_order_value,
    round(toFloat64(gmv) / payers, 2) AS per_payer,
    round(uniqExactIf(user_id, number > 1) / payers, 4) AS returning_rate
FROM numbered
WHERE day >= %(since)s AND day < %(until)s
GROUP BY week
ORDER BY week
