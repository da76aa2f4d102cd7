-- title: Retention by joining week
-- answers: Of those who came in one ISO week, how many are active in each week after it: an
--     interaction of any kind (A19, A21). A person belongs to the week of the first join to any
--     of the groups asked for; starting rosters are left out. Only weeks that are over by
--     `until` are shown.
--
-- param since: date = 56d; first day of joining
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column cohort: Monday of the ISO week of joining
-- column joined: persons of the cohort
-- column weeks_after: 0 = the week of joining itself
-- column active: of these, with an interaction in that week
-- column retention: active / joined
WITH
    cohorts AS (
        SELECT
            user_id,
            toMonday(toDate(fromUnixTimestamp64Milli(min(opened_ms), %(zone)s))) AS cohort
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
        HAVING argMin(is_roster, opened_ms) = 0
            AND cohort >= toMonday(%(since)s) AND cohort < %(until)s
    ),
    active AS (
        SELECT DISTINCT user_id, toMonday(toDate(event_time, %(zone)s)) AS week
        FROM v_member_interaction
        WHERE event_date BETWEEN toMonday(%(since)s) - 1 AND %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    places AS (
        SELECT
            cohort,
            user_id,
            arrayJoin(
                range(intDiv(dateDiff('day', cohort, toMonday(%(until)s)), 7))
            ) AS weeks_after,
            cohort + 7 * weeks_after AS week
        FROM cohorts
    )
SELECT
    cohort,
    count() AS joined,
    weeks_after,
    countIf(yes = 1) AS active,
    round(active / joined, 4) AS retention
FROM places
LEFT JOIN (SELECT *, 1 AS yes FROM active) AS found USING (user_id, week)
GROUP BY cohort, weeks_after
ORDER BY cohort, weeks_after
