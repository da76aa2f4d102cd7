-- requires: 24.8
-- A paid order is its first event that says so, as metrics have it: of two at one millisecond the
-- source's own order decides, and one that somebody else than a member paid first is no member's.
CREATE OR REPLACE VIEW v_member_order AS
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
FROM (
    SELECT *
    FROM fact_order FINAL
    WHERE status = 'paid'
    ORDER BY event_ms, source_seq, event_id
    LIMIT 1 BY order_id
)
WHERE actor_role = 'member';
