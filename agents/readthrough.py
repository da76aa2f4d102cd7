"""What the worker reads of the store before it folds: floors, windows, verdicts.

Plain SQL that also an 18.16 server takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime

import polars as pl

from agents.patience import PatientStore
from pipeline.core.measures import MEASURES
from pipeline.core.readback import FACT_COLUMNS, KEY, put
from pipeline.core.rows import Source
from pipeline.core.windows import WindowKey, Windows
from schemas.event_type import EventType
from schemas.rejection import Reason
from sinks.store import Store

Reads = PatientStore | Store
"""Asked alike; only the first waits for a store that is away."""

KEYS_IN_A_QUERY = 500
"""More windows than this are looked at by minute: most of them may lie in a few."""

WINDOWS_IN_A_QUERY = 100_000
"""So many windows are read at once where whole minutes are; or one minute, if it has more."""

SPARE = 8
"""A minute is read as a whole if that brings at most so many times the windows asked for."""

MINUTES_A_DAY = 1_440

_FLOOR = """
SELECT toInt64(intDiv(toUInt32(max(minute)), 60)) AS m FROM group_minute
WHERE topic = %(topic)s
"""

_VERDICTS = """
SELECT DISTINCT offset FROM dead_letter
WHERE topic = %(topic)s AND partition = %(partition)s AND epoch = %(epoch)s
  AND reason = %(reason)s
"""

_AT = """
SELECT toInt64(count()) AS n FROM {table}
WHERE topic = %(topic)s AND partition = %(partition)s AND epoch = %(epoch)s
  AND offset = %(offset)s
"""

_STORED_ENDS = """
SELECT topic, partition, toInt64(max(last)) + 1 AS stop FROM offsets
WHERE epoch = %(epoch)s GROUP BY topic, partition ORDER BY topic, partition
"""

_NEWEST = """
SELECT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, {values}, max(version) AS newest
FROM group_minute
WHERE event_date IN %(dates)s AND group_id IN %(groups)s
  AND topic = %(topic)s AND epoch = %(epoch)s AND partition = %(partition)s
  AND (group_id, toInt64(intDiv(toUInt32(minute), 60))) IN %(keys)s
GROUP BY group_id, m
"""

_FACTS = """
SELECT {columns} FROM {table}
WHERE event_date IN %(dates)s AND group_id IN %(groups)s
  AND (group_id, intDiv(event_ms, 60000)) IN %(keys)s
"""


_COUNTS = """
SELECT toInt64(intDiv(toUInt32(minute), 60)) AS m, toInt64(count()) AS n FROM group_minute
WHERE event_date IN %(dates)s AND topic = %(topic)s AND epoch = %(epoch)s
  AND partition = %(partition)s AND m IN %(minutes)s
GROUP BY m
"""

_NEWEST_OF_MINUTES = """
SELECT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m, {values}, max(version) AS newest
FROM group_minute
WHERE event_date IN %(dates)s AND topic = %(topic)s AND epoch = %(epoch)s
  AND partition = %(partition)s AND m IN %(minutes)s
GROUP BY group_id, m
"""

_FACTS_OF_MINUTES = """
SELECT {columns} FROM {table}
WHERE event_date IN %(dates)s AND intDiv(event_ms, 60000) IN %(minutes)s
  AND (epoch < %(epoch)s OR (epoch = %(epoch)s AND partition = %(partition)s))
"""

_STORED = """
SELECT DISTINCT group_id, toInt64(intDiv(toUInt32(minute), 60)) AS m FROM group_minute
WHERE event_date = %(date)s AND topic = %(topic)s AND epoch = %(epoch)s
  AND partition = %(partition)s AND m >= %(from)s AND m < %(until)s
"""

_FACTS_OF_A_DAY = """
SELECT {columns} FROM {table}
WHERE event_date = %(date)s AND intDiv(event_ms, 60000) >= %(from)s
  AND intDiv(event_ms, 60000) < %(until)s
  AND (epoch < %(epoch)s OR (epoch = %(epoch)s AND partition = %(partition)s))
"""


def highest_minute(store: PatientStore, topic: str) -> int:
    """The latest minute that has a window of `topic`, in any epoch and partition; 0 if none.

    Above it nothing is stored, so a window up there is new without asking.
    """
    found = store.query(_FLOOR, {"topic": topic})
    return int(found["m"][0]) if found.height else 0


def refused_offsets(
    store: PatientStore, source: Source, reason: Reason = Reason.STORE_REFUSED
) -> frozenset[int]:
    """Offsets of `source` that were refused for this reason: a verdict every replay honours."""
    found = store.query(_VERDICTS, _position(source) | {"reason": reason.value})
    return frozenset(found["offset"].to_list())


def stored_ends(store: Reads, epoch: int) -> dict[tuple[str, int], int]:
    """The offset up to which (exclusive) each partition has stored ranges, by topic and number."""
    found = store.query(_STORED_ENDS, {"epoch": epoch})
    return {(topic, partition): stop for topic, partition, stop in found.rows()}


def is_stored(store: PatientStore, source: Source, offset: int) -> bool:
    """Whether the record at `offset` is a fact already. Reads the table's positions: seldom."""
    if source.carries not in MEASURES:
        return False
    query = _AT.format(table=f"fact_{source.event_type}")
    return bool(store.query(query, _position(source) | {"offset": offset})["n"][0])


