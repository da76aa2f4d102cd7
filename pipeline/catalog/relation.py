"""PURE: what metrics are computed from: rows in a window, and which scopes each row belongs to.

A relation's SQL may use these parameters; every one is bound by whoever runs it:
`start_ms`, `end_ms` (the window, half-open), `asof_ms` (facts from then on are not known yet),
`zone` (cuts local days and hours), and every field of `pipeline.catalog.terms.Terms`.
Dialect: ClickHouse 24.8 and later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from pipeline.catalog.vocabulary import Grain
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

_TYPES = "(SELECT arraySort(groupArray((group_id, community_type))) FROM v_dim_group)"

COMMUNITY_TYPE = f"transform(group_id, {_TYPES}.1, {_TYPES}.2, '')"
"""Type of the community that a row's group_id is, '' where dim_group does not know the group."""

SCOPES: Mapping[Grain, str] = MappingProxyType(
    {
        Grain.GROUP: "group_id",
        Grain.TYPE: COMMUNITY_TYPE,
        Grain.CHANNEL: "if(channel_id = '', 'unknown', channel_id)",
        Grain.CAMPAIGN: "campaign_id",
        Grain.STAFF: "staff_id",
        Grain.USER: "user_id",
        Grain.OVERALL: "''",
    }
)
"""Which scope of each grain a row belongs to; '' = none, but overall."""


@dataclass(frozen=True)
class Relation:
    """Rows of a window: `sql` is a SELECT. `scopes` are those of its own, beside `SCOPES`."""

    name: str
    sql: str
    events: tuple[EventType, ...]
    scopes: Mapping[Grain, str] = field(default_factory=dict, hash=False)


def scope(grains: Sequence[Grain], own: Mapping[Grain, str] = MappingProxyType({})) -> str:
    """The column `scope` of a SELECT: a row once for each of `grains` that it has a scope of."""
    pairs = ", ".join(f"('{grain}', {({**SCOPES, **own})[grain]})" for grain in grains)
    return f"arrayJoin(arrayFilter(x -> x.1 = 'O' OR x.2 != '', [{pairs}])) AS scope"


def within(column: str = "event_ms", since: str = "%(start_ms)s", until: str = "%(end_ms)s") -> str:
    """Condition: `column` lies in the window, or in [since, until); names event_date as well."""
    return (
        f"event_date >= toDate(fromUnixTimestamp64Milli(toInt64({since}), 'UTC'))"
        f" AND event_date <= toDate(fromUnixTimestamp64Milli(toInt64({until}), 'UTC'))"
        f" AND {column} >= {since} AND {column} < {until}"
    )


def before(until: str = "%(end_ms)s") -> str:
    """Condition: the event lies before `until`, as far as it is known."""
    return (
        f"event_date <= toDate(fromUnixTimestamp64Milli(toInt64({until}), 'UTC'))"
        f" AND event_ms < {until}"
    )


def days(term: str) -> str:
    """So many days as a term says, in milliseconds."""
    return f"%({term})s * {DAY_MS}"


def after(span_ms: str) -> str:
    """When effects of what happens in the window end: so long after it, or where facts do."""
    return f"least(%(asof_ms)s, %(end_ms)s + {span_ms})"


def local_day(column: str = "event_ms") -> str:
    """The day in the reporting zone of a column of epoch milliseconds."""
    return f"toDate(fromUnixTimestamp64Milli({column}), %(zone)s)"


def local_hour(column: str = "event_ms") -> str:
    """The hour of the day in the reporting zone, 0-23."""
    return f"toHour(fromUnixTimestamp64Milli({column}), %(zone)s)"
