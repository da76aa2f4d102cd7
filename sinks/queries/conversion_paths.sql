-- title: What people do before their first order
-- answers: The ways to a first paid order: which kinds of events, in order of their first
--     occurrence in the days before it, and how many buyers took each way (H09 conversion_path).
--     First order means the first that is stored.
--
-- param since: date = 90d; first day of the first order
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param days: count = 30; days before the order that are looked at
-- param top: count = 20; so many paths at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column path: kinds of events, each where it first occurred
-- column buyers: persons who took it
-- column share: buyers / all first-time buyers of the range
-- column median_days: median of the days from its first event to the order; empty = no event
WITH
    buyers AS (
        SELECT user_id, min(event_ms) AS order_ms
        FROM v_member_order
        WHERE event_date <= %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
        HAVING toDate(fromUnixTimestamp64Milli(order_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(order_ms, %(zone)s)) < %(until)s
    ),
    events AS (
        SELECT user_id, event_ms, 'join' AS kind
        FROM v_join
        WHERE event_date BETWEEN %(since)s - %(days)s - 1 AND %(until)s AND join_method != 'import'
        UNION ALL
        SELECT user_id, event_ms, kind
        FROM v_member_interaction
        WHERE event_date BETWEEN %(since)s - %(days)s - 1 AND %(until)s
        UNION ALL
        SELECT user_id, event_ms, concat('view:', action)
        FROM v_view
        WHERE event_date BETWEEN %(since)s - %(days)s - 1 AND %(until)s
        UNION ALL
        SELECT user_id, event_ms, concat('push:', action)
        FROM v_delivery
        WHERE event_date BETWEEN %(since)s - %(days)s - 1 AND %(until)s AND action = 'read'
    ),
    firsts AS (
        SELECT user_id, any(order_ms) AS bought_ms, kind, min(event_ms) AS first_ms
        FROM buyers
        LEFT JOIN events USING (user_id)
        WHERE event_ms < order_ms AND event_ms >= order_ms - %(days)s * 86400000
        GROUP BY user_id, kind
    ),
    paths AS (
        SELECT
            user_id,
            arrayStringConcat(
                arrayMap(x -> x.2, arraySort(groupArray((first_ms, toString(kind))))), ' > '
            ) AS way,
            (any(bought_ms) - min(first_ms)) / 86400000 AS took_days
        FROM firsts
        GROUP BY user_id
    )
SELECT
    if(way = '', '(nothing known)', way) AS path,
    count() AS buyers,
    round(buyers / sum(buyers) OVER (), 4) AS share,
    if(path = '(nothing known)', NULL, round(quantileExactInclusive(0.5)(took_days), 1))
        AS median_days
FROM buyers
LEFT JOIN paths USING (user_id)
GROUP BY path
ORDER BY buyers DESC, path
LIMIT %(top)s
