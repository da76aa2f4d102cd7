-- title: Stickiness by month
-- answers: How often the members who are active in a month come back: the mean of daily active
--     members over the days of the month, divided by its monthly active members (C05 mau, C07
--     stickiness). Days outside the range are left out of both.
--
-- param since: date = 90d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column month: first day of the month
-- column group_id: the group
-- column mau: persons with at least one message in the month
-- column days: days of the month that are in the range
-- column mean_dau: mean over its days of persons with at least one message that day
-- column stickiness: mean_dau / mau: 1 = everybody every day
WITH daily AS (
    SELECT
        toDate(event_time, %(zone)s) AS day,
        toStartOfMonth(day) AS month,
        group_id,
        uniqExact(user_id) AS dau,
        uniqExactState(user_id) AS persons
    FROM v_chat
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND day >= %(since)s AND day < %(until)s
        AND actor_role = 'member' AND msg_type != 'system'
        AND (%(group)s = '' OR group_id = %(group)s)
    GROUP BY day, group_id
)
SELECT
    month,
    group_id,
    uniqExactMerge(persons) AS mau,
    dateDiff('day', greatest(month, %(since)s), least(addMonths(month, 1), %(until)s)) AS days,
    round(sum(dau) / days, 2) AS mean_dau,
    round(sum(dau) / days / mau, 4) AS stickiness
FROM daily
GROUP BY month, group_id
ORDER BY month, group_id
