-- title: Time from joining to the first order
-- answers: How long members take to buy for the first time, by the channel that brought them
--     (F19 conversion_cycle_days, F20 conversion_source_share): over the persons whose first
--     paid order is in the range. Who never buys is not in it; a buyer who never joined is
--     counted in `outside`.
--
-- param since: date = 90d; first day of the first order
-- param until: date = 0d; day after the last one
-- param zone: zone = PULSE_ZONE; reporting zone, which cuts days, weeks and months
-- param group: text = ; one group; empty = all
--
-- example: since=2026-10-05 until=2026-11-16
--
-- column channel: channel of the first join; unknown = none was told; outside = never joined
--     before buying
-- column converted: persons with their first paid order in the range
-- column share: converted / all of them
-- column median_days: median of the days from the first join to that order; empty for outside
-- column mean_days: mean
-- column p90_days: nine in ten took no longer
WITH
    buyers AS (
        SELECT user_id, min(event_ms) AS order_ms
        FROM v_member_order
        WHERE event_date <= %(until)s
            AND (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
        HAVING toDate(fromUnixTimestamp64Milli(order_ms, %(zone)s)) >= %(since)s
            AND toDate(fromUnixTimestamp64Milli(order_ms, %(zone)s)) < %(until)s
    ),
    firsts AS (
        SELECT
            user_id,
            min(opened_ms) AS joined_ms,
            argMin(if(channel_id = '', 'unknown', channel_id), opened_ms) AS came_by
        FROM v_member_interval
        WHERE (%(group)s = '' OR group_id = %(group)s)
        GROUP BY user_id
    ),
    ways AS (
        SELECT
            user_id,
            if(joined_ms > 0 AND joined_ms < order_ms, came_by, 'outside') AS channel,
            (order_ms - joined_ms) / 86400000 AS took_days
        FROM buyers
        LEFT JOIN firsts USING (user_id)
    )
SELECT
    channel,
    count() AS converted,
    round(converted / sum(converted) OVER (), 4) AS share,
    if(channel = 'outside', NULL, round(quantileExactInclusive(0.5)(took_days), 1)) AS median_days,
    if(channel = 'outside', NULL, round(avg(took_days), 1)) AS mean_days,
    if(channel = 'outside', NULL, round(quantileExactInclusive(0.9)(took_days), 1)) AS p90_days
FROM ways
GROUP BY channel
ORDER BY converted DESC, channel
