-- What a worker begins with after it got a partition, so that its successor can tell what ended it.

-- One row per partition and step, written before the records are worked on, until the broker has
-- a commit beyond the first of them. The last step of a run is what was under way when it ended,
-- of whatever cause; one whose last offset lies before its first says that nothing was.
CREATE TABLE IF NOT EXISTS batch_attempt (
    `epoch` UInt16 COMMENT 'Incarnation of the topic',
    `topic` String COMMENT 'Kafka topic',
    `partition` UInt16 COMMENT 'Partition of the topic',
    `run` String COMMENT 'Id of the run: one worker from one assignment to the next',
    `step` UInt32 COMMENT 'Number of the step in its run, over all partitions',
    `first` UInt64 COMMENT 'First offset tried',
    `last` UInt64 COMMENT 'Last offset tried',
    `alone` UInt8 COMMENT 'Whether nothing else was under way',
    `begun_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when it was begun'
) ENGINE = ReplacingMergeTree(begun_ms)
ORDER BY (epoch, topic, partition, run, step);
