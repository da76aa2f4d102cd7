-- title: How soon buyers buy again
-- answers: How many buyers come back within 30, 60 and 90 days of their first paid order, and
--     how long it takes from one order to the next (F15 repurchase_rate, F16). Buyers by the
--     month of their first order; immature rates are too low.
--
-- param since: date = 365d; first day of the first order
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-01 until=2026-11-16
--
-- column month: first day of the month of the first order
-- column buyers: persons with their first paid order in it
-- column again_30d: share with another one within 30 days
-- column again_60d: share within 60 days
-- column again_90d: share within 90 days
-- column median_days: median days from one order to the next, of all their orders; empty = no
--     second order
WITH
    steps AS (
        SELECT
            user_id,
            event_ms,
            min(event_ms) OVER (PARTITION BY user_id) AS first_ms,
            lagInFrame(event_ms, 1, 0) OVER (
                PARTITION BY user_id ORDER BY event_ms, order_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS before_ms
        FROM v_member_order
        WHERE event_date <= %(until)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            user_id,
            toStartOfMonth(toDate(fromUnixTimestamp64Milli(any(first_ms), %(zone)s))) AS month,
            minIf(event_ms - first_ms, before_ms > 0) AS second_after_ms,
            countIf(before_ms > 0) AS repeats,
            groupArrayIf((event_ms - before_ms) / 86400000, before_ms > 0) AS gaps
        FROM steps
        WHERE toDate(fromUnixTimestamp64Milli(first_ms, %(zone)s)) >= %(since)s
        GROUP BY user_id
    )
SELECT
    month,
    count() AS buyers,
    round(countIf(repeats > 0 AND second_after_ms <= 30 * 86400000) / buyers, 4) AS again_30d,
    round(countIf(repeats > 0 AND second_after_ms <= 60 * 86400000) / buyers, 4) AS again_60d,
    round(countIf(repeats > 0 AND second_after_ms <= 90 * 86400000) / buyers, 4) AS again_90d,
    if(sum(repeats) = 0, NULL, round(quantileExactInclusiveArray(0.5)(gaps), 1)) AS median_days
FROM persons
GROUP BY month
ORDER BY month
