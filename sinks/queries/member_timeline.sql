-- title: Everything one member did
-- answers: What one person did and what was done for this person, in order of time (H06
--     member_timeline).
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param user: text; the person's pseudonym: `pulse pseudonym ID` tells it
--
-- example: since=2026-10-05 until=2026-11-16 user=dan
--
-- column time: when, in the reporting zone
-- column event: kind of event
-- column group_id: the group; empty = outside any group
-- column detail: the message type, the way of joining or leaving, the order and its status, ...
WITH events AS (
    SELECT event_ms, 'chat' AS event, group_id, msg_type AS detail
    FROM v_chat
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'join', group_id, join_method
    FROM v_join
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'leave', group_id, concat(leave_kind, ' ', reason_code)
    FROM v_leave
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT
        event_ms,
        'order',
        group_id,
        concat(order_id, ' ', status, ' ', toDecimalString(amount_paid, 2))
    FROM v_order
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'refund', group_id, concat(order_id, ' ', toDecimalString(amount, 2))
    FROM v_refund
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'reaction', group_id, concat(action, ' ', target_id)
    FROM v_reaction
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'session', group_id, concat(session_id, ' ', action)
    FROM v_session
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'delivery', group_id, concat(push_id, ' ', action)
    FROM v_delivery
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'activity', group_id, concat(activity_id, ' ', action)
    FROM v_activity
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'checkin', group_id, task_id
    FROM v_checkin
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
    UNION ALL
    SELECT event_ms, 'feedback', group_id, toString(feedback_kind)
    FROM v_feedback
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s AND user_id = %(user)s
)
SELECT
    formatDateTime(toDateTime(intDiv(event_ms, 1000), %(zone)s), '%%Y-%%m-%%d %%H:%%i:%%S') AS time,
    event,
    group_id,
    trimRight(detail) AS detail
FROM events
WHERE event_ms >= toUnixTimestamp(toDateTime(%(since)s, %(zone)s)) * 1000
    AND event_ms < toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000
ORDER BY event_ms, event, detail
