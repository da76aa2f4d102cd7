-- title: Coupons: given and used
-- answers: How many of the coupons that were given out were used in a paid order, and what these
--     orders are worth (F24 coupon_redemption_rate). A coupon counts as used by a person when it
--     was given to that person and paid with later on; orders after the range count.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column coupon_id: the coupon
-- column given: persons it was given to in the range
-- column used: of these, who paid an order with it afterwards
-- column redemption_rate: used / given
-- column orders: orders paid with it in the range, by anybody
-- column gmv: amount paid for these
WITH
    steps AS (
        SELECT
            coupon_id,
            target_user_id AS holder,
            event_ms,
            'given' AS what,
            toDecimal64(0, 2) AS amount
        FROM v_staff_action
        WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
            AND toDate(event_time, %(zone)s) >= %(since)s
            AND toDate(event_time, %(zone)s) < %(until)s
            AND action_kind = 'coupon_issue' AND coupon_id != ''
            AND (%(group)s = '' OR group_id = %(group)s)
        UNION ALL
        SELECT
            coupon_id,
            user_id,
            event_ms,
            if(toDate(event_time, %(zone)s) < %(until)s, 'paid', 'paid later'),
            amount_paid
        FROM v_member_order
        WHERE event_date >= %(since)s - 1 AND toDate(event_time, %(zone)s) >= %(since)s
            AND coupon_id != ''
            AND (%(group)s = '' OR group_id = %(group)s)
    ),
    holders AS (
        SELECT
            coupon_id,
            holder,
            minIf(event_ms, what = 'given') AS given_ms,
            maxIf(event_ms, what != 'given') AS last_ms,
            countIf(what = 'paid') AS paid_orders,
            sumIf(amount, what = 'paid') AS paid
        FROM steps
        GROUP BY coupon_id, holder
    )
SELECT
    coupon_id,
    countIf(given_ms > 0) AS given,
    countIf(given_ms > 0 AND last_ms > given_ms) AS used,
    round(used / nullIf(given, 0), 4) AS redemption_rate,
    sum(paid_orders) AS orders,
    sum(paid) AS gmv
FROM holders
GROUP BY coupon_id
ORDER BY coupon_id
