-- title: Weekly active members
-- answers: How many members of each group wrote at least one message in each ISO week, and what
--     share of all who were members at some moment of the week (C05 wau, C06). Every week that
--     has a day of the range is taken whole.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-10-26
--
-- column week: Monday of the ISO week
-- column group_id: the group
-- column members: persons who were members at some moment of the week
-- column active: of these, who wrote at least one message that week
-- column active_rate: active / members
-- column messages_per_member: messages of members / members
WITH
    weeks AS (
        SELECT
            toMonday(%(since)s) + 7 * number AS week,
            toUnixTimestamp(toDateTime(week, %(zone)s)) * 1000 AS start_ms,
            toUnixTimestamp(toDateTime(week + 7, %(zone)s)) * 1000 AS end_ms
        FROM numbers(intDiv(dateDiff('day', toMonday(%(since)s), %(until)s) + 6, 7))
    ),
    inside AS (
        SELECT DISTINCT week, group_id, user_id
        FROM weeks
        CROSS JOIN v_member_interval
        WHERE opened_ms < end_ms AND closed_ms >= start_ms
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    chatted AS (
        SELECT
            toMonday(toDate(event_time, %(zone)s)) AS week, group_id, user_id, count() AS messages
        FROM v_chat
        WHERE event_date BETWEEN toMonday(%(since)s) - 1 AND %(until)s + 7
            AND actor_role = 'member'
            AND msg_type != 'system'
        GROUP BY week, group_id, user_id
    )
SELECT
    week,
    group_id,
    count() AS members,
    countIf(messages > 0) AS active,
    round(active / members, 4) AS active_rate,
    round(sum(messages) / members, 2) AS messages_per_member
FROM inside
LEFT JOIN chatted USING (week, group_id, user_id)
GROUP BY week, group_id
ORDER BY week, group_id
