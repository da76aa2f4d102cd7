"""The quality of what came in, from the store: late, refused, or contradicting itself.

Wall time is that of the broker and of the programs; what happened when is event time, from v_now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from grafana.signals import A_GROUP, CHOSEN, Field, Signal, Unit, sql
from pipeline.catalog.sql_contradictions import QUESTIONS, RULES
from pipeline.catalog.sql_quality import quality
from pipeline.core.quality import Anomaly
from pipeline.core.signals import DAY_MS
from schemas.facts import FACT_TYPES

RECENT_DAYS = 7
LATE_S = 3_600
GRACE_MS = 300_000
"""The default grace, which v_member_interval takes too."""

NOW_MS = "(SELECT now_ms FROM v_now)"
_SINCE = f"toDate((SELECT now FROM v_now)) - {RECENT_DAYS}"


def wall(column: str) -> str:
    """Epoch milliseconds as a moment."""
    return f"toDateTime(intDiv({column}, 1000), 'UTC')"


def _arrivals() -> str:
    return "\n    UNION ALL\n    ".join(
        f"SELECT source, group_id, event_ms, ingest_ms FROM v_{fact} WHERE event_date >= {_SINCE}"
        for fact in FACT_TYPES
    )


LATE = Signal(
    id="late_events",
    title="Lateness by source",
    description=f"Events of the last {RECENT_DAYS} days of event time by source: how long after "
    f"they happened the broker took them, and the share that took more than {LATE_S // 3600} h; "
    "n = events. No event is too late, but each makes windows be computed again. An import of "
    "history is late as a whole; on a fast clock (the demo) delays mean nothing.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    source AS `source`,
    countIf(ingest_ms - event_ms > {LATE_S * 1000}) / count() AS `late`,
    count() AS `n`,
    quantilesExact(0.5, 0.99)(ingest_ms - event_ms)[1] / 1000 AS `p50 delay`,
    quantilesExact(0.5, 0.99)(ingest_ms - event_ms)[2] / 1000 AS `p99 delay`,
    uniqExactIf(group_id, group_id != '') AS `groups`,
    {wall("max(ingest_ms)")} AS `newest`
FROM (
    {_arrivals()}
)
GROUP BY source
ORDER BY `late` DESC, `n` DESC
LIMIT 100"""
        ),
    ),
    fields={
        "source": Field(unit=Unit.TEXT),
        "late": Field(unit=Unit.RATIO, decimals=1),
        "p50 delay": Field(unit=Unit.SECONDS),
        "p99 delay": Field(unit=Unit.SECONDS),
        "newest": Field(unit=Unit.TIME),
    },
    empty="No events in the last days",
)

REASONS = Signal(
    id="dead_letters_by_reason",
    title="Dead letters by reason",
    description="Records that were refused within the board's range, by topic and reason, with "
    "what one of them lacked. `pulse dlq list` has them, `pulse dlq replay` sends them again.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    reason AS `reason`,
    topic AS `topic`,
    count() AS `letters`,
    uniqExact(source) AS `sources`,
    {wall("min(ingest_ms)")} AS `first`,
    {wall("max(ingest_ms)")} AS `last`,
    argMax(detail, ingest_ms) AS `newest detail`
FROM v_dead_letter
WHERE $__timeFilter(toDateTime(intDiv(ingest_ms, 1000)))
GROUP BY reason, topic
ORDER BY `letters` DESC, reason, topic
LIMIT 50"""
        ),
    ),
    fields={
        **{name: Field(unit=Unit.TEXT) for name in ("reason", "topic", "newest detail")},
        "first": Field(unit=Unit.TIME),
        "last": Field(unit=Unit.TIME),
    },
    empty="Nothing was refused in this range",
)


def _contradictions() -> str:
    since = f"toString({_SINCE})"
    return "\n    UNION ALL\n    ".join(
        f"SELECT * FROM ({one.sql.strip().replace('%(since)s', since)})" for one in QUESTIONS
    )


def _texts(texts: Iterable[str]) -> str:
    quoted = (text.replace("'", "\\'") for text in texts)
    return "[" + ", ".join(f"'{text}'" for text in quoted) + "]"


_TOLD = f"transform(rule, {_texts(RULES)}, {_texts(RULES.values())}, '')"

CONTRADICTED = Signal(
    id="contradictions",
    title="Where facts contradict the reference data",
    description=f"Each of {len(RULES)} rules that events of the last {RECENT_DAYS} days "
    "break, with one example. A rule about a table in which nothing is declared finds nothing. "
    "`pulse dims check` tells the same.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT rule AS `rule`, {_TOLD} AS `says`, kind AS `in`, n AS `cases`, example AS `example`
FROM (
    {_contradictions()}
)
ORDER BY `cases` DESC, `rule`, `in`
LIMIT 200"""
        ),
    ),
    fields={name: Field(unit=Unit.TEXT) for name in ("rule", "says", "in", "example")},
    empty="No event contradicts the reference data",
)

