"""What the rollup of the catalogue asks about facts and about its own windows.

Dialect: ClickHouse 24.8 and later.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.facts import FACT_TYPES

FLOWING = "\nUNION ALL\n".join(
    f"SELECT '{one}' AS event_type, toInt64(min(event_ms)) AS first_ms,"
    f" toInt64(max(ingest_ms)) AS seen_ms, count() AS n FROM fact_{one}"
    for one in FACT_TYPES
)
"""Rows: event_type, first_ms (its first event), seen_ms (append time of its newest record), n
(rows, copies included; 0 = no source)."""

DONE = """
SELECT `window`, window_start_ms, asof_ms, seen_ingest_ms
FROM rollup_window FINAL
ORDER BY `window`, window_start_ms
"""
"""Rows: window, window_start_ms, asof_ms, seen_ingest_ms of every window that was computed."""

_HISTORY = ("join", "leave", "order")

CHANGED = "\nUNION ALL\n".join(
    f"SELECT event_date, toInt64(max(ingest_ms)) AS seen_ms, {int(one in _HISTORY)} AS lasting\n"
    f"FROM fact_{one} WHERE ingest_ms > %(since_ms)s GROUP BY event_date"
    for one in FACT_TYPES
)
"""Rows: event_date (UTC) with facts that were appended after `since_ms`, seen_ms (the newest of
them), lasting (whether later windows depend on them too: memberships and orders have a history)."""


def filled(tables: Iterable[str]) -> str:
    """Rows: name of each of these dimension tables that has a row; at least one is named."""
    return "\nUNION ALL\n".join(
        f"SELECT DISTINCT '{table}' AS name FROM v_{table}" for table in tables
    )


NEWEST_BUILDS = """
SELECT DISTINCT generation FROM staged_build
WHERE name = %(name)s
ORDER BY generation DESC
LIMIT 2
"""
"""Rows: generation of the two newest builds of a staged table."""

OLD_BUILDS = "SELECT DISTINCT generation FROM {table} WHERE generation < %(before)s"
"""Rows: generation of builds that nobody reads any more."""

DROP_BUILD = "ALTER TABLE {table} DROP PARTITION {generation}"
"""Forget one build."""
