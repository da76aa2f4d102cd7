-- requires: 24.8
-- Milestones that are read from the store each hour: what they were, and what is compared now.

-- One reading: a milestone of a group over the window that ended then, as it was known soon after.
CREATE TABLE IF NOT EXISTS milestone_reading (
    `measure` String COMMENT 'Name of the metric in the catalogue; with :slice where it is split',
    `signal` String COMMENT 'fast = the trailing hour, slow = the trailing 24 h',
    `group_id` String COMMENT 'The group; _all = all groups together',
    `window_end_ms` Int64 COMMENT 'Epoch milliseconds of the end of the window, a closed hour',
    `numerator` Float64 COMMENT 'What counts',
    `denominator` Float64 COMMENT 'What it is a share of; 1 for a count',
    `computed_ms` Int64 COMMENT 'Epoch milliseconds (wall time); the last holds'
) ENGINE = ReplacingMergeTree(computed_ms)
PARTITION BY intDiv(window_end_ms, 604800000)
ORDER BY (measure, signal, group_id, window_end_ms);

CREATE VIEW IF NOT EXISTS v_milestone_reading AS SELECT * FROM milestone_reading FINAL;

-- What each of them is now, and what it is compared with; the rows of the last hour hold.
CREATE TABLE IF NOT EXISTS milestone_now (
    `measure` String COMMENT 'Name of the metric in the catalogue; with :slice where it is split',
    `signal` String COMMENT 'fast, slow (trailing), day, month (the last that is closed and final)',
    `group_id` String COMMENT 'The group; _all = all groups together',
    `against` String COMMENT 'What it is compared with: 7d_mean, 4w_mean, 4_before, before, earlier, plan',
    `numerator` Float64 COMMENT 'What counts',
    `denominator` Float64 COMMENT 'What it is a share of; 1 for a count',
    `baseline` Nullable(Float64) COMMENT 'What numerator / denominator is compared with; NULL = nothing yet',
    `windows` UInt16 COMMENT 'How many earlier windows the baseline rests on',
    `window_end_ms` Int64 COMMENT 'Epoch milliseconds of the end of the window',
    `t_ms` Int64 COMMENT 'Epoch milliseconds of the closed hour at which all of them were read',
    `computed_ms` Int64 COMMENT 'Epoch milliseconds (wall time)'
) ENGINE = ReplacingMergeTree(computed_ms)
ORDER BY (measure, signal, group_id, against);

CREATE VIEW IF NOT EXISTS v_milestone_now AS
SELECT *
FROM milestone_now FINAL
WHERE t_ms = (SELECT max(t_ms) FROM milestone_now);
