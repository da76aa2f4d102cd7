-- title: Milestones against their baselines
-- answers: How the three milestone rates of each group stand over the trailing 24 hours at the
--     end of each day, beside the baselines that the alerts compare them with (A11
--     in_group_rate, C06 daily_active_rate, F11 conversion_rate). Only days for which the rollup
--     has values.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column day: the day that has ended, in UTC
-- column group_id: the group
-- column metric: the milestone
-- column numerator: persons counted
-- column n: persons they are a share of
-- column rate: numerator / n; empty = no data
-- column baseline: the same weekday in other weeks (4w), or else the value before (24h); empty =
--     none
-- column change: rate / baseline - 1
WITH
    stood AS (
        SELECT metric, scope_id, window_end_ms, numerator, denominator, value
        FROM v_metric_value
        WHERE grain = 'G' AND `window` = '24h'
            AND window_start >= toDateTime(%(since)s, %(zone)s) - INTERVAL 1 DAY
            AND window_start < toDateTime(%(until)s, %(zone)s)
            AND modulo(window_end_ms, 86400000) = 0
            AND metric IN ('in_group_rate', 'daily_active_rate', 'conversion_rate')
    ),
    usual AS (
        SELECT
            metric AS stem,
            group_id AS in_group,
            window_end_ms AS end_ms,
            argMin(ratio, if(against = '4w', 0, if(against = '24h', 1, 2))) AS ratio
        FROM v_signal_baseline
        WHERE signal = 'slow'
        GROUP BY stem, in_group, end_ms
    )
SELECT
    toDate(intDiv(window_end_ms, 86400000) - 1) AS day,
    scope_id AS group_id,
    metric,
    numerator,
    denominator AS n,
    round(value, 4) AS rate,
    if(ratio = 0, NULL, round(ratio, 4)) AS baseline,
    round(value / nullIf(ratio, 0) - 1, 4) AS change
FROM stood
LEFT JOIN usual
    ON metric = concat(stem, '_rate') AND scope_id = in_group AND window_end_ms = end_ms
WHERE day >= %(since)s AND day < %(until)s
    AND (%(group)s = '' OR scope_id = %(group)s)
ORDER BY day, group_id, metric
