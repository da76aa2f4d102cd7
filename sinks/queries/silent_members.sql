-- title: Silent members
-- answers: Who is a member at `until` and has done nothing for a long time: no interaction of
--     any kind in the days before (A27 silent_member_ratio, A16 zombie_member_ratio). A member
--     for fewer days is not silent yet.
--
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param days: count = 30; days without interaction that make silent
--
-- example: until=2026-11-16 days=14
--
-- column group_id: the group
-- column members: members at the end of the day before `until`
-- column long_members: of these, members for at least `days` days
-- column silent: of these, without an interaction in the last `days` days
-- column never: of these, without any since they joined
-- column silent_share: silent / members
WITH
    toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 AS end_ms,
    inside AS (
        SELECT group_id, user_id, opened_ms
        FROM v_member_interval
        WHERE opened_ms < end_ms AND closed_ms >= end_ms
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    deeds AS (
        SELECT group_id, user_id, max(event_ms) AS last_ms
        FROM v_member_interaction
        WHERE event_date <= %(until)s AND event_ms < end_ms
        GROUP BY group_id, user_id
    )
SELECT
    group_id,
    count() AS members,
    countIf(opened_ms <= end_ms - %(days)s * 86400000) AS long_members,
    countIf(
        opened_ms <= end_ms - %(days)s * 86400000 AND last_ms < end_ms - %(days)s * 86400000
    ) AS silent,
    countIf(opened_ms <= end_ms - %(days)s * 86400000 AND last_ms < opened_ms) AS never,
    round(silent / members, 4) AS silent_share
FROM inside
LEFT JOIN deeds USING (group_id, user_id)
GROUP BY group_id
ORDER BY group_id
