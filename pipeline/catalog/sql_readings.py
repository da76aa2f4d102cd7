"""What rollup and worker ask about stored milestones. Dialect: ClickHouse 24.8 and later."""

from __future__ import annotations

from pipeline.catalog.series import EVERY_GROUP

READ_AT = """
SELECT DISTINCT window_end_ms FROM milestone_reading
WHERE window_end_ms IN (%(ends)s)
"""
"""Rows: window_end_ms of those of `ends` that were read."""

READINGS = """
SELECT measure, signal, group_id, window_end_ms, numerator, denominator
FROM v_milestone_reading
WHERE window_end_ms IN (%(ends)s)
"""
"""Rows: the readings at `ends`."""

CLOSED = f"""
SELECT if(slice = '', metric, concat(metric, ':', slice)) AS measure, `window`,
    if(grain = 'O', '{EVERY_GROUP}', scope_id) AS group_id, window_end_ms, numerator, denominator
FROM v_metric_value
WHERE metric IN (%(metrics)s) AND grain IN ('G', 'O') AND `window` = %(window)s
    AND window_start >= toDateTime(intDiv(%(since_ms)s, 1000), 'UTC')
    AND window_end_ms <= %(until_ms)s AND note = '' AND denominator > 0
"""
"""Rows: final values of one calendar window since then, as readings without their signal."""

PLANS = f"""
SELECT metric AS measure, if(grain = 'O', '{EVERY_GROUP}', scope_id) AS group_id,
    argMax(toFloat64(target), version) AS target
FROM v_kpi_target
WHERE metric IN (%(metrics)s) AND grain IN ('G', 'O') AND status = 'agreed'
    AND start_ms < %(t_ms)s AND end_ms >= %(t_ms)s
GROUP BY measure, group_id
"""
"""Rows: measure, group_id, target: what is agreed for the period that holds `t_ms`."""

OLD_WEEKS = """
SELECT DISTINCT intDiv(window_end_ms, 604800000) AS week
FROM milestone_reading
WHERE window_end_ms < %(before_ms)s
"""
DROP_WEEK = "ALTER TABLE milestone_reading DROP PARTITION {week}"
"""Forget the readings of one week."""

NOW = """
SELECT measure, signal, group_id, against, numerator, denominator, baseline, windows,
    t_ms, computed_ms
FROM v_milestone_now
"""
"""Rows: every stored milestone as it was read last."""

TYPES = "SELECT group_id, community_type FROM v_dim_group"
"""Rows: group_id, community_type."""

INDICATORS = """
SELECT metric AS measure, scope_id AS group_id, value
FROM v_metric_live
WHERE grain = 'G' AND `window` = '24h' AND slice = '' AND value IS NOT NULL
    AND metric IN (%(live)s)
UNION ALL
SELECT metric AS measure, scope_id AS group_id,
    argMax(assumeNotNull(v.value), window_end_ms) AS value
FROM v_metric_value AS v
WHERE grain = 'G' AND `window` = 'D' AND slice = '' AND v.value IS NOT NULL AND note = ''
    AND metric IN (%(daily)s)
    AND window_start >= toDateTime(intDiv(%(since_ms)s, 1000), 'UTC')
GROUP BY metric, scope_id
"""
"""Rows: measure, group_id, value: trailing 24 hours of `live`, the last final day of `daily`."""
