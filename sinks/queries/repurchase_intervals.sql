-- title: How soon buyers buy again
-- answers: How many buyers come back within 30, 60 and 90 days of their first paid order, and
--     how long it takes from one order to the next (F15 repurchase_rate, F16). Buyers by the
--     month of their first order; a share is of those only whose days were over by `until`.
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
-- column again_30d: share with a later order within 30 days; empty = nobody's 30 days were over
-- column again_60d: share within 60 days
-- column again_90d: share within 90 days
-- column median_days: median days from one order to the next, of all their orders; empty = no
--     second order
WITH
    toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 AS end_ms,
    steps AS (
        SELECT
            user_id,
            event_ms,
            min(event_ms) OVER (PARTITION BY user_id) AS first_ms,
            lagInFrame(event_ms, 1, event_ms) OVER (
                PARTITION BY user_id ORDER BY event_ms, order_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) AS before_ms
        FROM v_member_order
        WHERE event_date <= %(until)s AND event_ms < end_ms
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            user_id,
            any(first_ms) AS began_ms,
            minIf(event_ms - first_ms, event_ms > first_ms) / 86400000 AS again_days,
            groupArrayIf((event_ms - before_ms) / 86400000, event_ms > before_ms) AS gaps
        FROM steps
        WHERE toDate(fromUnixTimestamp64Milli(first_ms, %(zone)s)) >= %(since)s
        GROUP BY user_id
    ),
    judged AS (
        SELECT
            *,
            toStartOfMonth(toDate(fromUnixTimestamp64Milli(began_ms, %(zone)s))) AS month,
            (end_ms - began_ms) / 86400000 AS watched_days
        FROM persons
    )
SELECT
    month,
    count() AS buyers,
    round(
        countIf(watched_days >= 30 AND again_days > 0 AND again_days <= 30)
            / nullIf(countIf(watched_days >= 30), 0),
        4
    ) AS again_30d,
    round(
        countIf(watched_days >= 60 AND again_days > 0 AND again_days <= 60)
            / nullIf(countIf(watched_days >= 60), 0),
        4
    ) AS again_60d,
    round(
        countIf(watched_days >= 90 AND again_days > 0 AND again_days <= 90)
            / nullIf(countIf(watched_days >= 90), 0),
        4
    ) AS again_90d,
    if(
        countIf(again_days > 0) = 0, NULL, round(quantileExactInclusiveArray(0.5)(gaps), 1)
    ) AS median_days
FROM judged
GROUP BY month
ORDER BY month
