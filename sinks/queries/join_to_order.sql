-- title: Funnel: joined, wrote, ordered
-- answers: Of those who joined, how many wrote after it, and of these how many paid an order
--     after that, each within so many days of joining (the funnel of F11 conversion_rate). Later
--     steps count after the range: let `until` lie that many days back.
--
-- param since: date = 60d; first day of joining
-- param until: date = 30d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param days: count = 30; days from the join within which the steps must happen
--
-- example: since=2026-10-05 until=2026-11-02 days=14
--
-- column group_id: the group
-- column joined: persons who joined in the range; of several joins the first
-- column wrote: of these, who wrote after joining
-- column ordered: of these, who paid an order of the group after that message
-- column wrote_rate: wrote / joined
-- column ordered_rate: ordered / wrote
-- column overall_rate: ordered / joined
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
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + %(days)s
            AND actor_role = 'member' AND msg_type != 'system'
    ),
    wrote AS (
        SELECT
            group_id,
            user_id,
            any(joined_ms) + %(days)s * 86400000 AS end_ms,
            minIf(chat_ms, chat_ms > joined_ms) AS first_ms,
            if(first_ms <= end_ms, first_ms, 0) AS wrote_ms
        FROM joined
        LEFT JOIN chats USING (group_id, user_id)
        GROUP BY group_id, user_id
    ),
    orders AS (
        SELECT group_id, user_id, event_ms AS order_ms
        FROM v_member_order
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + %(days)s
    ),
    steps AS (
        SELECT
            group_id,
            user_id,
            any(wrote_ms) > 0 AS did_write,
            countIf(wrote_ms > 0 AND order_ms > wrote_ms AND order_ms <= end_ms) > 0 AS did_order
        FROM wrote
        LEFT JOIN orders USING (group_id, user_id)
        GROUP BY group_id, user_id
    )
SELECT
    group_id,
    count() AS joined,
    countIf(did_write) AS wrote,
    countIf(did_order) AS ordered,
    round(wrote / joined, 4) AS wrote_rate,
    round(ordered / nullIf(wrote, 0), 4) AS ordered_rate,
    round(ordered / joined, 4) AS overall_rate
FROM steps
GROUP BY group_id
ORDER BY group_id
