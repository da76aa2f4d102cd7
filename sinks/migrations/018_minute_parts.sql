-- Minute windows as they hold, one row for each topic, partition and epoch that tells of the minute:
-- to add up over a span, where no minute has to stand by itself.
CREATE VIEW IF NOT EXISTS v_group_minute_part AS SELECT * FROM group_minute FINAL;
