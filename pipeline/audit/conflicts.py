"""Check `conflicts`: one event_id of a source that names different events.

An event is told from a copy by group, time and owner besides its id; so such a pair counts twice,
which is right if they are two events and wrong if they are one. Only its source can know.
"""

from __future__ import annotations

from pipeline.audit.scope import Check, Result, Scope
from schemas.facts import FACTS

IDS_AT_ONCE = 2_000_000

_COUNT = """
SELECT toInt64(count()) AS n FROM {table} WHERE ingest_ms >= %(since)s AND ingest_ms < %(until)s
"""

_CONFLICTS = """
SELECT source, event_id, uniqExact(group_id, event_ms, owner) AS events,
    min(event_ms) AS first_ms, max(event_ms) AS last_ms,
    min(group_id) AS one_group, max(group_id) AS other_group
FROM {table}
WHERE cityHash64(event_id) %% {slices} = {slice}
  AND event_id IN (
    SELECT event_id FROM {table}
    WHERE ingest_ms >= %(since)s AND ingest_ms < %(until)s
      AND cityHash64(event_id) %% {slices} = {slice}
  )
GROUP BY source, event_id HAVING events > 1 ORDER BY source, event_id
"""


def check_conflicts(scope: Scope) -> Result:
    """No event_id of the span stands for two events, whenever the other came."""
    result = Result(Check.CONFLICTS, "ids")
    for event_type in FACTS:
        table = f"fact_{event_type}"
        count = int(scope.store.query(_COUNT.format(table=table), scope.span)["n"][0])
        result.looked_at += count
        slices = -(-count // IDS_AT_ONCE)
        for number in range(slices):
            scope.progress(f"Conflicts in {table}", number, slices)
            query = _CONFLICTS.format(table=table, slices=slices, slice=number)
            for row in scope.store.query(query, scope.span).iter_rows(named=True):
                result.add(table=table, **row)
    return result
