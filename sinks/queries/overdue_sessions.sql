-- title: Sessions nobody has answered in time
-- answers: Which service conversations, opened in the range, had no reply and were not closed at
--     the end of the range, though the time to reply was over (G09 overdue_session_count). The
--     longest waiting come first.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param sla_minutes: count = 30; minutes within which a reply is due
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column group_id: the group; empty = outside any group
-- column session_id: the conversation
-- column session_kind: what it is about
-- column user_id: the customer, as a pseudonym
-- column opened: when it was opened, in the reporting zone
-- column waiting_hours: hours from then to the end of the range
WITH
    toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 AS end_ms,
    steps AS (
        SELECT
            session_id,
            any(group_id) AS in_group,
            argMin(session_kind, event_ms) AS session_kind,
            argMin(user_id, event_ms) AS customer,
            minIf(event_ms, action = 'opened') AS opened_ms,
            countIf(action IN ('replied', 'resolved', 'closed')) AS answers
        FROM v_session
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND event_ms < end_ms
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY session_id
    )
SELECT
    in_group AS group_id,
    session_id,
    session_kind,
    customer AS user_id,
    formatDateTime(toDateTime(intDiv(opened_ms, 1000), %(zone)s), '%%Y-%%m-%%d %%H:%%i') AS opened,
    round((end_ms - opened_ms) / 3600000, 1) AS waiting_hours
FROM steps
WHERE answers = 0
    AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) >= %(since)s
    AND opened_ms + %(sla_minutes)s * 60000 < end_ms
ORDER BY opened_ms, session_id
