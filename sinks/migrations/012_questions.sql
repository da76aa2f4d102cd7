-- requires: 24.8
-- What the questions in sinks/queries stand on, computed from the facts at the moment of asking.

-- Memberships of members, not of staff and bots. One opens at the join of a person who is outside,
-- closes at the next leave, and a leave that a join within 5 minutes undoes did not happen. A person
-- is a member at t if opened_ms < t <= closed_ms. Reads every join and leave.
CREATE VIEW IF NOT EXISTS v_member_interval AS
WITH
    moves AS (
        SELECT
            group_id, user_id, event_ms AS ms, source_seq AS seq, 0 AS leave,
            join_method = 'import' AS is_roster,
            join_method, channel_id, campaign_id, inviter_id, inviter_role, invite_id, script_id,
            '' AS leave_kind, '' AS reason_code
        FROM fact_join FINAL
        WHERE actor_role = 'member'
        UNION ALL
        SELECT
            group_id, user_id, event_ms, source_seq, 1,
            0,
            '', '', '', '', '', '', '',
            leave_kind, reason_code
        FROM fact_leave FINAL
        WHERE actor_role = 'member'
    ),
    placed AS (
        SELECT *, lagInFrame(leave, 1, 1) OVER person AS was_absent
        FROM moves
        WINDOW person AS (PARTITION BY group_id, user_id ORDER BY ms, seq, leave, is_roster)
    ),
    turns AS (
        SELECT
            *,
            ms - lagInFrame(ms, 1, -4611686018427387904) OVER person AS waited,
            leadInFrame(ms, 1, 4611686018427387904) OVER person - ms AS waits
        FROM placed
        WHERE leave != was_absent
        WINDOW person AS (
            PARTITION BY group_id, user_id ORDER BY ms, seq, leave, is_roster
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    ),
    spells AS (
        SELECT
            * EXCEPT (leave_kind, reason_code),
            leadInFrame(ms, 1, 4611686018427387904) OVER person AS closed_ms,
            leadInFrame(leave_kind) OVER person AS leave_kind,
            leadInFrame(reason_code) OVER person AS reason_code
        FROM turns
        WHERE if(leave, waits, waited) > 300000
        WINDOW person AS (
            PARTITION BY group_id, user_id ORDER BY ms, seq, leave, is_roster
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        )
    )
SELECT
    group_id,
    user_id,
    ms AS opened_ms,
    closed_ms,  -- 2^62 while it is open
    is_roster,  -- opened by a starting roster, which counts as no join
    join_method,
    channel_id,
    campaign_id,
    inviter_id,
    inviter_role,
    invite_id,
    script_id,
    leave_kind,
    reason_code
FROM spells
WHERE NOT leave;

-- What a member does in a group or with its content, beyond looking on: the interactions.
CREATE VIEW IF NOT EXISTS v_member_interaction AS
SELECT event_date, event_time, event_ms, group_id, user_id, 'chat' AS kind
FROM fact_chat FINAL
WHERE actor_role = 'member' AND msg_type != 'system'
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'reaction'
FROM fact_reaction FINAL
WHERE actor_role = 'member'
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'activity'
FROM fact_activity FINAL
WHERE actor_role = 'member' AND action IN ('attend', 'complete')
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'checkin'
FROM fact_checkin FINAL
WHERE actor_role = 'member'
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'publish'
FROM fact_publish FINAL
WHERE actor_role = 'member'
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'feedback'
FROM fact_feedback FINAL
WHERE actor_role = 'member'
UNION ALL
SELECT event_date, event_time, event_ms, group_id, user_id, 'session'
FROM fact_session FINAL
WHERE actor_role = 'member' AND action = 'opened';

-- Each paid order once, at the first event that says so; of buyers who are members.
CREATE VIEW IF NOT EXISTS v_member_order AS
SELECT
    event_date,
    event_time,
    event_ms,
    order_id,
    group_id,
    user_id,
    amount_paid,
    coupon_id,
    item_product_id,
    item_qty,
    item_unit_price
FROM fact_order FINAL
WHERE status = 'paid' AND actor_role = 'member'
ORDER BY event_ms, event_id
LIMIT 1 BY order_id;
