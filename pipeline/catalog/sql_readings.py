"""What rollup and worker ask about stored milestones. Dialect: ClickHouse 24.8 and later."""

from __future__ import annotations

from pipeline.catalog.catalogue import STORED_MILESTONES
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

_BY_CAMPAIGN = ", ".join(f"'{one.name}'" for one in STORED_MILESTONES if one.of_campaigns)

CLOSED = f"""
SELECT
    multiIf(
        grain = 'K', concat(metric, ':', scope_id),
        slice != '', concat(metric, ':', slice),
        metric
    ) AS measure,
    `window`, if(grain = 'G', scope_id, '{EVERY_GROUP}') AS group_id,
    window_end_ms, numerator, denominator
FROM v_metric_value
WHERE metric IN (%(metrics)s) AND `window` = %(window)s
    AND (grain IN ('G', 'O') OR grain = 'K' AND metric IN ({_BY_CAMPAIGN}))
    AND window_start >= toDateTime(intDiv(%(since_ms)s, 1000), 'UTC')
    AND window_end_ms <= %(until_ms)s AND note = '' AND denominator > 0
"""
"""Rows: final values of one calendar window since then, as readings without their signal.

A milestone of campaigns has a measure for each, of all groups together.
"""

PLANS = f"""
WITH agreed AS (
    SELECT metric, grain, scope_id, argMax(toFloat64(target), version) AS target
    FROM v_kpi_target
    WHERE metric IN (%(metrics)s) AND status = 'agreed'
        AND start_ms < %(t_ms)s AND end_ms >= %(t_ms)s
    GROUP BY metric, grain, scope_id
)
SELECT metric AS measure, if(grain = 'O', '{EVERY_GROUP}', scope_id) AS group_id,
    toInt64(0) AS since_ms, target
FROM agreed
WHERE grain IN ('G', 'O')
UNION ALL
SELECT concat(metric, ':', scope_id), '{EVERY_GROUP}', toInt64(planned_ms),
    target * progress
FROM agreed
INNER JOIN (
    SELECT campaign_id AS scope_id, planned_ms, max(toFloat64(forecast_progress)) AS progress
    FROM v_ops_calendar
    WHERE kind = 'node' AND campaign_id != '' AND planned_ms > 0 AND forecast_progress > 0
    GROUP BY campaign_id, planned_ms
) AS nodes USING (scope_id)
WHERE grain = 'K'
"""
"""Rows: measure, group_id, since_ms, target: what is agreed for the period that holds `t_ms`.

Of a campaign the part of it that is forecast for each of its key nodes, from that node on.
"""

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
