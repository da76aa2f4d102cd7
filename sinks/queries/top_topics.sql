-- title: Topics that are talked about most
-- answers: Which topics drew most members in, and how lively they were (C13 topic_activity, C17
--     hot_topic_ranking): ordered by participants, then messages, then name.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param top: count = 20; so many topics of a group at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column group_id: the group
-- column place: 1 = first in its group
-- column topic_id: the topic
-- column participants: members who wrote about it
-- column messages: messages about it, also of staff
-- column last_day: day of the last of them
WITH topics AS (
    SELECT
        group_id,
        topic_id,
        uniqExactIf(user_id, actor_role = 'member') AS participants,
        count() AS messages,
        max(toDate(event_time, %(zone)s)) AS last_day
    FROM v_chat
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND toDate(event_time, %(zone)s) >= %(since)s AND toDate(event_time, %(zone)s) < %(until)s
        AND topic_id != '' AND msg_type != 'system' AND actor_role IN ('member', 'staff')
        AND (%(group)s = '' OR group_id = %(group)s)
    GROUP BY group_id, topic_id
)
SELECT
    group_id,
    row_number() OVER (
        PARTITION BY group_id ORDER BY participants DESC, messages DESC, topic_id
    ) AS place,
    topic_id,
    participants,
    messages,
    last_day
FROM topics
ORDER BY group_id, place
LIMIT %(top)s BY group_id
