"""Oddities of membership, counted exactly over the facts (`pipeline.core.quality` says what).

What a person does in a group are two sorted arrays of marks, numbers that say when and what:
100,000 short arrays take a third of the time of windows over all rows. What
`sql_signals.memberships` says of moves is said here of arrays. A person in a group is known by a
hash of 64 bits, half the cost of two strings: among ten million any two are alike in one of 370,000
such stores. Dialect: ClickHouse 24.8 and later. Parameters: from_ms and until_ms (of the events
counted, half-open), grace_ms.
"""

from __future__ import annotations

from pipeline.catalog.relation import before, within
from pipeline.core.intervals import FOREVER
from pipeline.core.quality import Anomaly

_JOIN, _CHAT, _ORDER, _LEAVE = 0, 1, 2, 4
"""A mark is 8 * ms and one of these: so both ends of a membership are within it."""
_PERSON = "group_id, cityHash64(group_id, user_id) AS person"


def quality() -> str:
    """Rows: group_id, kind, n. A kind without a case has no row."""
    counted = within(since="%(from_ms)s", until="%(until_ms)s")
    members = "actor_role = 'member' AND group_id != ''"
    known = f"{before('%(until_ms)s + %(grace_ms)s')} AND {members}"
    span = f"{counted} AND {members}"
    return f"""
WITH
moved AS (
    SELECT person, any(group_id) AS group_id,
        arrayMap(place -> 8 * toInt64(bitShiftRight(place, 67)) + toInt64(bitAnd(place, 7)),
            arraySort(groupArray(place))) AS moves
    FROM (
        SELECT {_PERSON}, {_place(_JOIN)} AS place
        FROM fact_join FINAL
        WHERE {known}
        UNION ALL
        SELECT {_PERSON}, {_place(_LEAVE)}
        FROM fact_leave FINAL
        WHERE {known}
    )
    GROUP BY person
),
did AS (
    SELECT person, any(group_id) AS group_id, groupArray(mark) AS deeds
    FROM (
        SELECT {_PERSON}, 8 * event_ms + {_CHAT} AS mark
        FROM fact_chat FINAL
        WHERE {span} AND msg_type != 'system'
        UNION ALL
        SELECT {_PERSON}, 8 * event_ms + {_ORDER}
        FROM fact_order FINAL
        WHERE {span} AND status = 'paid'
    )
    GROUP BY person
),
-- Of a person's moves those that change something; then, without a leave and the re-join within
-- the grace, those that count.
turned AS (
    SELECT if(did.group_id != '', did.group_id, moved.group_id) AS group_id, deeds, moves,
        arrayPopBack(arrayPushFront(arrayMap(mark -> bitAnd(mark, 7), moves), {_LEAVE})) AS found,
        arrayFilter((mark, was) -> bitAnd(mark, 7) != was, moves, found) AS turns,
        arrayPopBack(arrayPushFront(turns, {-FOREVER})) AS previous,
        arrayPopFront(arrayPushBack(turns, {FOREVER})) AS next,
        arrayFilter(
            (mark, earlier, later) -> if(bitAnd(mark, 7) = {_LEAVE}, later - mark, mark - earlier)
                > 8 * %(grace_ms)s,
            turns, previous, next
        ) AS changes
    FROM did
    FULL JOIN moved USING (person)
),
marked AS (
    SELECT group_id, moves, found,
        arraySort(arrayConcat(changes, deeds)) AS marks,
        arrayCumSum(
            mark -> (bitAnd(mark, 7) = {_JOIN}) - (bitAnd(mark, 7) = {_LEAVE}), marks
        ) AS present,
        arrayFilter((mark, inside) -> inside = 0, marks, present) AS outside
    FROM turned
),
told AS (
    SELECT group_id, [
            ('{Anomaly.CHAT_WITHOUT_MEMBERSHIP}', sum({_outside(_CHAT)})),
            ('{Anomaly.ORDER_WITHOUT_MEMBERSHIP}', sum({_outside(_ORDER)})),
            ('{Anomaly.LEAVE_ABSENT}', sum({_repeated(_LEAVE)})),
            ('{Anomaly.JOIN_PRESENT}', sum({_repeated(_JOIN)}))
        ] AS counts
    FROM marked
    GROUP BY group_id
)
SELECT group_id, counted.1 AS kind, toInt64(counted.2) AS n
FROM (SELECT group_id, arrayJoin(counts) AS counted FROM told)
WHERE n > 0
ORDER BY group_id, kind
"""


def _place(move: int) -> str:
    """What moves are sorted by: ms, the source's own order, the move. A number takes half as long
    as a tuple.
    """
    return (
        f"bitShiftLeft(toUInt128(event_ms), 67) + bitShiftLeft(toUInt128(source_seq), 3) + {move}"
    )


def _outside(deed: int) -> str:
    """How many chats or orders lie in no membership."""
    return f"arrayCount(mark -> bitAnd(mark, 7) = {deed}, outside)"


def _repeated(move: int) -> str:
    """How many moves of the span found the person so already."""
    return f"""arrayCount(
                (mark, was) -> bitAnd(mark, 7) = {move} AND was = {move}
                    AND mark >= 8 * %(from_ms)s AND mark < 8 * %(until_ms)s,
                moves, found
            )"""
