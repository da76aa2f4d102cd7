-- title: Customer segments
-- answers: How many persons are potential, new, core and dormant customers at `until` (H01
--     customer_segment): potential never paid; dormant paid, but neither paid nor did anything
--     for `dormant_days`; new paid first within `new_days`; core are all other payers. Persons
--     are those who ever joined, interacted or paid.
--
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param new_days: count = 30; days since the first order that make a customer new
-- param dormant_days: count = 90; days without order and interaction that make dormant; not
--     below new_days
--
-- example: until=2026-11-16 new_days=14 dormant_days=21
--
-- column segment: potential, new, core or dormant
-- column persons: persons in it
-- column share: persons / all of them
-- column revenue: what they ever paid, before refunds
WITH
    toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 AS end_ms,
    deeds AS (
        SELECT user_id, opened_ms AS ms, 0 AS lively, toDecimal64(0, 2) AS paid
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT user_id, event_ms, 1, toDecimal64(0, 2)
        FROM v_member_interaction
        WHERE event_date <= %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT user_id, event_ms, 2, amount_paid
        FROM v_member_order
        WHERE event_date <= %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            user_id,
            minIf(ms, lively = 2) AS first_order_ms,
            maxIf(ms, lively > 0) AS last_ms,
            sum(paid) AS spent,
            multiIf(
                first_order_ms = 0, 'potential',
                last_ms < end_ms - %(dormant_days)s * 86400000, 'dormant',
                first_order_ms >= end_ms - %(new_days)s * 86400000, 'new',
                'core'
            ) AS segment
        FROM deeds
        WHERE ms < end_ms
        GROUP BY user_id
    )
SELECT
    segment,
    count() AS persons,
    round(persons / sum(persons) OVER (), 4) AS share,
    sum(spent) AS revenue
FROM persons
GROUP BY segment
ORDER BY persons DESC, segment
