"""A community written down by hand or by chance: events, dimension rows, and a store of them.

An event is a dict with every field of its fact table, so that a reference reads `event["group_id"]`
without looking whether it is there. Moments are epoch milliseconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.catalog.metric import Metric
from pipeline.catalog.terms import Terms
from pipeline.core.calendar import CalendarWindow
from pipeline.rollup.catalogue import CatalogueRollup
from schemas.event_type import EventType
from schemas.facts import DEFAULTS, FACT_TYPES, FACTS
from sinks.store import Store

ZONE = "Asia/Shanghai"
GRACE_MS = 300_000
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Event = dict[str, Any]
Key = tuple[str, str]
"""Scope id and slice."""
Numbers = tuple[float, float]
"""Numerator and denominator."""

_numbers = count(1)


def at(text: str, zone: str = ZONE) -> int:
    """Epoch milliseconds of a local time such as 2025-03-01 09:30."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def event(
    event_type: EventType | str, when: int | str, group: str, user: str, **fields: Any
) -> Event:
    """An event of a member; `fields` are columns of its fact table (moments as epoch ms)."""
    kind = EventType(event_type)
    ms = at(when) if isinstance(when, str) else when
    blank = _blank(kind)
    unknown = fields.keys() - blank.keys()
    assert not unknown, f"{kind} has no {sorted(unknown)}"
    number = next(_numbers)
    return {
        **{name: [] if value == [] else value for name, value in blank.items()},
        "actor_role": "member",
        "event_id": f"e{number}",
        "source": "test",
        "offset": number,
        "ingest_ms": ms,
        **fields,
        "event_type": str(kind),
        "event_ms": ms,
        "group_id": group,
        "user_id": user,
        "owner": "" if group else user,
    }


@cache
def _blank(kind: EventType) -> Mapping[str, Any]:
    """Every column of a fact table, with what it holds where nothing is said."""
    columns = {column.name: column.dtype for column in FACTS[kind]}
    return {
        **{name: _empty(dtype) for name, dtype in columns.items()},
        **{
            name: value
            for name, value in DEFAULTS[kind].items()
            if name in columns and not isinstance(columns[name], pl.List)
        },
    }


@dataclass
class Community:
    """Events in any order, rows of dimension tables by table, and how they are looked at."""

    events: list[Event] = field(default_factory=list)
    dims: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    terms: Terms = field(default_factory=Terms)
    zone: str = ZONE
    grace_ms: int = GRACE_MS

    def of(self, event_type: EventType | str) -> Iterator[Event]:
        """Events of one type."""
        return iter(self._by_type[str(event_type)])

    @cached_property
    def _by_type(self) -> Mapping[str, Sequence[Event]]:
        found: dict[str, list[Event]] = defaultdict(list)
        for one in self.events:
            found[one["event_type"]].append(one)
        return found


def store_community(store: Store, community: Community) -> None:
    """Put its events and dimension rows into a migrated store."""
    for kind in FACT_TYPES:
        found = list(community.of(kind))
        if found:
            store.insert(f"fact_{kind}", _frame(kind, found))
    for table, rows in community.dims.items():
        store.insert(table, pl.DataFrame([{**row, "loaded_ms": 1} for row in rows]))


def forget(store: Store) -> None:
    """Empty every table that `store_community` and a rollup fill."""
    tables = store.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND total_rows > 0"
        " AND engine LIKE '%MergeTree' AND name != 'schema_migration'"
    )
    for name in tables["name"]:
        store.execute(f"TRUNCATE TABLE {name}")


def computed(
    store: Store,
    community: Community,
    metrics: Sequence[Metric],
    window: CalendarWindow,
    asof_ms: int | None = None,
) -> pl.DataFrame:
    """What the catalogue's SQL says of a stored community: rows of `metric_value`."""
    asof = window.end_ms + 400 * DAY if asof_ms is None else asof_ms
    rollup = rollup_of(store, community, metrics)
    rollup.stage.build(asof)
    found = rollup.values(window, metrics, asof)
    assert not rollup.failed, rollup.failed
    return found


def rollup_of(store: Store, community: Community, metrics: Sequence[Metric]) -> CatalogueRollup:
    """The rollup of some metrics as a community wants it."""
    return CatalogueRollup(
        store, metrics, terms=community.terms, zone=community.zone, grace_ms=community.grace_ms
    )


def numbers(found: pl.DataFrame, metric: str, grain: str) -> dict[Key, Numbers]:
    """(scope, slice) -> (numerator, denominator) of one metric at one grain."""
    rows = found.filter((pl.col("metric") == metric) & (pl.col("grain") == grain))
    return {
        (scope, slice_): (numerator, denominator)
        for scope, slice_, numerator, denominator in rows.select(
            "scope_id", "slice", "numerator", "denominator"
        ).iter_rows()
    }


def values(found: pl.DataFrame, metric: str, grain: str) -> dict[str, float | None]:
    """Scope (and /slice where there is one) -> value of one metric at one grain."""
    rows = found.filter((pl.col("metric") == metric) & (pl.col("grain") == grain))
    return {
        f"{scope}/{slice_}" if slice_ else scope: value
        for scope, slice_, value in rows.select("scope_id", "slice", "value").iter_rows()
    }


def _frame(kind: EventType, events: Iterable[Event]) -> pl.DataFrame:
    names = [column.name for column in FACTS[kind] if not column.name.startswith("event_d")]
    schema = {column.name: column.dtype for column in FACTS[kind]}
    given = pl.DataFrame(
        [{name: one[name] for name in names if name != "event_time"} for one in events],
        schema={name: schema[name] for name in names if name != "event_time"},
    )
    time = pl.from_epoch("event_ms", time_unit="ms")
    return given.with_columns(
        event_date=time.dt.date(),
        event_time=time.dt.truncate("1s").dt.replace_time_zone("UTC"),
    ).select(list(schema))


def _empty(dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.List):
        return []
    if isinstance(dtype, pl.String):
        return ""
    if isinstance(dtype, pl.Decimal):
        return "0"
    return 0
