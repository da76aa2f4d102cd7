-- title: Data quality by source and day
-- answers: What each source sent on each day, how late it came, and what it lacks: chats, joins,
--     leaves and orders; and the records that were refused (J12 pipeline_health). Days with the
--     same source should look alike; a gap is a day without a row.
--
-- param since: date = 28d; first day
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
--
-- example: since=2026-10-05 until=2026-10-10
--
-- column day: day in the reporting zone; of refused records, the day of their arrival
-- column source: name of the source
-- column events: events that count
-- column groups: groups they happened in
-- column p50_delay_seconds: half came so soon after they happened; empty = none counts
-- column p99_delay_seconds: nearly all did
-- column refused: records that were refused
-- column refused_share: refused / (events + refused)
WITH arrivals AS (
    SELECT event_time, source, group_id, ingest_ms - event_ms AS delay_ms, 0 AS bad
    FROM v_chat
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
    UNION ALL
    SELECT event_time, source, group_id, ingest_ms - event_ms, 0
    FROM v_join
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
    UNION ALL
    SELECT event_time, source, group_id, ingest_ms - event_ms, 0
    FROM v_leave
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
    UNION ALL
    SELECT event_time, source, group_id, ingest_ms - event_ms, 0
    FROM v_order
    WHERE event_date BETWEEN %(since)s - 1 AND %(until)s
    UNION ALL
    SELECT toDateTime(intDiv(ingest_ms, 1000), 'UTC'), source, '', 0, 1
    FROM v_dead_letter
    WHERE ingest_ms BETWEEN toUnixTimestamp(toDateTime(%(since)s, %(zone)s)) * 1000
        AND toUnixTimestamp(toDateTime(%(until)s, %(zone)s)) * 1000 - 1
)
SELECT
    toDate(event_time, %(zone)s) AS day,
    source,
    countIf(bad = 0) AS events,
    uniqExactIf(group_id, bad = 0 AND group_id != '') AS groups,
    if(events = 0, NULL, round(quantileExactInclusiveIf(0.5)(delay_ms, bad = 0) / 1000, 1))
        AS p50_delay_seconds,
    if(events = 0, NULL, round(quantileExactInclusiveIf(0.99)(delay_ms, bad = 0) / 1000, 1))
        AS p99_delay_seconds,
    countIf(bad = 1) AS refused,
    round(refused / (events + refused), 4) AS refused_share
FROM arrivals
WHERE day >= %(since)s AND day < %(until)s
GROUP BY day, source
ORDER BY day, source
