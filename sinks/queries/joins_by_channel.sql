-- title: Joins and leaves by channel
-- answers: Which channels bring members, day by day, and how many of those that a channel once
--     brought leave again (A02, A03, B05 channel_share). A join without a channel is `unknown`.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column day: day in the reporting zone
-- column channel: channel of the join; of a leave, the channel by which the person had joined
-- column joins: memberships opened that day
-- column leaves: memberships closed that day
-- column net: joins - leaves
-- column share_of_joins: joins / all joins of the day; empty = no join that day
WITH moves AS (
    SELECT opened_ms AS ms, if(channel_id = '', 'unknown', channel_id) AS channel, 1 AS joined
    FROM v_member_interval
    WHERE NOT is_roster
        AND (%(group)s = '' OR group_id = %(group)s)
    UNION ALL
    SELECT closed_ms, if(channel_id = '', 'unknown', channel_id), 0
    FROM v_member_interval
    WHERE leave_kind != ''
        AND (%(group)s = '' OR group_id = %(group)s)
)
SELECT
    toDate(fromUnixTimestamp64Milli(ms, %(zone)s)) AS day,
    channel,
    countIf(joined = 1) AS joins,
    countIf(joined = 0) AS leaves,
    toInt64(joins) - toInt64(leaves) AS net,
    round(joins / nullIf(sum(joins) OVER (PARTITION BY day), 0), 4) AS share_of_joins
FROM moves
WHERE day >= %(since)s AND day < %(until)s
GROUP BY day, channel
ORDER BY day, channel
