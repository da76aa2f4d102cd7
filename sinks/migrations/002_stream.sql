-- What the workers write beside the facts: windows, read offsets, dead letters.

-- One row is one minute of one group as one partition of one topic tells it, absolute, up to a
-- prefix of that partition's log. The row with the greatest version holds; v_group_minute adds
-- the topics, partitions and epochs up.
CREATE TABLE IF NOT EXISTS group_minute (
    `event_date` Date COMMENT 'Day of the minute in UTC',
    `group_id` String COMMENT 'The group; empty = outside any group',
    `minute` DateTime('UTC') COMMENT 'Start of the minute; holds events of [minute, minute + 60 s)',
    `epoch` UInt16 COMMENT 'Incarnation of the topic; rises when it is recreated',
    `topic` String COMMENT 'Kafka topic the row was counted from',
    `partition` UInt16 COMMENT 'Partition the row was counted from',
    `join_events` UInt64 COMMENT 'Joins, raw: neither netted nor distinct (topic community.join)',
    `leave_events` UInt64 COMMENT 'Leaves, raw (topic community.leave)',
    `messages` UInt64 COMMENT 'C01 message_count: chats but those of bots and system',
    `member_messages` UInt64 COMMENT 'Chats with actor_role = member',
    `chatters` UInt64 COMMENT 'Distinct persons with actor_role = member who chatted',
    `orders_created` UInt64 COMMENT 'Orders with status = created',
    `paid_orders` UInt64 COMMENT 'Orders with status = paid',
    `payers` UInt64 COMMENT 'Distinct persons of the paid orders',
    `gmv` Decimal(18, 2) COMMENT 'amount_paid of the paid orders, gross, reporting currency',
    `refunds` UInt64 COMMENT 'Refunds (topic community.refund)',
    `refund_amount` Decimal(18, 2) COMMENT 'Sum of the refunds, reporting currency',
    `version` UInt64 COMMENT 'Last applied offset + 1; the greatest holds'
) ENGINE = ReplacingMergeTree(version)
PARTITION BY toYYYYMM(event_date)
ORDER BY (event_date, group_id, minute, epoch, topic, partition);

-- One row per stored batch of one partition, written after its facts: the union of the ranges
-- has no gap, and what lies below its end is in the facts or the dead letters.
CREATE TABLE IF NOT EXISTS offsets (
    `epoch` UInt16 COMMENT 'Incarnation of the topic',
    `topic` String COMMENT 'Kafka topic',
    `partition` UInt16 COMMENT 'Partition of the topic',
    `first` UInt64 COMMENT 'First offset of the batch',
    `last` UInt64 COMMENT 'Last offset of the batch',
    `n` UInt64 COMMENT 'Records of the batch',
    `stored_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when the batch was stored'
) ENGINE = ReplacingMergeTree(stored_ms)
ORDER BY (epoch, topic, partition, first, last);

-- Records that are no event we accept, each once, with the reason. A stored row is a verdict:
-- every replay honours it. A line that an importer refused has topic import:<file>, the line
-- number as offset, epoch 0.
CREATE TABLE IF NOT EXISTS dead_letter (
    `epoch` UInt16 COMMENT 'Incarnation of the topic; 0 = an importer',
    `topic` String COMMENT 'Kafka topic, or import:<file> for a line an importer refused',
    `partition` UInt16 COMMENT 'Partition of the topic; 0 for an importer',
    `offset` UInt64 COMMENT 'Offset of the record, or number of the line',
    `reason` String COMMENT 'Why, of the closed list in schemas/rejection.py',
    `detail` String COMMENT 'What exactly; no person and no payload',
    `event_type` String COMMENT 'The type it said it was; empty = unknown',
    `source` String COMMENT 'The source it said it came from; empty = unknown',
    `payload` String COMMENT 'Base64 of its first 64 KiB, as bytes need not be text',
    `payload_bytes` UInt64 COMMENT 'Size of the whole record before the cut',
    `ingest_ms` Int64 COMMENT 'Epoch milliseconds when Kafka appended it',
    `ingest_date` Date COMMENT 'Day of ingest_ms in UTC'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(ingest_date)
ORDER BY (topic, partition, epoch, offset);

-- Facts about the store itself, such as the id of the key that its persons are hidden behind.
CREATE TABLE IF NOT EXISTS meta (
    `key` String COMMENT 'What is told',
    `value` String COMMENT 'The value; the one set last holds',
    `set_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when it was set'
) ENGINE = ReplacingMergeTree(set_ms)
ORDER BY key;
