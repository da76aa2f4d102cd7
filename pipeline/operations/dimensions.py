"""Dimension tables in the store: read, compared with what is wanted, and written.

A write adds rows and changes none, so it may be cut off anywhere and begun anew. It runs where
the store may be written, and there is handed nothing but rows that differ.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from pipeline.catalog.dimension import Table
from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from pipeline.clock import wall_ms
from pipeline.errors import UsageError
from pipeline.operations.control_socket import LONGEST_REQUEST
from pipeline.operations.operation import Context
from pipeline.sources.dimensions.rows import Row
from pipeline.sources.dimensions.sheet import Fault
from pipeline.sources.dimensions.whole import Key, State, faults_between, needed, state_after
from sinks.dimension_ddl import LOADING
from sinks.key_guard import claim_key
from sinks.store import Store

NAME = "dims.write"

REQUEST_BYTES = LONGEST_REQUEST // 2
"""Of rows that are handed over at once; no row comes near it."""


@dataclass
class Change:
    """What a load does to one table; `rows` are to be written, the removed ones marked so."""

    table: Table
    rows: list[dict[str, Any]]
    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0

    def as_json(self) -> dict[str, Any]:
        """Its counts."""
        names = ("added", "changed", "removed", "unchanged")
        return {name: getattr(self, name) for name in names}


def judge(
    store: Store, rows: Sequence[Row], loaded: Sequence[str], *, prune: bool
) -> tuple[list[Change], list[Fault]]:
    """What loading `rows`, all that files hold of the tables `loaded`, would change in the store,
    and everything that is wrong between rows. Raises Retryable or Fatal.
    """
    stored = stored_rows(store, needed(loaded, prune=prune))
    state = state_after(rows, stored, loaded, prune=prune)
    faults = faults_between(rows, state, stored)
    return list(changes(state, stored, loaded, prune=prune)), faults


def stored_rows(store: Store, names: Iterable[str]) -> State:
    """The rows of some tables, as they stand. Raises Retryable or Fatal."""
    state: dict[str, dict[Key, Row]] = {}
    for name in names:
        table = DIMENSIONS[name]
        state[name] = {}
        for values in store.query(f"SELECT * FROM {table.view}").iter_rows(named=True):
            row = Row(table, {key: _comparable(value) for key, value in values.items()})
            state[name][row.key or ()] = row
    return state


def counts(store: Store) -> dict[str, tuple[int, int]]:
    """Rows of each table, and epoch milliseconds of its last load; 0 = never."""
    asked = "\nUNION ALL\n".join(
        f"SELECT '{table.name}' AS name, toUInt64(sum(removed = 0)) AS n,"
        f" max(loaded_ms) AS last_ms FROM {table.name} FINAL"
        for table in TABLES
    )
    return {name: (n, last) for name, n, last in store.query(asked).iter_rows()}


def changes(state: State, stored: State, loaded: Iterable[str], *, prune: bool) -> Iterator[Change]:
    """What has to be written so that each loaded table is as in `state`, table by table."""
    for name in loaded:
        change = Change(DIMENSIONS[name], [])
        wanted, held = state.get(name, {}), stored.get(name, {})
        for key, row in wanted.items():
            before = held.get(key)
            if row.place is None:  # of the store, and in no file
                continue
            if before is not None and before.values == row.values:
                change.unchanged += 1
                continue
            change.rows.append(_plain(row, removed=0))
            if before is None:
                change.added += 1
            else:
                change.changed += 1
        if prune:
            gone = [row for key, row in held.items() if key not in wanted]
            change.rows += [_plain(row, removed=1) for row in gone]
            change.removed = len(gone)
        yield change


def requests(made: Iterable[Change], key_id: str) -> Iterator[dict[str, Any]]:
    """The arguments of the writes that make some changes: mostly of one."""
    tables: dict[str, list[dict[str, Any]]] = {}
    size = 0
    for change in made:
        for row in change.rows:
            length = len(json.dumps(row))
            if tables and size + length > REQUEST_BYTES:
                yield {"tables": tables, "key_id": key_id}
                tables, size = {}, 0
            tables.setdefault(change.table.name, []).append(row)
            size += length
    if tables:
        yield {"tables": tables, "key_id": key_id}


def write(context: Context, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Store the rows of `tables`, as `changes` made them; of each key they hold from now on.

    Raises ForeignKey, having written nothing, if `key_id` (of pseudonyms among them; '' = none)
    is not the store's.
    """
    tables: Mapping[str, Sequence[Mapping[str, Any]]] = arguments["tables"]
    if unknown := [name for name in tables if name not in DIMENSIONS]:
        raise UsageError(
            f"There is no dimension table {unknown[0]}",
            where="the process that owns the store",
            remedy="Restart it with this version of the program.",
        )
    if arguments["key_id"]:
        claim_key(context.store, arguments["key_id"])
    for number, (name, rows) in enumerate(tables.items()):
        context.progress(name, number, len(tables))
        _write(context.store, DIMENSIONS[name], rows)
    context.progress("done", len(tables), len(tables))
    return {"written": sum(map(len, tables.values()))}


def _write(store: Store, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    last = store.query(f"SELECT max(loaded_ms) AS ms FROM {table.name}").item()
    loaded_ms = max(wall_ms(), (last or 0) + 1)
    store.insert(table.name, frame_of(table, [{**row, "loaded_ms": loaded_ms} for row in rows]))


def frame_of(table: Table, rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """Rows of plain JSON as the table's columns."""
    columns = {
        column.name: pl.Series(
            column.name,
            [_typed(row[column.name], column.dtype) for row in rows],
            dtype=column.dtype,
        )
        for column in (*table.stored, *LOADING)
    }
    return pl.DataFrame(columns)


def _comparable(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _plain(row: Row, *, removed: int) -> dict[str, Any]:
    """A row as JSON has it: amounts and days as text, so that nothing is rounded."""
    values = {
        name: str(value) if isinstance(value, Decimal | date) else value
        for name, value in row.values.items()
    }
    return {**values, "removed": removed}


def _typed(value: Any, dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.Decimal):
        return Decimal(value)
    if isinstance(dtype, pl.Date):
        return date.fromisoformat(value)
    return list(value) if isinstance(dtype, pl.List) else value
