-- title: Response times by staff
-- answers: How soon staff answer: time from the opening of a session to its first reply, for the
--     sessions opened in the range and replied to by now, by the member of staff who replied
--     first (G01, G02 first_response_time, G03 timely_response_rate). What nobody has answered
--     is in `overdue_sessions`.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param sla_minutes: count = 30; minutes within which a reply is timely
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column staff_id: the member of staff, as a pseudonym
-- column sessions: sessions this one replied to first
-- column p50_minutes: half of them were replied to within so many minutes
-- column p90_minutes: nine in ten were
-- column slowest_minutes: the longest wait
-- column timely_rate: share replied to within `sla_minutes`
WITH steps AS (
    SELECT
        session_id,
        minIf(event_ms, action = 'opened') AS opened_ms,
        minIf(event_ms, action = 'replied') AS replied_ms,
        argMinIf(staff_id, event_ms, action = 'replied') AS staff_id
    FROM v_session
    WHERE event_date >= %(since)s - 1
        AND (%(group)s = '' OR group_id = %(group)s)
    GROUP BY session_id
    HAVING opened_ms > 0 AND replied_ms >= opened_ms
        AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) >= %(since)s
        AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) < %(until)s
)
SELECT
    staff_id,
    count() AS sessions,
    round(quantileExactInclusive(0.5)((replied_ms - opened_ms) / 60000), 1) AS p50_minutes,
    round(quantileExactInclusive(0.9)((replied_ms - opened_ms) / 60000), 1) AS p90_minutes,
    round(max(replied_ms - opened_ms) / 60000, 1) AS slowest_minutes,
    round(countIf(replied_ms - opened_ms <= %(sla_minutes)s * 60000) / sessions, 4) AS timely_rate
FROM steps
GROUP BY staff_id
ORDER BY sessions DESC, staff_id
