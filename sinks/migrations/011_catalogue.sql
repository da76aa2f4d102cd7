-- requires: 24.8
-- What the catalogue's metrics are computed from, and where each of their windows stands.

-- Memberships of members in groups, a leave and the re-join within the grace netted. Built anew as
-- a whole: a generation counts once staged_build has its row. Read v_membership.
CREATE TABLE IF NOT EXISTS membership (
    `generation` UInt64 COMMENT 'Build that the row belongs to',
    `group_id` String COMMENT 'The group',
    `user_id` String COMMENT 'The member, as a pseudonym',
    `number` UInt32 COMMENT 'Number of the membership among those of this member in this group, from 1',
    `opened_ms` Int64 COMMENT 'Epoch milliseconds of the join; a member is one from just after it',
    `closed_ms` Int64 COMMENT 'Epoch milliseconds of the leave, up to which they are one; 2^62 = open',
    `is_roster` UInt8 COMMENT 'Whether a starting roster opened it, which counts as no join',
    `channel_id` String COMMENT 'Channel of the join',
    `campaign_id` String COMMENT 'Campaign of the join',
    `join_method` String COMMENT 'How the member came in',
    `inviter_id` String COMMENT 'Person who invited, as a pseudonym',
    `inviter_role` String COMMENT 'Role of the person who invited',
    `invite_id` String COMMENT 'Invitation that was followed',
    `script_id` String COMMENT 'Wording of the invitation',
    `from_group_id` String COMMENT 'Group the member was transferred from',
    `leave_kind` String COMMENT 'How it ended; empty = open',
    `reason_code` String COMMENT 'Why it ended',
    `operator_id` String COMMENT 'Person who removed the member, as a pseudonym',
    `to_group_id` String COMMENT 'Group the member was transferred to'
) ENGINE = MergeTree
PARTITION BY generation
ORDER BY (group_id, user_id, opened_ms);

-- Orders that were paid, each once, at the first event that says so, with the group that gets it:
-- its own, else that of the last click or view within the attribution time by a member. Built as
-- memberships are. Read v_paid_order.
CREATE TABLE IF NOT EXISTS paid_order (
    `generation` UInt64 COMMENT 'Build that the row belongs to',
    `order_id` String COMMENT 'The shop\'s id of the order',
    `user_id` String COMMENT 'The buyer, as a pseudonym',
    `actor_role` String COMMENT 'Role of the buyer; only a member counts as a person',
    `paid_ms` Int64 COMMENT 'Epoch milliseconds when it was first paid',
    `number` UInt32 COMMENT 'Number of the order among the paid ones of this buyer, from 1',
    `previous_ms` Int64 COMMENT 'Epoch milliseconds of the buyer\'s paid order before; 0 = none',
    `group_id` String COMMENT 'Group that gets the order; empty = none',
    `own_group_id` String COMMENT 'Group that the order itself names',
    `channel_id` String COMMENT 'Channel that the order names',
    `campaign_id` String COMMENT 'Campaign that the order names',
    `staff_id` String COMMENT 'Member of staff in charge, as a pseudonym',
    `content_id` String COMMENT 'Content that led to it',
    `session_id` String COMMENT 'Service conversation that led to it',
    `coupon_id` String COMMENT 'Coupon that was used',
    `order_type` String COMMENT 'Way it was sold',
    `amount_paid` Decimal(18, 2) COMMENT 'Amount paid, reporting currency',
    `cost` Decimal(18, 2) COMMENT 'Cost of its goods, as far as known',
    `term_start_ms` Int64 COMMENT 'Start of the term bought; 0 = no term',
    `term_end_ms` Int64 COMMENT 'End of the term bought; 0 = no term',
    `item_product_id` Array(String) COMMENT 'Products, one per item',
    `item_category_id` Array(String) COMMENT 'Their categories',
    `item_brand` Array(String) COMMENT 'Their brands',
    `item_qty` Array(UInt32) COMMENT 'Pieces of each',
    `item_unit_price` Array(Decimal(18, 2)) COMMENT 'Price of one piece of each',
    `item_cost` Array(Decimal(18, 2)) COMMENT 'Cost of one piece of each; 0 = not known'
) ENGINE = MergeTree
PARTITION BY generation
ORDER BY (user_id, paid_ms, order_id);

