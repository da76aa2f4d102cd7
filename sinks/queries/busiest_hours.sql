-- title: Busiest hours of the week
-- answers: At which weekday and hour members write most (C02 message_time_distribution).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column weekday: 1 = Monday to 7 = Sunday
-- column hour: hour of the day in the reporting zone
-- column messages: messages of members
-- column writers: distinct members who wrote them
-- column share: messages / all messages of the range
SELECT
    toDayOfWeek(event_time, 0, %(zone)s) AS weekday,
    toHour(event_time, %(zone)s) AS hour,
    count() AS messages,
    uniqExact(user_id) AS writers,
    round(messages / sum(messages) OVER (), 4) AS share
FROM v_chat
WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
    AND toDate(event_time, %(zone)s) >= %(since)s AND toDate(event_time, %(zone)s) < %(until)s
    AND actor_role = 'member' AND msg_type != 'system'
    AND (%(group)s = '' OR group_id = %(group)s)
GROUP BY weekday, hour
ORDER BY messages DESC, weekday, hour
