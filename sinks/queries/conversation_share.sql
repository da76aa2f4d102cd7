-- title: Who carries the conversation
-- answers: How much of the conversation rests on few: the share of messages that the most
--     talkative fifth of the members wrote, and the Gini coefficient over all members, the
--     silent ones included (C11 message_gini, top20_share).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column group_id: the group
-- column members: persons who were members at some moment of the range
-- column writers: of these, who wrote
-- column messages: messages they wrote
-- column top_members: a fifth of the members, rounded up
-- column top20_share: share of the messages that these wrote
-- column gini: 0 = all write alike, near 1 = one writes all
WITH
    inside AS (
        SELECT DISTINCT group_id, user_id
        FROM v_member_interval
        WHERE opened_ms < toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000
            AND closed_ms >= toUnixTimestamp(toDateTime(%(since)s, %(zone)s)) * 1000
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    chats AS (
        SELECT group_id, user_id, count() AS wrote
        FROM v_chat
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND actor_role = 'member' AND msg_type != 'system'
        GROUP BY group_id, user_id
    ),
    ranked AS (
        SELECT
            group_id,
            wrote,
            row_number() OVER (PARTITION BY group_id ORDER BY wrote DESC, user_id) AS place,
            count() OVER (PARTITION BY group_id) AS base
        FROM inside
        LEFT JOIN chats USING (group_id, user_id)
    )
SELECT
    group_id,
    any(base) AS members,
    countIf(wrote > 0) AS writers,
    sum(wrote) AS messages,
    toUInt64(ceil(members / 5)) AS top_members,
    round(sumIf(wrote, place <= ceil(base / 5)) / nullIf(messages, 0), 4) AS top20_share,
    round(
        (members + 1) / members - 2 * sum(place * wrote) / nullIf(members * messages, 0), 4
    ) AS gini
FROM ranked
GROUP BY group_id
ORDER BY group_id
