"""Check `windows`: each stored window says what its facts say.

First SQL compares what readers see, day by day and in pieces, so that memory is bounded. What
differs there may only be on its way: a commit stores facts before windows. So it is looked at
again by the fold itself. Facts below a window's version, or below what was committed when the
audit began, must be in it; those above are not in it yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

import polars as pl

from agents.readthrough import places, read_facts
from pipeline.audit.scope import Check, Result, Scope
from pipeline.catalog.sql_windows import SQL_MEASURES
from pipeline.core.measures import MEASURES, MINUTE_MS, MONEY
from pipeline.core.rebuild import rebuilt
from pipeline.core.windows import WindowKey
from schemas.event_type import EventType
from sinks.store import Store
from sinks.topics import topic_of

FACTS_AT_ONCE = 2_000_000
KEYS_AT_ONCE = 500
LATER_THAN_ALL = 2**63

_DAYS = """
SELECT event_date AS day, toInt64(count()) AS facts FROM {table}
WHERE event_date IN (
    SELECT DISTINCT event_date FROM {table} WHERE ingest_ms >= %(since)s AND ingest_ms < %(until)s
)
GROUP BY day
UNION ALL
SELECT event_date AS day, toInt64(0) AS facts FROM group_minute
WHERE topic = %(topic)s AND event_date >= %(first)s AND event_date <= %(last)s
GROUP BY day
"""

_GROUPS = """
SELECT group_id, count() AS facts FROM {table} WHERE event_date = %(day)s
GROUP BY group_id ORDER BY group_id
"""

_DIFFERING = """
SELECT group_id, m FROM (
    SELECT group_id, intDiv(event_ms, 60000) AS m, {by_facts} FROM {table} FINAL
    WHERE event_date = %(day)s AND group_id >= %(from)s {below} GROUP BY group_id, m
    UNION ALL
    SELECT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, {by_windows}
    FROM group_minute FINAL
    WHERE event_date = %(day)s AND topic = %(topic)s AND group_id >= %(from)s {below}
    GROUP BY group_id, m
)
GROUP BY group_id, m HAVING {unequal} ORDER BY group_id, m
"""
"""What windows say is taken away from what facts say, in whole numbers (cents)."""

_BELOW = "AND group_id < %(until_group)s"

_ROWS = """
SELECT epoch, partition, group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, {columns}, version
FROM group_minute FINAL
WHERE event_date IN %(dates)s AND topic = %(topic)s AND group_id IN %(groups)s
  AND (group_id, toInt64(intDiv(toUInt32(minute), 60))) IN %(keys)s
