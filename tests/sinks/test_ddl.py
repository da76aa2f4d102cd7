from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.facts import FACTS
from sinks.ddl import render
from sinks.store import Store

ROOT = Path(__file__).parents[2]


def test_the_committed_sql_is_what_the_models_render() -> None:
    for path, text in render().items():
        assert (ROOT / path).read_text() == text, f"{path} differs: run `python -m deploy.render`"


def test_the_tables_have_the_columns_and_types_of_the_facts(migrated: Store) -> None:
    for event_type, columns in FACTS.items():
        found = migrated.query(
            "SELECT name, type FROM system.columns"
            " WHERE database = currentDatabase() AND table = %(table)s",
            {"table": f"fact_{event_type}"},
        )
        assert dict(found.iter_rows()) == {it.name: it.clickhouse for it in columns}


def test_every_fact_type_is_stored_and_read_in_its_own_dtypes(migrated: Store) -> None:
    for event_type, columns in FACTS.items():
        schema = {column.name: column.dtype for column in columns}
        migrated.insert(f"fact_{event_type}", pl.DataFrame(schema=schema))
        found = migrated.query(f"SELECT * FROM v_{event_type}")
        assert dict(found.schema) == schema
