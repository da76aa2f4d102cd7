-- title: Daily active members
-- answers: How many members of each group wrote at least one message on each day, and what share
--     that is of all who were members at some moment of the day (C05 dau, C06
--     daily_active_rate).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-19 until=2026-10-22
--
-- column day: day in the reporting zone
-- column group_id: the group
-- column members: persons who were members at some moment of the day
-- column active: of these, who wrote at least one message that day
-- column active_rate: active / members
WITH
    days AS (
        SELECT
            %(since)s + number AS day,
            toUnixTimestamp(toDateTime(day, %(zone)s)) * 1000 AS start_ms,
            toUnixTimestamp(toDateTime(day + 1, %(zone)s)) * 1000 AS end_ms
        FROM numbers(dateDiff('day', %(since)s, %(until)s))
    ),
    inside AS (
        SELECT DISTINCT day, group_id, user_id
        FROM days
        CROSS JOIN v_member_interval
        WHERE opened_ms < end_ms AND closed_ms >= start_ms
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    chatted AS (
        SELECT DISTINCT toDate(event_time, %(zone)s) AS day, group_id, user_id, 1 AS yes
        FROM v_chat
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND actor_role = 'member'
            AND msg_type != 'system'
    )
SELECT
    day,
    group_id,
    count() AS members,
    countIf(yes = 1) AS active,
    round(active / members, 4) AS active_rate
FROM inside
LEFT JOIN chatted USING (day, group_id, user_id)
GROUP BY day, group_id
ORDER BY day, group_id
