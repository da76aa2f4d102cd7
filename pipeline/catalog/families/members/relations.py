"""What the metrics of members are computed from, beside the shared relations.

A person has a row for each membership, so at the wider grains one condition may hold in some rows
of a person and not in others: `without` and `both` count persons over all of their rows.
"""

from __future__ import annotations

from pipeline.catalog.relation import Relation, before, local_day, within
from pipeline.catalog.relations import MEMBERSHIP_EVENTS, OPENED, interactions, persons
from pipeline.core.intervals import FOREVER
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

START = "%(start_ms)s"
END = "%(end_ms)s"


def without(condition: str, unless: str) -> str:
    """Distinct persons with a row of `condition` and with none of `unless`."""
    return f"{persons(f'({condition}) OR ({unless})')} - {persons(unless)}"


def both(one: str, other: str) -> str:
    """Distinct persons with a row of each condition."""
    return f"{persons(one)} + {persons(other)} - {persons(f'({one}) OR ({other})')}"


def days_before(moment: str, term: str) -> str:
    """So many days before a moment, as a term says."""
    return f"({moment} - %({term})s * {DAY_MS})"


def midnight(days: int) -> str:
    """The local midnight so many days after the one at which a day begins."""
    day = local_day(f"toInt64({START})")
    return f"toUnixTimestamp(toDateTime({day} + {days}, %(zone)s)) * 1000"


_FIRST_DAY = local_day(f"toInt64({START})")
_DAYS = f"toUInt32({local_day(f'toInt64({END})')} - {_FIRST_DAY})"
PREVIOUS = (
    f"toUnixTimestamp(toDateTime(if({_DAYS} <= 7, {_FIRST_DAY} - {_DAYS},"
    f" addMonths({_FIRST_DAY}, -1)), %(zone)s)) * 1000"
)
"""Start of the day, week or month before the window."""


def members_at(moment: str) -> str:
    """Memberships that are open at a moment."""
    return f"SELECT * FROM v_membership WHERE opened_ms < {moment} AND closed_ms >= {moment}"


def acted(since: str, until: str) -> str:
    """Condition: the member of a row interacted in its group in [since, until)."""
    return f"""(group_id, user_id) IN (
    SELECT group_id, user_id FROM (
{interactions(within(since=since, until=until))}
    )
)"""


MEMBERSHIP = Relation(
    "membership",
    f"""
SELECT *,
    opened_ms < {START} AS was_member,
    closed_ms >= {END} AS is_member,
    opened_ms >= {START} AND NOT is_roster AS is_join,
    closed_ms < {END} AS is_leave
FROM v_membership
WHERE opened_ms < {END} AND closed_ms >= {START}""",
    MEMBERSHIP_EVENTS,
)
"""Memberships at any moment of the window: open at its start or end, opened or closed in it."""


def cohort(days: int) -> Relation:
    """Memberships opened on a day, and what became of them so many days later."""
    return Relation(
        f"cohort after {days} days",
        f"""
SELECT *,
    {acted(midnight(days), midnight(days + 1))} AS came_back,
    (group_id, user_id) IN (
        SELECT group_id, user_id FROM ({members_at(midnight(days + 1))})
    ) AS is_still_member
FROM ({OPENED.sql})""",
        MEMBERSHIP_EVENTS,
    )


def links(condition: str, until: str = END) -> str:
    """Ties beside the groups, from `opened_ms` (an add) to `closed_ms`.

    A tie is one of a person, its kind, and the staff it is with. An add of a tie that is there and
    the removal of one that is not change nothing.
    """
    tie = "PARTITION BY user_id, link_type, staff_id ORDER BY event_ms, source_seq, event_id"
    return f"""
SELECT * EXCEPT (action, previous, event_ms), event_ms AS opened_ms
FROM (
    SELECT group_id, user_id, channel_id, campaign_id, staff_id, link_type, event_ms, action,
        leadInFrame(event_ms, 1, {FOREVER}) OVER (
            {tie} ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS closed_ms
    FROM (
        SELECT *, lagInFrame(action, 1, 'remove') OVER ({tie}) AS previous
        FROM v_contact
        WHERE {before(until)} AND action IN ('add', 'remove') AND {condition}
    )
    WHERE action != previous
)
WHERE action = 'add'"""


def link(kind: str) -> Relation:
    """Ties of one kind at any moment of the window."""
    return Relation(
        kind,
        f"""
SELECT *,
    closed_ms >= {END} AS is_open, opened_ms >= {START} AS is_new, closed_ms < {END} AS is_cut
FROM ({links(f"link_type = '{kind}'")}
)
WHERE closed_ms >= {START}""",
        (EventType.CONTACT,),
    )


def customers(moment: str) -> str:
    """Who has paid before a moment, and the segment they are in then: new, core or dormant."""
    since = days_before(moment, "dormant_days")
    return f"""
SELECT user_id,
    multiIf(
        max(ms) < {since}, 'dormant',
        minIf(ms, is_order) >= {days_before(moment, "new_days")}, 'new',
        'core'
    ) AS segment
FROM (
    SELECT user_id, paid_ms AS ms, 1 AS is_order
    FROM v_paid_order
    WHERE paid_ms < {moment} AND actor_role = 'member'
    UNION ALL
    SELECT user_id, event_ms, 0
    FROM (
{interactions(within(since=since, until=moment))}
    )
)
GROUP BY user_id
HAVING max(is_order)"""
