-- title: Check-in streaks
-- answers: Who reports tasks day after day: the longest run of consecutive days with a check-in,
--     and the run that is still on (E01 checkin_count).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param top: count = 50; so many members at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column user_id: the member, as a pseudonym
-- column checkins: tasks reported as done
-- column days: days with at least one
-- column longest_streak: most consecutive days with one
-- column current_streak: consecutive days up to the last day of the range, or the day before; 0
--     = broken
WITH
    days AS (
        SELECT user_id, toDate(event_time, %(zone)s) AS day, uniqExact(task_id) AS tasks
        FROM v_checkin
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND day >= %(since)s AND day < %(until)s
            AND actor_role = 'member'
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id, day
    ),
    numbered AS (
        SELECT
            user_id,
            tasks,
            day,
            day - row_number() OVER (PARTITION BY user_id ORDER BY day) AS run
        FROM days
    ),
    runs AS (
        SELECT user_id, run, sum(tasks) AS done, count() AS length, max(day) AS last_day
        FROM numbered
        GROUP BY user_id, run
    )
SELECT
    user_id,
    sum(done) AS checkins,
    sum(length) AS days,
    max(length) AS longest_streak,
    maxIf(length, last_day >= %(until)s - 2) AS current_streak
FROM runs
GROUP BY user_id
ORDER BY longest_streak DESC, checkins DESC, user_id
LIMIT %(top)s
