-- title: Members of several groups
-- answers: Which groups share members at `until`: pairs of groups, with the members in both
--     (A01: in several groups a person counts once overall).
--
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param top: count = 50; so many pairs at most
--
-- example: until=2026-11-16
--
-- column group_a: one group
-- column group_b: the other
-- column members_a: members of the one
-- column members_b: members of the other
-- column shared: members of both
-- column share_of_smaller: shared / the smaller of the two
WITH
    toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 AS end_ms,
    inside AS (
        SELECT group_id, user_id
        FROM v_member_interval
        WHERE opened_ms < end_ms AND closed_ms >= end_ms
    ),
    sizes AS (SELECT group_id, count() AS members FROM inside GROUP BY group_id),
    pairs AS (
        SELECT a.group_id AS group_a, b.group_id AS group_b, count() AS shared
        FROM inside AS a
        INNER JOIN inside AS b ON a.user_id = b.user_id
        WHERE a.group_id < b.group_id
        GROUP BY group_a, group_b
    )
SELECT
    group_a,
    group_b,
    one.members AS members_a,
    other.members AS members_b,
    shared,
    round(shared / least(members_a, members_b), 4) AS share_of_smaller
FROM pairs
INNER JOIN sizes AS one ON one.group_id = pairs.group_a
INNER JOIN sizes AS other ON other.group_id = pairs.group_b
ORDER BY shared DESC, group_a, group_b
LIMIT %(top)s
