-- title: Invitations by wording
-- answers: How far invitations get, by the wording that was used: sent, clicked, applied,
--     approved, joined (B01, B02 join_rate, B03 join_funnel_step_rate, B06). A join counts
--     within 7 days of the sending, also after the range: let `until` lie 7 days back.
--
-- param since: date = 35d; first day of sending
-- param until: date = 7d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-02
--
-- column script_id: the wording; unknown = none was told
-- column sent: invitations sent in the range
-- column clicked: of these, clicked on
-- column applied: of these, applied with
-- column approved: of these, approved
-- column joined: of these, joined by within 7 days
-- column join_rate: joined / sent
-- column low: lower end of its Wilson 95 % interval
-- column high: upper end
WITH
    invites AS (
        SELECT
            invite_id,
            if(anyIf(script_id, script_id != '') = '', 'unknown', anyIf(script_id, script_id != ''))
                AS script,
            minIf(event_ms, action = 'sent') AS sent_ms,
            countIf(action = 'clicked') > 0 AS was_clicked,
            countIf(action = 'applied') > 0 AS was_applied,
            countIf(action = 'approved') > 0 AS was_approved
        FROM v_invite
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s + 7
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY invite_id
        HAVING sent_ms > 0
            AND toDate(fromUnixTimestamp64Milli(sent_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(sent_ms, %(zone)s)) < %(until)s
    ),
    joins AS (
        SELECT invite_id, min(opened_ms) AS joined_ms
        FROM v_member_interval
        WHERE invite_id != ''
        GROUP BY invite_id
    )
SELECT
    script AS script_id,
    count() AS sent,
    countIf(was_clicked) AS clicked,
    countIf(was_applied) AS applied,
    countIf(was_approved) AS approved,
    countIf(joined_ms BETWEEN sent_ms AND sent_ms + 604800000) AS joined,
    round(joined / sent, 4) AS join_rate,
    round(
        (joined + 1.9208 - 1.96 * sqrt(joined * (sent - joined) / sent + 0.9604))
            / (sent + 3.8416),
        4
    ) AS low,
    round(
        (joined + 1.9208 + 1.96 * sqrt(joined * (sent - joined) / sent + 0.9604))
            / (sent + 3.8416),
        4
    ) AS high
FROM invites
LEFT JOIN joins USING (invite_id)
GROUP BY script
ORDER BY join_rate DESC, script_id
