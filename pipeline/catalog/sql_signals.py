"""The signals in SQL, from facts alone: the definition that `pipeline.core.live` is a cache of.

One query evaluates a whole grid of t at the cost of one pass. Between two of a person's events
nothing changes but that windows run out, so each event of a person says until when, at most until
the next one, the person is in which count: an interval (a, b] of t. Intervals become +1 and -1 at
grid places, and a running sum gives every count at every t. Dialect: ClickHouse 24.8 and later.

Parameters of `signals`: from_ms, until_ms (first and last t of the grid, minute boundaries),
step_ms (between two t), grace_ms (how soon a re-join undoes a leave), and groups when asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pipeline.catalog.relation import before
from pipeline.core.intervals import FOREVER
from pipeline.core.signals import DAY_MS, HOUR_MS

_COUNTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "member_count": ("present", "next_ms"),
        "ever_joined": ("ever", "next_ms"),
        "active_24h": ("present", f"least(next_ms, chat_ms + {DAY_MS})"),
        "active_1h": ("present", f"least(next_ms, chat_ms + {HOUR_MS})"),
        "payers_24h": ("present", f"least(next_ms, order_ms + {DAY_MS})"),
        "payers_1h": ("present", f"least(next_ms, order_ms + {HOUR_MS})"),
        "funnel_joined": ("1", f"least(next_ms, opened_ms + {DAY_MS})"),
        "funnel_spoke": ("1", f"least(next_ms, spoke_opened_ms + {DAY_MS})"),
        "funnel_ordered": ("1", f"least(next_ms, ordered_opened_ms + {DAY_MS})"),
        "joins_24h": ("opened > 0", f"ms + {DAY_MS}"),
        "leaves_24h": ("turn = -1", f"ms + {DAY_MS}"),
        "messages_24h": ("message", f"ms + {DAY_MS}"),
    }
)
"""Count -> whether an event at ms, or the person from then on, is in it, and up to which t."""

COLUMNS: tuple[str, ...] = tuple(_COUNTS)
"""What `signals` returns for each group_id and t_ms."""


def memberships(groups: str, until: str) -> str:
    """CTEs `moves`, `placed` (what each found), `turns` (those that change something), and of
    these `changes` (what is left when a leave and the re-join within the grace are taken out).

    `groups`: a condition on group_id. `until`: an expression; moves before it are read.
    """
    person = "PARTITION BY group_id, user_id ORDER BY ms, seq, leave, roster"
    return f"""
moves AS (
    SELECT group_id, user_id, event_ms AS ms, source_seq AS seq, 0 AS leave,
        join_method = 'import' AS roster
    FROM fact_join FINAL
    WHERE {before(until)} AND actor_role = 'member' AND {groups}
    UNION ALL
    SELECT group_id, user_id, event_ms, source_seq, 1, 0
    FROM fact_leave FINAL
    WHERE {before(until)} AND actor_role = 'member' AND {groups}
),
placed AS (
    SELECT *, lagInFrame(leave, 1, 1) OVER ({person}) AS was_absent FROM moves
),
turns AS (SELECT * FROM placed WHERE leave != was_absent),
changes AS (
    SELECT * FROM (
        SELECT group_id, user_id, ms, leave, roster,
            ms - lagInFrame(ms, 1, {-FOREVER}) OVER ({person}) AS waited,
            leadInFrame(ms, 1, {FOREVER}) OVER (
                {person} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
            ) - ms AS waits
        FROM turns
    )
    WHERE if(leave, waits, waited) > %(grace_ms)s
)"""


def signals(*, some_groups: bool = False) -> str:
    """Every signal of every group at t = from_ms, from_ms + step_ms, ... up to until_ms.

    Rows: group_id, t_ms, then `COLUMNS`; one for each group with a fact in sight and each t.
    `some_groups`: only those in the parameter `groups`.
    """
    groups = "group_id IN %(groups)s" if some_groups else "group_id != ''"
    recently = (
        f"event_date >= toDate(fromUnixTimestamp64Milli(%(from_ms)s - {DAY_MS}, 'UTC'))"
        f" AND event_ms >= %(from_ms)s - {DAY_MS} AND {before('%(until_ms)s')}"
    )
    upto = "(PARTITION BY group_id, user_id ORDER BY ms, tie ROWS UNBOUNDED PRECEDING)"
    whole = (
        "(PARTITION BY group_id, user_id ORDER BY ms, tie"
        " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)"
    )
    parts = ",\n            ".join(
        f"({number}, ms, if({condition}, {until}, ms))"
        for number, (condition, until) in enumerate(_COUNTS.values())
    )
    sums = ",\n        ".join(
        f"sumIf(change, number = {number}) AS {name}" for number, name in enumerate(COLUMNS)
    )
    totals = ",\n    ".join(
        f"toInt64(sum({name}) OVER (PARTITION BY group_id ORDER BY place)) AS {name}"
        for name in COLUMNS
    )
    return f"""
