-- title: What goes with buying
-- answers: Which behaviour in the first days of membership goes with a paid order later on: the
--     rate of buyers among those who did it and among those who did not (H10
--     key_conversion_factor). An association, not a cause; small arms say little. Orders after
--     the first days and within 30 days of joining count: let `until` lie 30 days back.
--
-- param since: date = 90d; first day of joining
-- param until: date = 30d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param days: count = 7; first days of membership whose behaviour is looked at
--
-- example: since=2026-10-05 until=2026-11-02
--
-- column factor: what a person did in these days, or the channel of the join
-- column did: persons who did it
-- column did_not: all the others who joined
-- column rate_did: share of buyers among those who did
-- column rate_did_not: share of buyers among the others; empty = there are none
-- column difference: rate_did - rate_did_not
-- column lift: rate_did / rate_did_not; empty = none of the others bought
-- column z: two-proportion z statistic; beyond 1.96 either way is unlikely to be chance
WITH
    joined AS (
        SELECT
            user_id,
            min(opened_ms) AS joined_ms,
            argMin(channel_id, opened_ms) AS channel
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
        HAVING argMin(is_roster, opened_ms) = 0
            AND toDate(fromUnixTimestamp64Milli(joined_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(joined_ms, %(zone)s)) < %(until)s
    ),
    orders AS (
        SELECT user_id, event_ms AS order_ms
        FROM v_member_order
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + 30
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            user_id,
            any(joined_ms) AS since_ms,
            any(channel) AS came_by,
            countIf(
                order_ms > joined_ms + %(days)s * 86400000 AND order_ms <= joined_ms + 30 * 86400000
            ) > 0 AS bought
        FROM joined
        LEFT JOIN orders USING (user_id)
        GROUP BY user_id
    ),
    deeds AS (
        SELECT user_id, event_ms, kind
        FROM v_member_interaction
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + %(days)s
        UNION ALL
        SELECT user_id, event_ms, concat('push:', action)
        FROM v_delivery
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + %(days)s AND action = 'read'
    ),
    factors AS (
        SELECT DISTINCT user_id, bought, kind AS factor
        FROM persons
        INNER JOIN deeds USING (user_id)
        WHERE event_ms >= since_ms AND event_ms <= since_ms + %(days)s * 86400000
        UNION ALL
        SELECT user_id, bought, concat('channel:', came_by)
        FROM persons
        WHERE came_by != ''
    ),
    arms AS (
        SELECT
            factor,
            count() AS did,
            (SELECT count() FROM persons) AS everybody,
            (SELECT countIf(bought) FROM persons) AS buyers,
            countIf(bought) / did AS share_did,
            (buyers - countIf(bought)) / nullIf(everybody - did, 0) AS share_did_not,
            buyers / everybody AS share
        FROM factors
        GROUP BY factor
    )
SELECT
    factor,
    did,
    everybody - did AS did_not,
    round(share_did, 4) AS rate_did,
    round(share_did_not, 4) AS rate_did_not,
    round(share_did - share_did_not, 4) AS difference,
    round(share_did / nullIf(share_did_not, 0), 2) AS lift,
    round(
        (share_did - share_did_not)
            / nullIf(sqrt(share * (1 - share) * (1 / did + 1 / nullIf(did_not, 0))), 0),
        2
    ) AS z
FROM arms
ORDER BY difference DESC, factor