"""


@dataclass(frozen=True)
class Piece:
    """Groups [from, until) of a day; an empty `until` has no end."""

    day: date
    first: str = ""
    until: str = ""


def check_windows(scope: Scope) -> Result:
    """Every window of a day that the span concerns equals its facts, in every measure."""
    result = Result(Check.WINDOWS, "facts")
    for event_type in SQL_MEASURES:
        found = _days(scope, event_type)
        for done, (day, facts) in enumerate(found):
            scope.progress(f"Windows of {event_type}: days", done, len(found))
            result.looked_at += facts
            for piece in _pieces(scope.store, event_type, day, facts):
                keys = differing(scope.store, event_type, piece)
                for start in range(0, len(keys), KEYS_AT_ONCE):
                    _explain(scope, event_type, keys[start : start + KEYS_AT_ONCE], result)
    return result


def differing(store: Store, event_type: EventType, piece: Piece) -> list[WindowKey]:
    """The windows of a piece that differ from their facts as readers see both."""
    measures = SQL_MEASURES[event_type]
    asked = {
        "day": piece.day,
        "topic": topic_of(event_type),
        "from": piece.first,
        "until_group": piece.until,
    }
    query = _DIFFERING.format(
        by_facts=", ".join(f"{_whole(name, each)} AS d_{name}" for name, each in measures.items()),
        by_windows=", ".join(f"-{_whole(name, f'sum({name})')} AS d_{name}" for name in measures),
        unequal=" OR ".join(f"sum(d_{name}) != 0" for name in measures),
        table=f"fact_{event_type}",
        below=_BELOW if piece.until else "",
    )
    return store.query(query, asked).rows()


def _whole(name: str, value: str) -> str:
    return f"toInt64({value} * 100)" if name in MONEY else f"toInt64({value})"


def _days(scope: Scope, event_type: EventType) -> list[tuple[date, int]]:
    latest = min(scope.until_ms, scope.clock.now_ms() + scope.settings.future_seconds * 1000)
    asked = scope.span | {
        "topic": topic_of(event_type),
        "first": _day(scope.since_ms),
        "last": _day(max(scope.since_ms, latest)),
    }
    found = scope.store.query(_DAYS.format(table=f"fact_{event_type}"), asked)
    return found.group_by("day").agg(pl.col("facts").sum()).sort("day").rows()


def _pieces(store: Store, event_type: EventType, day: date, facts: int) -> Iterator[Piece]:
    if facts <= FACTS_AT_ONCE:
        yield Piece(day)
        return
    counts = store.query(_GROUPS.format(table=f"fact_{event_type}"), {"day": day})
    bounds = cuts(counts.rows(), FACTS_AT_ONCE)
    for first, until in zip(["", *bounds], [*bounds, ""], strict=True):
        yield Piece(day, first, until)


def cuts(counts: Sequence[tuple[str, int]], most: int) -> list[str]:
    """Where ascending groups are cut, so that the pieces hold `most` facts or one group each."""
    bounds: list[str] = []
    held = 0
    for group_id, facts in counts:
        if held and held + facts > most:
            bounds.append(group_id)
            held = 0
        held += facts
    return bounds


def _explain(
    scope: Scope, event_type: EventType, keys: Sequence[WindowKey], result: Result
) -> None:
    """Tell of each of these windows that the fold over its facts contradicts."""
    measures = MEASURES[event_type]
    topic = topic_of(event_type)
    columns = ", ".join(measures.columns)
    rows = scope.store.query(_ROWS.format(columns=columns), places(keys) | {"topic": topic})
    facts = read_facts(scope.store, event_type, keys, *measures.expressions)
    position = ["epoch", "partition"]
    told_by = {*rows.select(position).rows(), *facts.select(position).rows()}
    for epoch, partition in sorted(told_by):
        stored = {
            (row["group_id"], row["m"]): row
            for row in rows.iter_rows(named=True)
            if (row["epoch"], row["partition"]) == (epoch, partition)
        }
        settled = scope.committed.get((topic, partition), 0)
        if epoch != scope.settings.epoch:
            settled = LATER_THAN_ALL
        has_rows = pl.DataFrame(
            list(stored), {"group_id": pl.String, "minute": pl.UInt32}, orient="row"
        )
        made = rebuilt(
            has_rows,
            facts.filter(
                (pl.col("epoch") < epoch) | (pl.col("offset") < _limits(facts, stored, settled))
            ),
            measures,
            epoch=epoch,
            partition=partition,
            offset=LATER_THAN_ALL,
        )
        for window in made.iter_rows(named=True):
            key = window["group_id"], window["minute"]
            row = stored.get(key)
            for name in measures.columns:
                has = 0 if row is None else row[name]
                should = window[name] / 100 if name in MONEY else window[name]
                if round(has * 100) != round(should * 100):
                    result.add(
                        topic=topic, epoch=epoch, partition=partition, group_id=key[0],
                        minute=datetime.fromtimestamp(key[1] * 60, UTC).isoformat(),
                        measure=name, stored=str(has), facts=str(should),
                    )  # fmt: skip


def _limits(
    facts: pl.DataFrame, stored: Mapping[WindowKey, Mapping[str, int]], settled: int
) -> pl.Series:
    """Of each fact the offset below which facts must be in its window."""
    minutes = (facts["event_ms"] // MINUTE_MS).to_list()
    versions = (
        stored[key]["version"] if key in stored else 0
        for key in zip(facts["group_id"].to_list(), minutes, strict=True)
    )
    return pl.Series([max(version, settled) for version in versions], dtype=pl.UInt64)


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
