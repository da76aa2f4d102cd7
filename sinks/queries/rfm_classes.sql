-- title: Buyers by recency, frequency and money
-- answers: Which classes of buyers there are: recency (days since the last paid order),
--     frequency (paid orders) and money (paid less refunds) of the 365 days before `until`, each
--     scored 1 to 5 by quintile, where ties share a score and 4 or more is high (H02, H03
--     rfm_segment). Fewer than 5 buyers are too few for quintiles.
--
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: until=2026-11-16
--
-- column class: high or low recency, frequency and money, such as `R+ F- M+`
-- column buyers: persons of the class
-- column share: buyers / all buyers
-- column median_recency_days: median days since the last order
-- column mean_orders: mean of the paid orders
-- column revenue: amount paid less refunds
WITH
    orders AS (
        SELECT
            user_id,
            dateDiff('day', max(toDate(event_time, %(zone)s)), %(until)s) AS recency,
            count() AS frequency,
            sum(amount_paid) AS paid
        FROM v_member_order
        WHERE event_date BETWEEN %(until)s - 366 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(until)s - 365
            AND toDate(event_time, %(zone)s) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
    ),
    refunds AS (
        SELECT user_id, sum(amount) AS refunded
        FROM v_refund
        WHERE event_date BETWEEN %(until)s - 366 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(until)s - 365
            AND toDate(event_time, %(zone)s) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
    ),
    scored AS (
        SELECT
            user_id,
            recency,
            frequency,
            paid - refunded AS money,
            1 + intDiv(5 * (rank() OVER (ORDER BY recency DESC) - 1), count() OVER ()) AS r,
            1 + intDiv(5 * (rank() OVER (ORDER BY frequency) - 1), count() OVER ()) AS f,
            1 + intDiv(5 * (rank() OVER (ORDER BY money) - 1), count() OVER ()) AS m
        FROM orders
        LEFT JOIN refunds USING (user_id)
    )
SELECT
    concat(if(r >= 4, 'R+', 'R-'), if(f >= 4, ' F+', ' F-'), if(m >= 4, ' M+', ' M-')) AS class,
    count() AS buyers,
    round(buyers / sum(buyers) OVER (), 4) AS share,
    quantileExactInclusive(0.5)(recency) AS median_recency_days,
    round(avg(frequency), 2) AS mean_orders,
    sum(money) AS revenue
FROM scored
GROUP BY class
ORDER BY revenue DESC, class