def read_windows(store: PatientStore, source: Source, keys: pl.DataFrame, windows: Windows) -> None:
    """Put the windows of `keys` (group_id, minute) into `windows` as the store has them.

    Versions first, then facts: a fact stored meanwhile has an offset at or above the version
    and is left out, whichever way the two reads fall. Where many windows of a minute are missing
    the whole minute is read, once.
    """
    whole: list[list[int]] = []
    if keys.height > KEYS_IN_A_QUERY:
        whole = _whole_minutes(store, source, keys)
        keys = keys.filter(~pl.col("minute").is_in([m for minutes in whole for m in minutes]))
    for minutes in whole:
        _read_minutes(store, source, minutes, windows)
    for part in keys.iter_slices(KEYS_IN_A_QUERY):
        _read_keys(store, source, part, windows)


def _whole_minutes(store: PatientStore, source: Source, keys: pl.DataFrame) -> list[list[int]]:
    """The minutes that are better read as a whole, in parts that are each read at once."""
    wanted = keys.group_by("minute").len("wanted").with_columns(pl.col("minute").cast(pl.Int64))
    asked = _position(source) | _minutes(wanted["minute"].to_list())
    counts = store.query(_COUNTS, asked).rename({"m": "minute"})
    found = (
        wanted.join(counts, on="minute", how="left")
        .with_columns(pl.col("n").fill_null(0))
        .filter(pl.col("n") <= SPARE * pl.col("wanted"))
        .sort("minute")
        .with_columns((pl.col("n").cum_sum() // WINDOWS_IN_A_QUERY).alias("part"))
    )
    return [part["minute"].to_list() for part in found.partition_by("part", maintain_order=True)]


def _read_minutes(
    store: PatientStore, source: Source, minutes: Sequence[int], windows: Windows
) -> None:
    measures = MEASURES[source.event_type]
    asked = _position(source) | _minutes(minutes)
    rows = _newest(store, source, _NEWEST_OF_MINUTES, asked)
    facts = pl.DataFrame()
    if rows.height or source.epoch > 1:
        query = _of_facts(_FACTS_OF_MINUTES, source.event_type, measures.counts_person)
        facts = store.query(query, asked)
    _put(windows, source, rows.clear(), rows, facts)
    windows.know(source.partition, minutes)


def _read_keys(store: PatientStore, source: Source, keys: pl.DataFrame, windows: Windows) -> None:
    measures = MEASURES[source.event_type]
    rows = _newest(store, source, _NEWEST, _position(source) | places(keys.rows()))
    known = (rows if source.epoch == 1 else keys).select(KEY).rows()
    facts = pl.DataFrame()
    if known:
        facts = read_facts(store, source.event_type, known, measures.counts_person)
    _put(windows, source, keys, rows, facts)


def _newest(
    store: PatientStore, source: Source, template: str, asked: Mapping[str, object]
) -> pl.DataFrame:
    """The newest rows of windows: group_id, minute, version and measures."""
    measures = MEASURES[source.event_type]
    values = ", ".join(f"argMax({name}, version) AS newest_{name}" for name in measures.columns)
    rows = store.query(template.format(values=values), asked)
    names = {f"newest_{name}": name for name in measures.columns}
    return rows.rename(names | {"m": "minute", "newest": "version"}).with_columns(
        pl.col("minute").cast(pl.UInt32)
    )


def _put(
    windows: Windows, source: Source, keys: pl.DataFrame, rows: pl.DataFrame, facts: pl.DataFrame
) -> None:
    measures = MEASURES[source.event_type]
    put(windows, keys, rows, facts, measures, epoch=source.epoch, partition=source.partition)


def read_days(
    store: PatientStore, source: Source, from_minute: int, until_minute: int
) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Day by day: the windows of `source` that have a row, and the facts they can be made of."""
    expressions = MEASURES[source.event_type].expressions
    query = _of_facts(_FACTS_OF_A_DAY, source.event_type, *expressions)
    first, last = from_minute // MINUTES_A_DAY, (until_minute - 1) // MINUTES_A_DAY
    for day in range(first, last + 1):
        span = {
            "date": _date(day),
            "from": max(from_minute, day * MINUTES_A_DAY),
            "until": min(until_minute, (day + 1) * MINUTES_A_DAY),
        }
        stored = store.query(_STORED, _position(source) | span)
        stored = stored.select("group_id", pl.col("m").cast(pl.UInt32).alias("minute"))
        yield stored, store.query(query, _position(source) | span)


def read_facts(
    store: Reads, event_type: EventType, keys: Sequence[WindowKey], *expressions: pl.Expr
) -> pl.DataFrame:
    """Every stored occurrence in these windows, with what `expressions` look at."""
    return store.query(_of_facts(_FACTS, event_type, *expressions), places(keys))


def _of_facts(template: str, event_type: EventType, *expressions: pl.Expr) -> str:
    """A query for what the fold needs of facts, and the columns that `expressions` look at."""
    looked_at = [name for each in expressions for name in each.meta.root_names()]
    columns = ", ".join(dict.fromkeys([*FACT_COLUMNS, *looked_at]))
    return template.format(columns=columns, table=f"fact_{event_type}")


def _date(day: int) -> date:
    return datetime.fromtimestamp(day * 86_400, UTC).date()


def _position(source: Source) -> dict[str, object]:
    return {"topic": source.topic, "partition": source.partition, "epoch": source.epoch}


def places(keys: Sequence[WindowKey]) -> dict[str, object]:
    """Parameters of a query for these windows: their `dates`, `groups` and `keys`."""
    return {
        "dates": _days(minute for _, minute in keys),
        "groups": tuple(sorted({group for group, _ in keys})),
        "keys": tuple(keys),
    }


def _minutes(minutes: Sequence[int]) -> dict[str, object]:
    return {"dates": _days(minutes), "minutes": tuple(minutes)}


def _days(minutes: Iterable[int]) -> tuple[date, ...]:
    return tuple(map(_date, sorted({minute // MINUTES_A_DAY for minute in minutes})))
