-- title: From joining to the first message
-- answers: How many of those who joined write, how soon, and how long it takes them. Messages
--     after the range count: let `until` lie at least 7 days back, so that everybody had the
--     time.
--
-- param since: date = 35d; first day
-- param until: date = 7d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-02
--
-- column group_id: the group
-- column joined: persons who joined in the range; of several joins the first
-- column wrote_24h: of these, who wrote within 24 hours
-- column wrote_7d: of these, who wrote within 7 days
-- column rate_24h: wrote_24h / joined
-- column rate_7d: wrote_7d / joined
-- column median_minutes: median of the minutes to the first message, of those who wrote within 7
--     days
WITH
    joined AS (
        SELECT group_id, user_id, min(opened_ms) AS joined_ms
        FROM v_member_interval
        WHERE NOT is_roster
            AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY group_id, user_id
    ),
    chats AS (
        SELECT group_id, user_id, event_ms AS chat_ms
        FROM v_chat
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + 7
            AND actor_role = 'member' AND msg_type != 'system'
    ),
    firsts AS (
        SELECT
            group_id,
            user_id,
            minIf(chat_ms - joined_ms, chat_ms > joined_ms) AS wait_ms
        FROM joined
        LEFT JOIN chats USING (group_id, user_id)
        GROUP BY group_id, user_id
    )
SELECT
    group_id,
    count() AS joined,
    countIf(wait_ms BETWEEN 1 AND 86400000) AS wrote_24h,
    countIf(wait_ms BETWEEN 1 AND 604800000) AS wrote_7d,
    round(wrote_24h / joined, 4) AS rate_24h,
    round(wrote_7d / joined, 4) AS rate_7d,
    if(
        wrote_7d = 0,
        NULL,
        round(quantileExactInclusiveIf(0.5)(wait_ms / 60000, wait_ms BETWEEN 1 AND 604800000), 1)
    ) AS median_minutes
FROM firsts
GROUP BY group_id
ORDER BY group_id
