"""Numbered migrations: applied once, in order, and recorded with their checksums."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import polars as pl

from pipeline.clock import wall_ms
from pipeline.counted import counted
from pipeline.errors import Fatal, StoreError
from sinks.store import Store, at_least
from sinks.store_errors import COLUMN_EXISTS, UNKNOWN_DATABASE, UNKNOWN_TABLE

FOLDER = Path(__file__).parent / "migrations"

_RECORD = """
CREATE TABLE IF NOT EXISTS schema_migration (
    `number` UInt32 COMMENT 'Number of the migration; they are applied in this order',
    `name` String COMMENT 'File name without number and ending',
    `checksum` String COMMENT 'SHA-256 of the file',
    `applied_ms` Int64 COMMENT 'Epoch milliseconds (wall time) when it was applied'
) ENGINE = ReplacingMergeTree(applied_ms)
ORDER BY number
"""
_FILE = re.compile(r"(\d{3})_(\w+)\.sql")
_REQUIRES = re.compile(r"-- requires: (\d+)\.(\d+)\n")
_STATEMENT_END = re.compile(r";\s*$", re.MULTILINE)


class State(StrEnum):
    """Where a migration stands in a store."""

    APPLIED = "applied"
    PENDING = "pending"
    LEFT_OUT = "left out"
    """The store is too old for it (`-- requires: 24.8`); everything else works without it."""


@dataclass(frozen=True)
class Migration:
    """One file `NNN_name.sql`: statements that end in `;` at a line's end, each idempotent."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def requires(self) -> tuple[int, int] | None:
        """The oldest engine it runs on, if its first line says so."""
        found = _REQUIRES.match(self.text)
        return (int(found[1]), int(found[2])) if found else None

    def statements(self) -> Iterator[str]:
        """Its SQL, one statement after the other."""
        for part in _STATEMENT_END.split(self.text):
            lines = [line for line in part.splitlines() if not line.startswith("--")]
            if sql := "\n".join(lines).strip():
                yield sql


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """All migrations of the program, by number."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        named = _FILE.fullmatch(path.name)
        if named is None:
            raise StoreError("A migration is named NNN_name.sql", where=str(path))
        found.append(Migration(int(named[1]), named[2], path.read_text(encoding="utf-8")))
    numbers = [migration.number for migration in found]
    if numbers != list(range(1, len(numbers) + 1)):
        raise StoreError(f"Migrations are numbered without gap, not {numbers}", where=str(folder))
    return found


def status(store: Store, folder: Path = FOLDER) -> list[tuple[Migration, State]]:
    """Where each migration stands. Writes nothing.

    Raises StoreError if an applied one was edited, or if the store has one this program lacks.
    """
    known = migrations(folder)
    applied = _applied(store)
    _refuse_strangers(applied, known, store)
    return [(migration, _state(migration, applied, store)) for migration in known]


def up(store: Store, folder: Path = FOLDER) -> list[Migration]:
    """Apply what is pending, in order; return it. Doing it twice, or halfway, harms nothing."""
    store.create_database()
    store.execute(_RECORD)
    pending = [migration for migration, state in status(store, folder) if state is State.PENDING]
    for migration in pending:
        run(migration, store)
        store.insert("schema_migration", _record(migration))
    return pending


def run(migration: Migration, store: Store) -> None:
    """Execute its statements; columns that exist were added before it was cut off halfway."""
    for sql in migration.statements():
        try:
            store.execute(sql)
        except Fatal as error:
            if not (sql.startswith("ALTER TABLE") and error.code in COLUMN_EXISTS):
                raise


def require_current(store: Store) -> None:
    """Raise StoreError unless every migration is applied: called before a program writes."""
    behind = [migration for migration, state in status(store) if state is State.PENDING]
    if behind:
        raise StoreError(
            f"The store lacks {counted(len(behind), 'migration')}, first {_label(behind[0])}",
            where=store.address,
            remedy="Run `pulse migrate up`.",
        )


def _applied(store: Store) -> dict[int, tuple[str, str]]:
    """Name and checksum of the recorded migrations, by number."""
    try:
        recorded = store.query("SELECT number, name, checksum FROM schema_migration FINAL")
    except Fatal as error:
        if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
            return {}
        raise
    return {number: (name, checksum) for number, name, checksum in recorded.iter_rows()}


def _state(migration: Migration, applied: dict[int, tuple[str, str]], store: Store) -> State:
    if migration.number in applied:
        return State.APPLIED
    if migration.requires and not at_least(store.version(), migration.requires):
        return State.LEFT_OUT
    return State.PENDING


def _refuse_strangers(
    applied: dict[int, tuple[str, str]], known: Sequence[Migration], store: Store
) -> None:
    mine = {migration.number: migration for migration in known}
    for number, (name, checksum) in sorted(applied.items()):
        if number not in mine:
            raise StoreError(
                f"The store has migration {number:03}_{name}, which this program does not know",
                where=store.address,
                remedy="Run the newer program that made it.",
            )
        if mine[number].checksum != checksum:
            raise StoreError(
                f"Migration {_label(mine[number])} was edited after it had been applied",
                where=store.address,
                remedy="Restore the file and write the change as a new migration.",
            )


def _record(migration: Migration) -> pl.DataFrame:
    row = {
        "number": migration.number,
        "name": migration.name,
        "checksum": migration.checksum,
        "applied_ms": wall_ms(),
    }
    return pl.DataFrame([row])


def _label(migration: Migration) -> str:
    return f"{migration.number:03}_{migration.name}"
