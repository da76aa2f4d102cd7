-- title: Complaints by week
-- answers: Which share of those who were served complained: served is who opened a session or
--     paid an order in the ISO week (G08 complaint_rate), and how reviews were (G10
--     positive_review_rate).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column week: Monday of the ISO week
-- column served: persons who opened a session or paid an order
-- column complainers: of these, who complained in the same week
-- column complaint_rate: complainers / served; empty = nobody was served
-- column complaints: complaints of everybody
-- column reviews: reviews with a rating
-- column positive_rate: share of these with 4 or 5 stars; empty = no review
WITH
    served AS (
        SELECT
            toMonday(toDate(event_time, %(zone)s)) AS week, user_id, 'served' AS what, 0 AS rating
        FROM v_session
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND actor_role = 'member' AND action = 'opened'
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT toMonday(toDate(event_time, %(zone)s)), user_id, 'served', 0
        FROM v_member_order
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT
            toMonday(toDate(event_time, %(zone)s)), user_id, toString(feedback_kind), rating
        FROM v_feedback
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND actor_role = 'member'
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    persons AS (
        SELECT
            week,
            user_id,
            countIf(what = 'served') AS times_served,
            countIf(what = 'complaint') AS times_complained,
            countIf(what = 'review' AND rating > 0) AS rated,
            countIf(what = 'review' AND rating >= 4) AS praised
        FROM served
        GROUP BY week, user_id
    )
SELECT
    week,
    countIf(times_served > 0) AS served,
    countIf(times_served > 0 AND times_complained > 0) AS complainers,
    round(complainers / nullIf(served, 0), 4) AS complaint_rate,
    sum(times_complained) AS complaints,
    sum(rated) AS reviews,
    round(sum(praised) / nullIf(reviews, 0), 4) AS positive_rate
FROM persons
GROUP BY week
ORDER BY week
