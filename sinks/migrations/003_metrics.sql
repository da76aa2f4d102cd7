-- What the rollup writes: metric values for every reader, baselines for the alerts.

-- The one long table that KPI cards, comparisons, reports and boards read. Writing a window
-- again replaces it. Exact money is in the facts; here it is a Float64, exact to the cent below
-- 10^13.
CREATE TABLE IF NOT EXISTS metric_value (
    `metric` String COMMENT 'Name of the metric in the catalogue',
    `grain` String COMMENT 'Grain code: G group, T type, C channel, K campaign, S staff, O overall',
    `scope_id` String COMMENT 'Which group, channel, ... of the grain; empty = overall',
    `window` String COMMENT 'Window code: 1h, 24h (trailing), D day, W ISO week, M month, Q quarter, Y year',
    `window_start` DateTime('UTC') COMMENT 'Start of the window; days and longer are cut in the reporting zone',
    `window_end_ms` Int64 COMMENT 'Epoch milliseconds of its end, exclusive',
    `numerator` Float64 COMMENT 'Numerator of a ratio; else the value itself',
    `denominator` Float64 COMMENT 'Denominator of a ratio: its n; 1 for a count or sum',
    `value` Nullable(Float64) COMMENT 'The value, a ratio 0-1; NULL = no data, never 0',
    `note` String COMMENT 'Empty, or why the value is NULL or not final: new, immature, no_source',
    `computed_ms` Int64 COMMENT 'Epoch milliseconds (clock of the rollup); the last holds'
) ENGINE = ReplacingMergeTree(computed_ms)
PARTITION BY toYYYYMM(window_start)
ORDER BY (metric, grain, window, scope_id, window_start);

-- What a live signal is compared with: the same weekday and clock time of other weeks. No row,
-- no comparison.
CREATE TABLE IF NOT EXISTS signal_baseline (
    `metric` String COMMENT 'Stem of the milestone: in_group, daily_active, conversion',
    `signal` String COMMENT 'fast = the last closed hour, slow = the trailing 24 h',
    `against` String COMMENT 'What it is compared with: 4w, 24h, 7d',
    `group_id` String COMMENT 'The group',
    `window_end_ms` Int64 COMMENT 'Epoch milliseconds of the end of the window compared',
    `ratio` Float64 COMMENT 'The baseline, a ratio 0-1',
    `weeks` UInt8 COMMENT 'Windows it was taken from',
    `computed_ms` Int64 COMMENT 'Epoch milliseconds (clock of the rollup); the last holds'
) ENGINE = ReplacingMergeTree(computed_ms)
PARTITION BY intDiv(window_end_ms, 86400000)
ORDER BY (metric, signal, against, group_id, window_end_ms);
