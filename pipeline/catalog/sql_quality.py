"""Oddities of membership, counted exactly over the facts (`pipeline.core.quality` says what).

A person's moves in a group are one sorted array, their chats and orders others: 100,000 short
arrays take a third of the time of windows over all rows. What `sql_signals.memberships` says of
moves is said here of arrays. Dialect: ClickHouse 24.8 and later. Parameters: from_ms and until_ms
(of the events counted, half-open), grace_ms.
"""

from __future__ import annotations

from pipeline.catalog.relation import before, within
from pipeline.core.intervals import FOREVER
from pipeline.core.quality import Anomaly


def quality() -> str:
    """Rows: group_id, kind, n. A kind without a case has no row."""
    counted = within(since="%(from_ms)s", until="%(until_ms)s")
    person = "actor_role = 'member' AND group_id != ''"
    known = f"{before('%(until_ms)s + %(grace_ms)s')} AND {person}"
    span = f"{counted} AND {person}"
    return f"""
WITH
events AS (
    SELECT group_id, user_id, 0 AS kind, event_ms AS ms, source_seq AS seq, 0 AS leave,
        join_method = 'import' AS roster
    FROM fact_join FINAL
    WHERE {known}
    UNION ALL
    SELECT group_id, user_id, 0, event_ms, source_seq, 1, 0
    FROM fact_leave FINAL
    WHERE {known}
    UNION ALL
    SELECT group_id, user_id, 1, event_ms, 0, 0, 0
    FROM fact_chat FINAL
    WHERE {span} AND msg_type != 'system'
    UNION ALL
    SELECT group_id, user_id, 2, event_ms, 0, 0, 0
    FROM fact_order FINAL
    WHERE {span} AND status = 'paid'
),
persons AS (
    SELECT group_id,
        arraySort(groupArrayIf((ms, seq, leave, roster), kind = 0)) AS moves,
        arrayPopBack(arrayPushFront(arrayMap(move -> move.3, moves), 1)) AS was_absent,
        groupArrayIf(ms, kind = 1) AS chats,
        groupArrayIf(ms, kind = 2) AS orders
    FROM events
    GROUP BY group_id, user_id
),
-- Of a person's moves those that change something; then, without a leave and the re-join within
-- the grace, those that count.
turned AS (
    SELECT *,
        arrayFilter((move, absent) -> move.3 != absent, moves, was_absent) AS turns,
        arrayMap(move -> move.1, turns) AS at,
        arrayPopBack(arrayPushFront(at, {-FOREVER})) AS previous,
        arrayPopFront(arrayPushBack(at, {FOREVER})) AS next,
        arrayMap(move -> 4 * move.1 + 2 * move.3, arrayFilter(
            (move, earlier, later) ->
                if(move.3, later - move.1, move.1 - earlier) > %(grace_ms)s,
            turns, previous, next
        )) AS changes
    FROM persons
),
told AS (
    SELECT group_id, [
            ('{Anomaly.CHAT_WITHOUT_MEMBERSHIP}', sum({_outside("chats")})),
            ('{Anomaly.ORDER_WITHOUT_MEMBERSHIP}', sum({_outside("orders")})),
            ('{Anomaly.LEAVE_ABSENT}', sum({_repeated(leave=1)})),
            ('{Anomaly.JOIN_PRESENT}', sum({_repeated(leave=0)}))
        ] AS counts
    FROM turned
    GROUP BY group_id
)
SELECT group_id, counted.1 AS kind, toInt64(counted.2) AS n
FROM (SELECT group_id, arrayJoin(counts) AS counted FROM told)
WHERE n > 0
ORDER BY group_id, kind
"""


def _outside(times: str) -> str:
    """How many of `times` lie in no membership.

    Marks are sorted by ms, at one ms openings (0) first and closings (2) last: both ends of a
    membership are within it.
    """
    marks = f"arraySort(arrayConcat(changes, arrayMap(ms -> 4 * ms + 1, {times})))"
    return f"""if(empty({times}), 0, arrayCount(
                (mark, present) -> bitAnd(mark, 3) = 1 AND present = 0,
                {marks} AS marks_of_{times},
                arrayCumSum(mark -> 1 - bitAnd(mark, 3), marks_of_{times})
            ))"""


def _repeated(*, leave: int) -> str:
    """How many moves of the span found the person so already."""
    return f"""arrayCount(
                (move, absent) -> move.3 = {leave} AND absent = {leave}
                    AND move.1 >= %(from_ms)s AND move.1 < %(until_ms)s,
                moves, was_absent
            )"""