_KINDS = {
    Anomaly.JOIN_PRESENT: "joins of members",
    Anomaly.LEAVE_ABSENT: "leaves of others",
    Anomaly.CHAT_WITHOUT_MEMBERSHIP: "chats from outside",
    Anomaly.ORDER_WITHOUT_MEMBERSHIP: "orders from outside",
}


def _quality() -> str:
    """The catalogue's own question, of the last days, through the views."""
    text = quality()
    for name, value in {
        "from_ms": f"toInt64({NOW_MS} - {RECENT_DAYS * DAY_MS})",
        "until_ms": f"toInt64({NOW_MS})",
        "grace_ms": f"{GRACE_MS}",
    }.items():
        text = text.replace(f"%({name})s", value)
    return re.sub(r"\bfact_(\w+) FINAL", r"v_\1", text)


_COUNTED = ",\n    ".join(
    f"sumIf(n, kind = '{kind}') AS `{words}`" for kind, words in _KINDS.items()
)

ODD_GROUPS = Signal(
    id="odd_groups",
    title="Groups whose joins and leaves do not add up",
    description=f"Exact, over the last {RECENT_DAYS} days of event time, the 50 groups with the "
    "most cases: joins of persons who are members already (a leave was missed), leaves of persons "
    "who are not (a join was), chats and orders from outside. They change no other number.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    group_id AS `group`,
    sum(n) AS `cases`,
    {_COUNTED}
FROM ({_quality()})
WHERE {CHOSEN}
GROUP BY group_id
ORDER BY `cases` DESC, `group`
LIMIT 50"""
        ),
    ),
    fields={"group": A_GROUP},
    empty="All joins and leaves add up",
)

DRIFT = Signal(
    id="roster_drift",
    title="Roster drift",
    description="Members whom a later roster had to add, because no join of theirs had come: what "
    "the joins missed, of all members of the group now. A roster before a group's first join of "
    "its own is its beginning and no drift. The 50 groups with the largest share.",
    unit=Unit.COUNT,
    queries=(
        sql(
            f"""\
SELECT
    group_id AS `group`,
    added / members AS `drift`,
    members AS `n`,
    added AS `added by a roster`,
    {wall("last_ms")} AS `last roster`
FROM (
    SELECT
        group_id,
        uniqExactIf(user_id, closed_ms > {NOW_MS}) AS members,
        minIf(opened_ms, is_roster = 0) AS first_ms,
        maxIf(opened_ms, is_roster = 1) AS last_ms,
        groupArrayIf(opened_ms, is_roster = 1 AND closed_ms > {NOW_MS}) AS opened,
        if(first_ms = 0, 0, arrayCount(ms -> ms > first_ms, opened)) AS added
    FROM v_membership
    WHERE {CHOSEN}
    GROUP BY group_id
    HAVING last_ms > 0 AND members > 0
)
ORDER BY `drift` DESC, `n` DESC, `group`
LIMIT 50"""
        ),
    ),
    fields={
        "group": A_GROUP,
        "drift": Field(unit=Unit.RATIO, decimals=1),
        "last roster": Field(unit=Unit.TIME),
    },
    empty="No group has a roster",
)
