-- title: Who brings members in
-- answers: Which members invite others who then join, and how many of these stay (B13
--     fission_new_count, B16 referral_rate). Staff and bots are left out.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param top: count = 20; so many inviters at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column inviter_id: the inviting member, as a pseudonym
-- column brought: persons who joined on this one's invitation in the range
-- column groups: groups they joined
-- column still_in: of these memberships, how many were open at the end of the range
-- column stay_rate: still_in / memberships brought
SELECT
    inviter_id,
    uniqExact(user_id) AS brought,
    uniqExact(group_id) AS groups,
    countIf(closed_ms >= toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000) AS still_in,
    round(still_in / count(), 4) AS stay_rate
FROM v_member_interval
WHERE inviter_id != '' AND inviter_role NOT IN ('staff', 'bot', 'system') AND NOT is_roster
    AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) >= %(since)s
    AND toDate(fromUnixTimestamp64Milli(opened_ms, %(zone)s)) < %(until)s
    AND (%(group)s = '' OR group_id = %(group)s)
GROUP BY inviter_id
ORDER BY brought DESC, inviter_id
LIMIT %(top)s
