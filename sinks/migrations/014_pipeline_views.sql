-- requires: 24.8
-- How far the rollup is, for readers that have rights on views alone: boards show it.

CREATE VIEW IF NOT EXISTS v_rollup_window AS SELECT * FROM rollup_window FINAL;

CREATE VIEW IF NOT EXISTS v_staged_build AS SELECT * FROM staged_build FINAL;
