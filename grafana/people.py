"""Who is in a group, as signals: what it is, whom it holds, and who came and went last.

Persons are pseudonyms. Members are those of the staged memberships at the end of the board's
range, a leave and the re-join within the grace netted.
"""

from __future__ import annotations

from grafana.reading import AS_OF, AS_OF_S
from grafana.signals import CHOSEN, Field, Signal, Unit, sql

RECENT_DAYS = 7
MOST_MOVES = 50

_INSIDE = f"{CHOSEN} AND opened_ms < {AS_OF_S} * 1000 AND closed_ms >= {AS_OF_S} * 1000"
_WHOSE = "Members at the end of the board's range, each of each chosen group."

CARD = Signal(
    id="group_card",
    title="What it is",
    description="The group as reference data describes it: name, kind, purpose, phase now, member "
    "of staff in charge, when it was founded. `pulse dims load` fills it.",
    unit=Unit.TEXT,
    queries=(
        sql(
            f"""\
SELECT
    group_id AS `group`,
    name AS `name`,
    community_type AS `community type`,
    primary_purpose AS `purpose`,
    phase AS `phase`,
    owner_staff_id AS `in charge`,
    if(created_ms = 0, NULL, toDateTime(intDiv(created_ms, 1000), 'UTC')) AS `founded`
FROM v_dim_group
LEFT ANY JOIN (
    SELECT group_id, argMax(phase, valid_from_ms) AS phase
    FROM v_dim_group_phase
    WHERE valid_from_ms <= {AS_OF_S} * 1000
        AND (valid_to_ms = 0 OR valid_to_ms > {AS_OF_S} * 1000)
    GROUP BY group_id
) AS phases USING (group_id)
WHERE {CHOSEN}
ORDER BY group_id
LIMIT 20"""
        ),
    ),
    fields={"founded": Field(unit=Unit.TIME)},
    empty="Not in the reference data",
)

BY_CHANNEL = Signal(
    id="members_by_channel",
    title="Members by the channel they came through",
    description=f"{_WHOSE} One bar a channel of their join, the largest 20.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    if(is_roster, 'were there before', if(channel_id = '', 'unknown', channel_id)) AS `channel`,
    count() AS `members`
FROM v_membership
WHERE {_INSIDE}
GROUP BY `channel`
ORDER BY `members` DESC, `channel`
LIMIT 20"""
        ),
    ),
    fields={"channel": Field(unit=Unit.TEXT)},
    empty="No members",
)

AGES = ("under a week", "1 to 4 weeks", "4 to 13 weeks", "13 weeks to a year", "over a year")
_AGE_DAYS = (7, 28, 91, 365)

BY_AGE = Signal(
    id="members_by_age",
    title="Members by time since they joined",
    description=f"{_WHOSE} One bar an age of the membership.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    [{", ".join(f"'{age}'" for age in AGES)}][age] AS `in the group`,
    count() AS `members`
FROM (
    SELECT
        1 + {" + ".join(f"(days >= {days})" for days in _AGE_DAYS)} AS age,
        intDiv({AS_OF_S} * 1000 - opened_ms, 86400000) AS days
    FROM v_membership
    WHERE {_INSIDE}
)
GROUP BY age
ORDER BY age"""
        ),
    ),
    fields={"in the group": Field(unit=Unit.TEXT)},
    empty="No members",
)

ROLES = Signal(
    id="roles",
    title="Roles held",
    description="Persons who hold a role in the chosen groups at the end of the board's range, by "
    "role, as reference data says.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    role AS `role`,
    count() AS `persons`
FROM v_dim_member_role
WHERE {CHOSEN}
    AND valid_from_ms <= {AS_OF_S} * 1000
    AND (valid_to_ms = 0 OR valid_to_ms > {AS_OF_S} * 1000)
GROUP BY role
ORDER BY `persons` DESC, role
LIMIT 20"""
        ),
    ),
    fields={"role": Field(unit=Unit.TEXT)},
    empty="No roles in the reference data",
)


def _move(table: str, word: str, how: str) -> str:
    return f"""\
    SELECT
        event_time AS at, '{word}' AS move, user_id, actor_role, {how} AS how, channel_id,
        group_id
    FROM {table}
    WHERE event_date >= toDate({AS_OF}) - {RECENT_DAYS} AND event_date <= toDate({AS_OF})
        AND event_time <= {AS_OF} AND {CHOSEN}
    ORDER BY event_time DESC
    LIMIT {MOST_MOVES}"""


MOVES = Signal(
    id="recent_moves",
    title="Who came and went last",
    description=f"The last {MOST_MOVES} joins and leaves as they came, of the {RECENT_DAYS} days "
    "before the end of the board's range; persons are pseudonyms.",
    unit=Unit.TEXT,
    queries=(
        sql(
            f"""\
SELECT
    at AS `when`,
    move AS `move`,
    user_id AS `person`,
    actor_role AS `as`,
    how AS `how`,
    channel_id AS `channel`,
    group_id AS `group`
FROM (
    SELECT * FROM (
{_move("v_join", "joined", "join_method")}
    )
    UNION ALL
    SELECT * FROM (
{_move("v_leave", "left", "leave_kind")}
    )
)
ORDER BY at DESC, person
LIMIT {MOST_MOVES}"""
        ),
    ),
    fields={"when": Field(unit=Unit.TIME)},
    empty=f"Nobody came or went in {RECENT_DAYS} days",
)
