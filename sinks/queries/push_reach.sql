-- title: Reach and reading of pushes
-- answers: How many of those whom a push was sent to got it, and how many of these read it (B17
--     reach_rate, B18 push_read_rate), by the kind of push.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column push_kind: kind of push
-- column pushes: distinct pushes
-- column sent: persons and pushes sent to
-- column delivered: of these, delivered
-- column read: of the delivered, read
-- column failed: of the sent, failed
-- column reach_rate: delivered / sent
-- column read_rate: read / delivered; empty = none was delivered
WITH ends AS (
    SELECT
        push_id,
        user_id,
        any(push_kind) AS kind,
        countIf(action = 'sent') > 0 AS was_sent,
        countIf(action IN ('delivered', 'read')) > 0 AS was_delivered,
        countIf(action = 'read') > 0 AS was_read,
        countIf(action = 'failed') > 0 AS has_failed
    FROM v_delivery
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
        AND toDate(event_time, %(zone)s) >= %(since)s AND toDate(event_time, %(zone)s) < %(until)s
        AND (%(group)s = '' OR group_id = %(group)s)
    GROUP BY push_id, user_id
)
SELECT
    kind AS push_kind,
    uniqExact(push_id) AS pushes,
    countIf(was_sent) AS sent,
    countIf(was_sent AND was_delivered) AS delivered,
    countIf(was_sent AND was_read) AS read,
    countIf(was_sent AND has_failed AND NOT was_delivered) AS failed,
    round(delivered / nullIf(sent, 0), 4) AS reach_rate,
    round(read / nullIf(delivered, 0), 4) AS read_rate
FROM ends
GROUP BY kind
ORDER BY sent DESC, push_kind