WITH
    x -> if(x < %(from_ms)s, 0, intDiv(x - %(from_ms)s, %(step_ms)s) + 1) AS place_after,
{memberships(groups, "%(until_ms)s + %(grace_ms)s")},
-- At one ms the later step comes first, so that a step counts only strictly after the one before.
events AS (
    SELECT group_id, user_id, ms, 2 AS tie, if(leave, -1, 1) AS turn,
        if(leave OR roster, 0, ms) AS opened, 0 AS message, 0 AS chat, 0 AS paid
    FROM changes
    WHERE ms < %(until_ms)s
    UNION ALL
    SELECT group_id, user_id, event_ms, 1, 0, 0, 1, if(actor_role = 'member', event_ms, 0), 0
    FROM fact_chat FINAL
    WHERE {recently} AND actor_role IN ('member', 'staff') AND msg_type != 'system' AND {groups}
    UNION ALL
    SELECT group_id, user_id, event_ms, 0, 0, 0, 0, 0, event_ms
    FROM fact_order FINAL
    WHERE {recently} AND actor_role = 'member' AND status = 'paid' AND {groups}
),
told AS (
    SELECT *,
        max(opened) OVER {upto} AS opened_ms,
        max(chat) OVER {upto} AS chat_ms,
        max(paid) OVER {upto} AS order_ms,
        sum(turn) OVER {upto} > 0 AS present,
        max(turn) OVER {upto} = 1 AS ever,
        leadInFrame(ms, 1, {FOREVER}) OVER {whole} AS next_ms
    FROM events
),
spoken AS (
    SELECT *, max(if(chat = 0, 0, opened_ms)) OVER {upto} AS spoke_opened_ms FROM told
),
states AS (
    SELECT *, max(if(paid = 0, 0, spoke_opened_ms)) OVER {upto} AS ordered_opened_ms FROM spoken
),
parts AS (
    SELECT group_id, arrayJoin([
            {parts}
        ]) AS part
    FROM states
    WHERE greatest(next_ms, ms + {DAY_MS}) >= %(from_ms)s
),
steps AS (
    SELECT group_id, part.1 AS number,
        arrayJoin([(place_after(part.2), 1), (place_after(part.3), -1)]) AS step,
        step.1 AS place, step.2 AS change
    FROM parts
    WHERE place_after(part.2) < place_after(part.3)
),
sums AS (
    SELECT group_id, place,
        {sums}
    FROM steps
    WHERE place <= intDiv(%(until_ms)s - %(from_ms)s, %(step_ms)s)
    GROUP BY group_id, place
    ORDER BY group_id, place
        WITH FILL FROM 0 TO intDiv(%(until_ms)s - %(from_ms)s, %(step_ms)s) + 1
)
SELECT group_id, toInt64(%(from_ms)s + place * %(step_ms)s) AS t_ms,
    {totals}
FROM sums
ORDER BY group_id, t_ms
"""
