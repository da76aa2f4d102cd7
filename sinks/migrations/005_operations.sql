-- What operators and boards need beside the numbers: the clock, and which dead letters were sent on.

-- The program's clock, as its processes share it: from wall_from_ms on, event time starts at
-- start_ms and runs at rate. Production has no row: event time is wall time.
CREATE TABLE IF NOT EXISTS clock_segment (
    `wall_from_ms` Int64 COMMENT 'Epoch milliseconds of wall time from which the segment holds',
    `start_ms` Int64 COMMENT 'Epoch milliseconds of event time at that moment',
    `rate` Float64 COMMENT 'Event seconds in a wall second: 1, and in the demo 0 or 288'
) ENGINE = ReplacingMergeTree
ORDER BY wall_from_ms;

-- One row per dead letter that was sent again, at its new place. A letter without a row is open.
CREATE TABLE IF NOT EXISTS dead_letter_replay (
    `epoch` UInt16 COMMENT 'The dead letter: incarnation of its topic; 0 = an importer',
    `topic` String COMMENT 'The dead letter: its topic',
    `partition` UInt16 COMMENT 'The dead letter: its partition',
    `offset` UInt64 COMMENT 'The dead letter: its offset, or number of the line',
    `replayed_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when it was sent again',
    `to_topic` String COMMENT 'Topic it was sent to'
) ENGINE = ReplacingMergeTree(replayed_ms)
ORDER BY (topic, partition, epoch, offset);

-- Baselines as they stand, for readers that have rights on views alone.
CREATE VIEW IF NOT EXISTS v_signal_baseline AS SELECT * FROM signal_baseline FINAL;

-- What time it is for the data: the one place where SQL asks for the time. Boards take their
-- trailing windows from here, so that they also hold on the demo's clock.
CREATE VIEW IF NOT EXISTS v_now AS
SELECT
    toInt64(began_ms + (wall_ms - turned_ms) * speed) AS now_ms,
    toDateTime(intDiv(toInt64(began_ms + (wall_ms - turned_ms) * speed), 1000), 'UTC') AS now,
    speed AS rate
FROM (
    SELECT
        toInt64(toUInt32(now())) * 1000 AS wall_ms,
        max(wall_from_ms) AS turned_ms,
        argMax(start_ms, wall_from_ms) AS began_ms,
        if(count() = 0, 1., argMax(rate, wall_from_ms)) AS speed
    FROM clock_segment
);
