-- title: Quality of channels
-- answers: What becomes of the members that each channel brings: who takes part, who stays, who
--     buys (B07 channel_conversion_rate, B08 channel_quality). A person counts for the channel
--     of the first join to any of the groups asked for. What happens in the days after joining
--     counts beyond the range: let `until` lie that many days back.
--
-- param since: date = 90d; first day of joining
-- param until: date = 30d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param days: count = 30; days from the join that are looked at
--
-- example: since=2026-10-05 until=2026-11-02 days=14
--
-- column channel: channel of the first join; unknown = none was told
-- column joined: persons who came by it
-- column active_rate: share with an interaction in the 7 days after joining
-- column stay_rate: share that is a member of some group at the end of these days
-- column buyers: persons with a paid order in these days
-- column conversion_rate: buyers / joined
-- column revenue: amount paid in these days
-- column revenue_per_member: revenue / joined
WITH
    firsts AS (
        SELECT
            user_id,
            min(opened_ms) AS joined_ms,
            argMin(if(channel_id = '', 'unknown', channel_id), opened_ms) AS channel,
            joined_ms + %(days)s * 86400000 AS end_ms
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
        HAVING argMin(is_roster, opened_ms) = 0
            AND toDate(fromUnixTimestamp64Milli(joined_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(joined_ms, %(zone)s)) < %(until)s
    ),
    events AS (
        SELECT user_id, event_ms, 'interaction' AS what, toDecimal64(0, 2) AS amount
        FROM v_member_interaction
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + 7
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT user_id, event_ms, 'order', amount_paid
        FROM v_member_order
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + %(days)s
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT user_id, opened_ms, 'opened', toDecimal64(0, 2)
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT user_id, closed_ms, 'closed', toDecimal64(0, 2)
        FROM v_member_interval
        WHERE leave_kind != ''
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            user_id,
            any(channel) AS channel,
            countIf(what = 'interaction' AND event_ms BETWEEN joined_ms AND joined_ms + 604800000)
                > 0 AS active,
            countIf(what = 'opened' AND event_ms < end_ms)
                > countIf(what = 'closed' AND event_ms < end_ms) AS stayed,
            countIf(what = 'order' AND event_ms BETWEEN joined_ms AND end_ms) > 0 AS bought,
            sumIf(amount, what = 'order' AND event_ms BETWEEN joined_ms AND end_ms) AS paid
        FROM firsts
        INNER JOIN events USING (user_id)
        GROUP BY user_id
    )
SELECT
    channel,
    count() AS joined,
    round(countIf(active) / joined, 4) AS active_rate,
    round(countIf(stayed) / joined, 4) AS stay_rate,
    countIf(bought) AS buyers,
    round(buyers / joined, 4) AS conversion_rate,
    sum(paid) AS revenue,
    round(toFloat64(revenue) / joined, 2) AS revenue_per_member
FROM persons
GROUP BY channel
ORDER BY joined DESC, channel
