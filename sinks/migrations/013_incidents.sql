-- requires: 24.8
-- Milestone alerts as incidents: what fell, when, and why. One row per incident once merged, the
-- newest version holds: repeats, resolved messages and restarts write the same row again.

CREATE TABLE IF NOT EXISTS milestone_incident (
    `incident_id` String COMMENT 'The incident: made of the alert and when it began to fire',
    `alert` String COMMENT 'Name of the alert',
    `metric` String COMMENT 'Id of the metric in the catalogue, such as C06; empty = none of ours',
    `metric_name` String COMMENT 'Name of the metric, as in metric_value',
    `group_id` String COMMENT 'The group whose rate got worse',
    `signal` String COMMENT 'fast = the last closed hour, slow = the trailing 24 h, or as the alert says',
    `against` String COMMENT 'What the rate was compared with: 4w, 24h, 7d, or as the alert says',
    `severity` String COMMENT 'Severity of the alert: critical, warning, info',
    `started_ms` Int64 COMMENT 'Epoch milliseconds of event time when the alert began to fire',
    `resolved_ms` Int64 COMMENT 'Epoch milliseconds of event time when it ended; 0 = it fires',
    `numerator` Nullable(Float64) COMMENT 'Numerator of the rate; NULL = not known',
    `denominator` Nullable(Float64) COMMENT 'Denominator of the rate, its n; NULL = not known',
    `value` Nullable(Float64) COMMENT 'The rate, 0-1; NULL = not known',
    `baseline` Nullable(Float64) COMMENT 'What it was compared with, 0-1; NULL = not known',
    `change` Nullable(Float64) COMMENT 'Value against baseline as change_kind says, below 0 = fell; NULL = not known',
    `change_kind` String COMMENT 'relative = share of the baseline, points = difference; empty = not known',
    `moment_ms` Int64 COMMENT 'Epoch milliseconds of event time for which causes were looked for; 0 = they were not',
    `cause_by` Array(String) COMMENT 'Causes, largest first: what the change was split by (channel, tenure, step, ...)',
    `cause_part` Array(String) COMMENT 'Causes: which part of that split',
    `cause_points` Array(Float64) COMMENT 'Causes: what the part added to the change of the rate, 0.01 = one point',
    `cause_share` Array(Float64) COMMENT 'Causes: the same as a share of the whole change',
    `cause_effect` Array(String) COMMENT 'Causes: rate = the part changed, mix = its weight did, step = a step on the way',
    `affected_group_id` Array(String) COMMENT 'Other groups that got worse by the same rule, largest first',
    `affected_points` Array(Float64) COMMENT 'How much the rate of each of them changed, 0.01 = one point',
    `runbook_url` String COMMENT 'Section of the runbook that the alert names; empty = none',
    `note` String COMMENT 'Why there are no causes, or what to know of them; empty = nothing',
    `version` UInt64 COMMENT 'The last holds: epoch milliseconds (wall time) of the row, and 2^48 more once it is over'
) ENGINE = ReplacingMergeTree(version)
ORDER BY incident_id;

-- Each incident once, with whether it fires, and the name of its group.
CREATE VIEW IF NOT EXISTS v_milestone_incident AS
SELECT
    i.*,
    if(i.resolved_ms = 0, 'firing', 'resolved') AS status,
    if(g.name = '', i.group_id, g.name) AS group_name
FROM (SELECT * EXCEPT version FROM milestone_incident FINAL) AS i
LEFT JOIN (SELECT group_id, name FROM v_dim_group) AS g ON g.group_id = i.group_id;

-- Each cause of each incident; place 1 is the largest.
CREATE VIEW IF NOT EXISTS v_milestone_incident_cause AS
SELECT
    incident_id, metric, metric_name, group_id, started_ms, place,
    cause_by AS `by`, cause_part AS part, cause_points AS points, cause_share AS share,
    cause_effect AS effect
FROM (SELECT * EXCEPT version FROM milestone_incident FINAL)
ARRAY JOIN
    cause_by, cause_part, cause_points, cause_share, cause_effect, arrayEnumerate(cause_by) AS place;
