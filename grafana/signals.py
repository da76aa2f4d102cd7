"""What a panel can show: a signal, declared once with its meaning, unit and queries.

The declarations are in `milestones`, `traffic` and `health`. A query is PromQL or SQL and names
no data source: panels take it from the board's variable. `${group:...}` is the board's choice of
groups; in PromQL it stands between backticks, where a regex's backslashes mean themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.errors import CatalogError

GROUPS = "group_id=~`${group:regex}`"
"""PromQL matcher of the chosen groups."""

CHOSEN = "group_id != '' AND $__conditionalAll(group_id IN (${group:singlequote}), $group)"
"""SQL condition of the chosen groups."""


class Source(StrEnum):
    """A data source: the name of its variable on a board."""

    CLICKHOUSE = "clickhouse"
    PROMETHEUS = "prometheus"


class Unit(StrEnum):
    """How a number is written, by Grafana's unit ids."""

    COUNT = "short"
    RATIO = "percentunit"
    SECONDS = "s"
    DAYS = "d"
    PER_SECOND = "cps"
    MONEY = "locale"  # digits grouped; the one reporting currency is the installation's
    TIMES = "suffix:x"
    TEXT = "string"
    TIME = "dateTimeAsIso"


class Look(StrEnum):
    """What a number's colour says."""

    PLAIN = "plain"
    PAST = "past"  # what something is compared with: grey, dashed
    FALL_IS_BAD = "fall"  # red below `Field.limit`
    RISE_IS_BAD = "rise"  # red from `Field.limit` on
    HEAT = "heat"  # of a table: the deeper the cell's colour, the more


@dataclass(frozen=True, kw_only=True)
class Query:
    """One query. `name`: what its value is called; SQL names its columns itself."""

    source: Source
    text: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one column or series of a signal is shown.

    `words`: value -> what is shown for it; `empty`: what is shown for none, where that differs.
    `link`: where a click leads, a URL in which `${__value.raw}` is the value. `calm`: what is not
    bad is no praise either; a fall short of an alert is still none to be proud of.
    """

    unit: Unit = Unit.COUNT
    look: Look = Look.PLAIN
    limit: float | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    decimals: int | None = None
    empty: str = ""
    link: str = ""
    calm: bool = False

    def __post_init__(self) -> None:
        if (self.limit is None) != (self.look in (Look.PLAIN, Look.PAST, Look.HEAT)):
            raise CatalogError("A limit goes with a look that is bad beyond it", where=str(self))


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What is watched. `fields`: those shown otherwise than as a plain number in `unit`.

    `empty`: what a panel says where there is nothing to show.
    """

    id: str
    title: str
    description: str
    unit: Unit
    queries: tuple[Query, ...]
    fields: Mapping[str, Field] = field(default_factory=dict)
    empty: str = "No data"

    def __post_init__(self) -> None:
        sources = {query.source for query in self.queries}
        if len(sources) != 1:
            raise CatalogError("A signal is read from one data source", where=self.id)

    @property
    def source(self) -> Source:
        """Where it is read from."""
        return self.queries[0].source


def promql(name: str, text: str) -> Query:
    """A query of Prometheus whose value is called `name`, which may be {{label}}."""
    return Query(source=Source.PROMETHEUS, text=text, name=name)


TO_GROUP = "/d/community-group/community-group?var-group=${__value.raw}&${__url_time_range}"
"""From a group's id to the board of that group; Grafana percent-encodes the id."""

A_GROUP = Field(unit=Unit.TEXT, link=TO_GROUP)


def sql(text: str) -> Query:
    """A query of ClickHouse: from 18.16 on, or 24.8 on a board that is `modern`."""
    return Query(source=Source.CLICKHOUSE, text=text)
