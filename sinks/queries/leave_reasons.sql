-- title: Why members leave
-- answers: How memberships ended, why, and how long they had lasted (A14 leave_reason_share, A15
--     leaver_profile). The share is of the leaves with a known reason.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column leave_kind: how it ended
-- column reason: reason code; unknown = none was told
-- column leaves: memberships that ended so
-- column share_of_known: leaves / all leaves with a known reason; empty for unknown
-- column median_days: median of the days they had lasted
-- column never_wrote: of these persons, who had not written a message in the group
WITH
    left_ones AS (
        SELECT group_id, user_id, opened_ms, closed_ms, leave_kind,
            if(reason_code = '', 'unknown', reason_code) AS reason
        FROM v_member_interval
        WHERE leave_kind != ''
            AND toDate(fromUnixTimestamp64Milli(closed_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(closed_ms, %(zone)s)) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    chats AS (
        SELECT group_id, user_id, min(event_ms) AS wrote_ms
        FROM v_chat
        WHERE event_date <= %(until)s AND actor_role = 'member' AND msg_type != 'system'
        GROUP BY group_id, user_id
    )
SELECT
    leave_kind,
    reason,
    count() AS leaves,
    if(
        reason = 'unknown',
        NULL,
        round(leaves / nullIf(sum(if(reason = 'unknown', 0, leaves)) OVER (), 0), 4)
    ) AS share_of_known,
    round(quantileExactInclusive(0.5)((closed_ms - opened_ms) / 86400000), 1) AS median_days,
    countIf(wrote_ms = 0 OR wrote_ms > closed_ms) AS never_wrote
FROM left_ones
LEFT JOIN chats USING (group_id, user_id)
GROUP BY leave_kind, reason
ORDER BY leaves DESC, leave_kind, reason
