-- title: Content that works
-- answers: Which content is read, liked, passed on and talked about most (D05, D07, D08, D15
--     popular_content_rank): ordered by readers, then reactions, then name.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
-- param top: count = 20; so many pieces at most
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column content_id: the content
-- column readers: distinct persons, known or not, who read it
-- column reads: times it was read
-- column likes: likes of it
-- column forwards: times it was passed on
-- column favorites: times it was kept
-- column comments: comments on it
-- column like_rate: persons who liked it / readers; empty = nobody read it
WITH deeds AS (
    SELECT
        object_id AS content_id,
        if(user_id = '', visitor_id, user_id) AS person,
        'read' AS deed
    FROM v_view
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND toDate(event_time, %(zone)s) >= %(since)s AND toDate(event_time, %(zone)s) < %(until)s
        AND object_kind = 'content' AND action = 'read'
        AND (%(group)s = '' OR group_id = %(group)s)
    UNION ALL
    SELECT target_id, user_id, toString(action)
    FROM v_reaction
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND toDate(event_time, %(zone)s) >= %(since)s AND toDate(event_time, %(zone)s) < %(until)s
        AND target_kind = 'content'
        AND (%(group)s = '' OR group_id = %(group)s)
)
SELECT
    content_id,
    uniqExactIf(person, deed = 'read') AS readers,
    countIf(deed = 'read') AS reads,
    countIf(deed = 'like') AS likes,
    countIf(deed = 'forward') AS forwards,
    countIf(deed = 'favorite') AS favorites,
    countIf(deed = 'comment') AS comments,
    round(uniqExactIf(person, deed = 'like') / nullIf(readers, 0), 4) AS like_rate
FROM deeds
GROUP BY content_id
ORDER BY readers DESC, likes + forwards + favorites + comments DESC, content_id
LIMIT %(top)s
