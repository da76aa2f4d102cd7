-- Days of groups: the minute windows added up, without a row for each minute on the way. Distinct
-- persons are left out: those of minutes do not add up to those of a day.
CREATE VIEW IF NOT EXISTS v_group_day AS
SELECT
    event_date,
    group_id,
    sum(join_events) AS join_events,
    sum(leave_events) AS leave_events,
    sum(messages) AS messages,
    sum(member_messages) AS member_messages,
    sum(orders_created) AS orders_created,
    sum(paid_orders) AS paid_orders,
    sum(gmv) AS gmv,
    sum(refunds) AS refunds,
    sum(refund_amount) AS refund_amount
FROM group_minute FINAL
GROUP BY event_date, group_id;
