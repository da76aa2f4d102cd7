-- How everybody reads: each event once, each window as it stands. Name event_date in every query.

CREATE VIEW IF NOT EXISTS v_chat AS SELECT * FROM fact_chat FINAL;

CREATE VIEW IF NOT EXISTS v_join AS SELECT * FROM fact_join FINAL;

CREATE VIEW IF NOT EXISTS v_leave AS SELECT * FROM fact_leave FINAL;

CREATE VIEW IF NOT EXISTS v_order AS SELECT * FROM fact_order FINAL;

CREATE VIEW IF NOT EXISTS v_refund AS SELECT * FROM fact_refund FINAL;

-- Distinct counts may be added: a group has one partition, and an epoch counts only persons that
-- the epochs before it lack.
CREATE VIEW IF NOT EXISTS v_group_minute AS
SELECT
    event_date,
    group_id,
    minute,
    sum(join_events) AS join_events,
    sum(leave_events) AS leave_events,
    sum(messages) AS messages,
    sum(member_messages) AS member_messages,
    sum(chatters) AS chatters,
    sum(orders_created) AS orders_created,
    sum(paid_orders) AS paid_orders,
    sum(payers) AS payers,
    sum(gmv) AS gmv,
    sum(refunds) AS refunds,
    sum(refund_amount) AS refund_amount
FROM group_minute FINAL
GROUP BY event_date, group_id, minute;

CREATE VIEW IF NOT EXISTS v_dead_letter AS SELECT * FROM dead_letter FINAL;

CREATE VIEW IF NOT EXISTS v_metric_value AS SELECT * FROM metric_value FINAL;