CREATE TABLE IF NOT EXISTS staged_build (
    `name` String COMMENT 'Table that was built: membership, paid_order',
    `generation` UInt64 COMMENT 'The build, whole in its table',
    `asof_ms` Int64 COMMENT 'Epoch milliseconds up to which facts are in it'
) ENGINE = ReplacingMergeTree
ORDER BY (name, generation);

CREATE VIEW IF NOT EXISTS v_membership AS
SELECT * EXCEPT generation
FROM membership
WHERE generation = (SELECT max(generation) FROM staged_build WHERE name = 'membership');

CREATE VIEW IF NOT EXISTS v_paid_order AS
SELECT * EXCEPT generation
FROM paid_order
WHERE generation = (SELECT max(generation) FROM staged_build WHERE name = 'paid_order');

-- A distribution has several values in one window: hours, reasons, kinds.
ALTER TABLE metric_value
    ADD COLUMN `slice` String COMMENT 'Which part of a distribution: hour, reason, kind; empty = whole' AFTER scope_id,
    MODIFY ORDER BY (metric, grain, window, scope_id, window_start, slice);

CREATE OR REPLACE VIEW v_metric_value AS SELECT * FROM metric_value FINAL;

-- The catalogue over trailing windows as it stands now, computed anew each minute: a count of 0 has
-- no row. What it was is in metric_value, day by day.
CREATE TABLE IF NOT EXISTS metric_live (
    `metric` String COMMENT 'Name of the metric in the catalogue',
    `grain` String COMMENT 'Grain code: G group, T type, C channel, K campaign, S staff, P object, O overall',
    `scope_id` String COMMENT 'Which group, channel, ... of the grain; empty = overall',
    `slice` String COMMENT 'Which part of a distribution; empty = whole',
    `window` String COMMENT 'Window code: 1h, 24h, both trailing',
    `window_end_ms` Int64 COMMENT 'Epoch milliseconds of its end, exclusive; the last holds',
    `numerator` Float64 COMMENT 'Numerator of a ratio; else the value itself',
    `denominator` Float64 COMMENT 'Denominator of a ratio: its n; 1 for a count or sum',
    `value` Nullable(Float64) COMMENT 'The value, a ratio 0-1; NULL = no data, never 0',
    `note` String COMMENT 'Empty, or why the value is NULL or not final'
) ENGINE = ReplacingMergeTree(window_end_ms)
ORDER BY (metric, grain, window, scope_id, slice);

CREATE VIEW IF NOT EXISTS v_metric_live AS
SELECT *
FROM metric_live FINAL
WHERE window_end_ms = (SELECT max(window_end_ms) FROM metric_live);

-- What is done: the newest row of a window says up to where it is computed.
CREATE TABLE IF NOT EXISTS rollup_window (
    `window` String COMMENT 'Window code: D day, W ISO week, M month, Q quarter, Y year, A ever',
    `window_start_ms` Int64 COMMENT 'Epoch milliseconds of its start',
    `asof_ms` Int64 COMMENT 'Epoch milliseconds of event time when it was computed',
    `seen_ingest_ms` Int64 COMMENT 'Append time of the newest fact then: a later one makes it stale',
    `values` UInt64 COMMENT 'Values that were stored',
    `seconds` Float64 COMMENT 'How long it took',
    `computed_ms` Int64 COMMENT 'Epoch milliseconds (wall time); the last holds'
) ENGINE = ReplacingMergeTree(computed_ms)
ORDER BY (window, window_start_ms);
