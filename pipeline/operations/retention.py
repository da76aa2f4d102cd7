"""Dropping what is old: facts and windows of a month together, and dead letters.

Never before the log has forgotten it too (`pipeline.core.retention`). Event types in
`settings.keep` stay, with their windows; metric values and baselines stay.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.clock import SharedClock, wall_ms
from pipeline.core.retention import first_kept_month
from pipeline.errors import PulseError, StoreError
from pipeline.operations.operation import Context
from pipeline.settings import Settings
from schemas.facts import FACTS
from sinks.store import Store
from sinks.topics import SEGMENT_DAYS, topic_of

NAME = "retention.apply"
MUTATION_SECONDS = 600
POLL_SECONDS = 0.2

_FACT_MONTHS = """
SELECT toUInt32(toYYYYMM(event_date)) AS month, toUInt64(count()) AS n FROM fact_{event_type}
WHERE toYYYYMM(event_date) < %(first_kept)s GROUP BY month
"""
_WINDOW_MONTHS = """
SELECT toUInt32(toYYYYMM(event_date)) AS month, toUInt64(count()) AS n FROM group_minute
WHERE topic IN %(topics)s AND toYYYYMM(event_date) < %(first_kept)s GROUP BY month
"""
_LETTER_MONTHS = """
SELECT toUInt32(toYYYYMM(toDateTime(intDiv(ingest_ms, 1000), 'UTC'))) AS month,
    toUInt64(count()) AS n
FROM dead_letter WHERE month < %(first_kept)s GROUP BY month
"""
_UNDONE = """
SELECT toUInt64(count()) AS n FROM system.mutations
WHERE database = currentDatabase() AND `table` = %(table)s AND is_done = 0
"""


@dataclass(frozen=True)
class Drop:
    """Rows of one month in one table; `of` tells which, where others of the month stay."""

    table: str
    month: int
    rows: int
    of: str = ""


def plan(store: Store, settings: Settings, clock: SharedClock) -> list[Drop]:
    """What `apply` would drop now, oldest month first. Raises Retryable or Fatal."""
    log_days = settings.kafka.retention_days + SEGMENT_DAYS
    first_kept = first_kept_month(
        clock.now_ms(), kept_days=settings.retention_days, log_days=log_days
    )
    dropped = [event_type for event_type in FACTS if event_type not in settings.kept_types]
    found = [
        Drop(f"fact_{event_type}", month, rows)
        for event_type in dropped
        for month, rows in _months(
            store, _FACT_MONTHS.format(event_type=event_type), first_kept=first_kept
        )
    ]
    topics = [topic_of(event_type) for event_type in dropped]
    found += [
        Drop("group_minute", month, rows, ", ".join(topics))
        for month, rows in _months(store, _WINDOW_MONTHS, first_kept=first_kept, topics=topics)
    ]
    letters_kept = first_kept_month(
        wall_ms(), kept_days=settings.dead_letter_days, log_days=log_days
    )
    found += [
        Drop("dead_letter", month, rows)
        for month, rows in _months(store, _LETTER_MONTHS, first_kept=letters_kept)
    ]
    return sorted(found, key=lambda drop: (drop.month, drop.table))


def apply(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Drop the `drops` that a plan told, as dictionaries. Cut off anywhere, call it again.

    Raises PulseError, having dropped nothing, if one of them is not in the plan by the settings
    here: a worker that runs with those could still take an event of that time.
    """
    store = context.store
    wanted = {_key(Drop(**drop)) for drop in arguments["drops"]}
    drops = [drop for drop in plan(store, context.settings, context.clock) if _key(drop) in wanted]
    if len(drops) < len(wanted):
        raise PulseError(
            f"{len(wanted) - len(drops)} of {len(wanted)} drops not due by the settings of the"
            " process that owns the store",
            where="PULSE_RETENTION_DAYS, PULSE_KEEP, PULSE_DEAD_LETTER_DAYS",
            remedy="Plan again; if the settings have changed, restart `pulse up` with them first.",
        )
    for number, drop in enumerate(drops):
        context.progress(f"{drop.table} {drop.month}", number, len(drops))
        store.execute(_statement(drop))
    for table in {drop.table for drop in drops} & {"group_minute", "dead_letter"}:
        _wait_for_mutations(context, table)
    context.progress("done", len(drops), len(drops))
    return {"dropped": [asdict(drop) for drop in drops]}


def _key(drop: Drop) -> tuple[str, int, str]:
    return drop.table, drop.month, drop.of


def _statement(drop: Drop) -> str:
    match drop.table:
        case "group_minute":
            topics = ", ".join(f"'{topic}'" for topic in drop.of.split(", "))
            rows = f"toYYYYMM(event_date) = {drop.month} AND topic IN ({topics})"
            return f"ALTER TABLE group_minute DELETE WHERE {rows}"
        case "dead_letter":  # by its rows: imported lines lie in one partition whatever their time
            month = "toYYYYMM(toDateTime(intDiv(ingest_ms, 1000), 'UTC'))"
            return f"ALTER TABLE dead_letter DELETE WHERE {month} = {drop.month}"
        case table:
            return f"ALTER TABLE {table} DROP PARTITION {drop.month}"


def _months(store: Store, sql: str, **params: object) -> Iterator[tuple[int, int]]:
    yield from store.query(sql, params).iter_rows()


def _wait_for_mutations(context: Context, table: str) -> None:
    store, deadline = context.store, time.monotonic() + MUTATION_SECONDS
    while left := store.query(_UNDONE, {"table": table})["n"].item():
        context.progress(f"{table}, deletions left: {left}", 0, None)
        if time.monotonic() > deadline:
            raise StoreError(
                f"Rows of {table} are still being deleted after {MUTATION_SECONDS} s",
                where=store.address,
                remedy="Look into system.mutations; they go on by themselves.",
            )
        time.sleep(POLL_SECONDS)
