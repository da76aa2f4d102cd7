from __future__ import annotations

from pathlib import Path

import polars as pl

from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from sinks.dimension_ddl import LOADING, render
from sinks.store import Store

ROOT = Path(__file__).parents[2]


def test_the_committed_sql_is_what_the_catalogue_renders() -> None:
    for path, text in render().items():
        assert (ROOT / path).read_text() == text, f"{path} differs: run `python -m deploy.render`"


def test_tables_and_views_have_the_columns_of_the_catalogue(migrated: Store) -> None:
    asked = (
        "SELECT name, type FROM system.columns"
        " WHERE database = currentDatabase() AND table = %(table)s"
    )
    for table in TABLES:
        own = {column.name: column.clickhouse for column in table.stored}
        found = migrated.query(asked, {"table": table.name})
        assert dict(found.iter_rows()) == own | {it.name: it.clickhouse for it in LOADING}
        assert dict(migrated.query(asked, {"table": table.view}).iter_rows()) == own
        read = migrated.query(f"SELECT * FROM {table.view}")
        assert dict(read.schema) == {column.name: column.dtype for column in table.stored}


def test_the_last_row_of_a_key_holds_and_a_removed_one_is_gone(migrated: Store) -> None:
    table = DIMENSIONS["dim_tag"]

    def load(loaded_ms: int, removed: int, **names: str) -> None:
        rows = [
            {"tag_id": tag, "name": name, "rule": "", "removed": removed, "loaded_ms": loaded_ms}
            for tag, name in names.items()
        ]
        migrated.insert(table.name, pl.DataFrame(rows))

    load(1, 0, a="first", b="first")
    load(3, 0, a="third")
    load(2, 0, a="second")
    load(4, 1, b="first")
    found = migrated.query("SELECT tag_id, name FROM v_dim_tag ORDER BY tag_id")
    assert found.rows() == [("a", "third")]
    load(5, 0, b="again")
    assert migrated.query("SELECT count() AS n FROM v_dim_tag").item() == 2
