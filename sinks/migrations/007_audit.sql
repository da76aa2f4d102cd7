-- What the audits found: the newest row of a check is how it stands.

CREATE TABLE IF NOT EXISTS audit_result (
    `check` String COMMENT 'What was held against what: holes, committed, ids, windows, conflicts, live',
    `finished_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when the audit was done',
    `since_ms` Int64 COMMENT 'Start of the span that was audited, by append time in epoch milliseconds',
    `until_ms` Int64 COMMENT 'Its end, exclusive; 2^62 = no end',
    `unit` String COMMENT 'What was counted: offsets, partitions, records, facts, ids, values',
    `looked_at` UInt64 COMMENT 'So many were looked at',
    `mismatches` UInt64 COMMENT 'So many were not as they should be',
    `note` String COMMENT 'What could not be looked at; empty = nothing',
    `seconds` Float64 COMMENT 'How long the whole audit took',
    `rows` String COMMENT 'JSON list of the first mismatches: where each lies, what is wrong'
) ENGINE = ReplacingMergeTree
ORDER BY (check, finished_ms);

CREATE VIEW IF NOT EXISTS v_audit AS SELECT * FROM audit_result FINAL;
