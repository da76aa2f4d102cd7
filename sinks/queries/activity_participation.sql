-- title: Who takes part in activities
-- answers: How many signed up for each activity, came, saw it through and won, and which share
--     of the group's members came (C21 activity_participation_rate, C22
--     activity_completion_rate).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column activity_id: the activity
-- column group_id: its group; empty = outside any group
-- column first_day: day of its first event
-- column signed_up: persons who signed up
-- column attended: persons who came
-- column completed: persons who saw it through
-- column won: persons who won
-- column completion_rate: completed / signed up; empty = nobody signed up
-- column members: members of the group at some moment of the range
-- column participation_rate: persons who attended or completed / members; empty = outside any
--     group
WITH
    inside AS (
        SELECT group_id, uniqExact(user_id) AS base
        FROM v_member_interval
        WHERE opened_ms < toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000
            AND closed_ms >= toUnixTimestamp(toDateTime(%(since)s, %(zone)s)) * 1000
        GROUP BY group_id
    ),
    held AS (
        SELECT
            activity_id,
            group_id,
            min(toDate(event_time, %(zone)s)) AS first_day,
            uniqExactIf(user_id, action = 'signup') AS signed_up,
            uniqExactIf(user_id, action = 'attend') AS attended,
            uniqExactIf(user_id, action = 'complete') AS completed,
            uniqExactIf(user_id, action = 'win') AS won,
            uniqExactIf(user_id, action IN ('attend', 'complete')) AS took_part
        FROM v_activity
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND actor_role = 'member'
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY activity_id, group_id
    )
SELECT
    activity_id,
    group_id,
    first_day,
    signed_up,
    attended,
    completed,
    won,
    round(completed / nullIf(signed_up, 0), 4) AS completion_rate,
    base AS members,
    round(took_part / nullIf(base, 0), 4) AS participation_rate
FROM held
LEFT JOIN inside USING (group_id)
ORDER BY first_day, activity_id, group_id
