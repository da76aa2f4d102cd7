-- title: Members over time
-- answers: How many members each group has at the end of each day, and who came and went (A01
--     member_count, A02 join_count, A03 leave_count, A04 net_member_growth). A leave that is
--     undone within 5 minutes is none; persons of a starting roster are members, but no joins.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-11-02 until=2026-11-06
--
-- column day: day in the reporting zone
-- column group_id: the group
-- column members: members at the end of the day
-- column joins: memberships opened that day
-- column leaves: memberships closed that day
-- column net: joins - leaves
-- column from_roster: memberships opened by a roster import that day
WITH
    days AS (
        SELECT
            %(since)s + number AS day,
            toUnixTimestamp(toDateTime(day, %(zone)s)) * 1000 AS start_ms,
            toUnixTimestamp(toDateTime(day + 1, %(zone)s)) * 1000 AS end_ms
        FROM numbers(dateDiff('day', %(since)s, %(until)s))
    )
SELECT
    day,
    group_id,
    countIf(opened_ms < end_ms AND closed_ms >= end_ms) AS members,
    countIf(opened_ms >= start_ms AND opened_ms < end_ms AND NOT is_roster) AS joins,
    countIf(closed_ms >= start_ms AND closed_ms < end_ms) AS leaves,
    toInt64(joins) - toInt64(leaves) AS net,
    countIf(opened_ms >= start_ms AND opened_ms < end_ms AND is_roster) AS from_roster
FROM days
CROSS JOIN v_member_interval
WHERE opened_ms < end_ms
    AND (%(group)s = '' OR group_id = %(group)s)
GROUP BY day, group_id
ORDER BY day, group_id
