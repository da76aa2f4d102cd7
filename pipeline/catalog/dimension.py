"""The vocabulary of dimensions: what a reference table is, and what may stand in its columns.

Tables, loading, templates and validation all follow from these declarations, each of which
checks itself when it is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from zoneinfo import ZoneInfo

import polars as pl

from pipeline.errors import CatalogError
from schemas.facts import Column as Stored

VALID_FROM = "valid_from_ms"
VALID_TO = "valid_to_ms"
GRAIN = "grain"

Values = Mapping[str, object]
"""A row: what its columns hold, an absent value as `Kind.absent`."""


class Kind(StrEnum):
    """What a column holds; `HOW` says how people write it."""

    ID = "id"
    PERSON = "person"
    SCOPE = "scope"
    TEXT = "text"
    CHOICE = "choice"
    FLAG = "flag"
    COUNT = "count"
    MOMENT = "moment"
    DAY = "day"
    PERIOD = "period"
    METRIC = "metric"
    MONEY = "money"
    NUMBER = "number"
    SHARE = "share"
    IDS = "ids"

    @property
    def dtype(self) -> pl.DataType:
        """As polars has it."""
        return _STORED[self][0]

    @property
    def clickhouse(self) -> str:
        """As ClickHouse declares it."""
        return _STORED[self][1]

    @property
    def absent(self) -> object:
        """What the column holds where a row says nothing; nothing is nullable."""
        return _STORED[self][2]


_STRING = (pl.String(), "String", "")
_NUMBER = (pl.Decimal(18, 6), "Decimal(18, 6)", Decimal("0.000000"))
_STORED: Mapping[Kind, tuple[pl.DataType, str, object]] = MappingProxyType(
    {
        Kind.ID: _STRING,
        Kind.PERSON: _STRING,
        Kind.SCOPE: _STRING,
        Kind.TEXT: _STRING,
        Kind.CHOICE: _STRING,
        Kind.PERIOD: _STRING,
        Kind.METRIC: _STRING,
        Kind.FLAG: (pl.UInt8(), "UInt8", 0),
        Kind.COUNT: (pl.UInt32(), "UInt32", 0),
        Kind.MOMENT: (pl.Int64(), "Int64", 0),
        Kind.DAY: (pl.Date(), "Date", None),
        Kind.MONEY: (pl.Decimal(18, 2), "Decimal(18, 2)", Decimal("0.00")),
        Kind.NUMBER: _NUMBER,
        Kind.SHARE: _NUMBER,
        Kind.IDS: (pl.List(pl.String()), "Array(String)", ()),
    }
)

HOW: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.ID: "an id of 1 to 128 bytes",
        Kind.PERSON: "a person's id, or their pseudonym of 32 hex digits",
        Kind.SCOPE: "the id that the grain asks for; none for the grain O",
        Kind.TEXT: "text",
        Kind.CHOICE: "one of the values listed",
        Kind.FLAG: "yes or no",
        Kind.COUNT: "a whole number",
        Kind.MOMENT: "2026-11-01T08:00:00+08:00, 2026-11-01, or epoch milliseconds",
        Kind.DAY: "2026-11-01",
        Kind.PERIOD: "2026, 2026-Q4, 2026-11 or 2026-W48",
        Kind.METRIC: "the name of a metric, as `pulse metrics list` shows it",
        Kind.MONEY: "an amount like 19.90 in the reporting currency, not negative",
        Kind.NUMBER: "a number like 50 or 0.03, with 6 decimals at most",
        Kind.SHARE: "a share between 0 and 1, like 0.03",
        Kind.IDS: "ids: a list in YAML, else separated by ;",
    }
)
"""Kind -> how a value of it is written in a file."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column. `example` is how the row of a template writes it.

    `refers` names the table whose (single) key its ids are. A `computed` column follows from the
    others: files may leave it out, and may not contradict it.
    """

    name: str
    kind: Kind
    comment: str
    example: str = ""
    required: bool = False
    values: tuple[str, ...] = ()
    refers: str = ""
    computed: bool = False

    @property
    def told(self) -> str:
        """Its meaning, with the values it may have."""
        return f"{self.comment}: {', '.join(self.values)}" if self.values else self.comment


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What must hold within a row beside the kinds of its columns; `column` is to blame."""

    column: str
    needs: tuple[str, ...]
    holds: Callable[[Values], bool]
    wrong: str
    remedy: str


@dataclass(frozen=True, kw_only=True)
class Table:
    """One dimension table. Of two rows with the same `key` the one loaded last holds.

    `spans` are pairs of moments, the first before the second. With `valid`, rows of one key but
    for valid_from_ms are a history: half-open spans that do not overlap. `unique` columns tell
    rows apart as the key does. In each set of rows that agree in `cards`, the weights sum to 1
    or all are 0. `compute` gives the computed columns from the others and the reporting zone.
    """

    name: str
    comment: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    valid: bool = False
    spans: tuple[tuple[str, str], ...] = ()
    unique: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    compute: Callable[[Values, ZoneInfo], Values] | None = None

    def __post_init__(self) -> None:
        names = [column.name for column in self.columns]
        used = {*self.key, *self.unique, *self.cards, *(end for span in self.spans for end in span)}
        used |= {name for rule in self.rules for name in (rule.column, *rule.needs)}
        faults = [
            fault
            for wrong, fault in (
                (not re.fullmatch(r"[a-z][a-z_]*", self.name), "its name"),
                (len(names) != len(set(names)), "a column is declared twice"),
                (bool(used - set(names)), f"no column {', '.join(sorted(used - set(names)))}"),
                (self.valid and self.key[-1] != VALID_FROM, f"a history ends its key {VALID_FROM}"),
                (
                    any(it.kind is Kind.CHOICE and not it.values for it in self.columns),
                    "a choice without values",
                ),
                (
                    any(it.kind is Kind.SCOPE for it in self.columns) and GRAIN not in names,
                    "a scope without a grain",
                ),
                (
                    any(it.computed for it in self.columns) is not bool(self.compute),
                    "computed columns, and what computes them",
                ),
                (not all(it.comment for it in self.columns), "a column without comment"),
            )
            if wrong
        ]
        if faults:
            raise CatalogError(
                f"The table contradicts itself: {'; '.join(faults)}", where=self.name
            )

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their names."""
        return MappingProxyType({column.name: column for column in self.columns})

    @property
    def view(self) -> str:
        """Where everybody reads it: each key once, as it stands."""
        return f"v_{self.name}"

    @property
    def stored(self) -> tuple[Stored, ...]:
        """Its columns as they are stored, without those of the loading itself."""
        return tuple(
            Stored(it.name, it.kind.dtype, it.kind.clickhouse, it.told) for it in self.columns
        )
