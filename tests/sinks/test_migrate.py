from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import Fatal, StoreError
from sinks.migrate import FOLDER, Migration, State, migrations, require_current, run, status, up
from sinks.store import Store


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations, one of them for modern engines alone."""
    found = tmp_path / "migrations"
    found.mkdir()
    (found / "001_one.sql").write_text(
        "-- about; one\nCREATE TABLE IF NOT EXISTS one (a UInt8)\nENGINE = Memory;\n\n"
        "CREATE TABLE IF NOT EXISTS two (a String DEFAULT ';') ENGINE = Memory;\n"
    )
    (found / "002_new.sql").write_text(
        "-- requires: 24.8\nCREATE VIEW IF NOT EXISTS three AS"
        " WITH x AS (SELECT a FROM one) SELECT a FROM x;\n"
    )
    return found


def fit(store: Store) -> list[Migration]:
    """The program's migrations that this store is not too old for."""
    return [each for each in migrations() if store.modern or not each.requires]


def test_up_applies_in_order_and_a_second_time_nothing(store: Store) -> None:
    assert up(store) == fit(store)
    assert up(store) == []
    assert [each for each, state in status(store) if state is State.APPLIED] == fit(store)


def test_status_of_an_empty_store_is_pending_and_writes_nothing(store: Store) -> None:
    assert [each for each, state in status(store) if state is State.PENDING] == fit(store)
    with pytest.raises(Fatal):
        store.query("SELECT * FROM schema_migration")


def test_a_program_does_not_start_on_a_store_that_lacks_migrations(store: Store) -> None:
    with pytest.raises(StoreError, match="001_facts") as caught:
        require_current(store)
    assert caught.value.remedy == "Run `pulse migrate up`."
    up(store)
    require_current(store)


def test_an_old_store_leaves_out_what_it_cannot_run(store: Store, folder: Path) -> None:
    up(store, folder)
    expected = State.APPLIED if store.modern else State.LEFT_OUT
    assert [state for _, state in status(store, folder)] == [State.APPLIED, expected]


def test_an_edited_migration_is_an_error(store: Store, folder: Path) -> None:
    up(store, folder)
    path = folder / "001_one.sql"
    path.write_text(path.read_text() + "\n-- later thought\n")
    with pytest.raises(StoreError, match="001_one was edited"):
        status(store, folder)
    with pytest.raises(StoreError, match="001_one was edited"):
        up(store, folder)


def test_a_store_ahead_of_the_program_is_an_error(store: Store, folder: Path) -> None:
    (folder / "002_new.sql").write_text("SELECT 1;\n")
    up(store, folder)
    (folder / "002_new.sql").unlink()
    with pytest.raises(StoreError, match="002_new, which this program does not know"):
        status(store, folder)


def test_one_that_broke_halfway_is_done_again(store: Store, folder: Path) -> None:
    good = (folder / "001_one.sql").read_text()
    (folder / "001_one.sql").write_text(good + "CREATE NONSENSE;\n")
    with pytest.raises(Fatal):
        up(store, folder)
    (folder / "001_one.sql").write_text(good)
    assert up(store, folder)[0].name == "one"


@pytest.mark.parametrize("names", [["1_one.sql"], ["002_two.sql"], ["001_a.sql", "001_b.sql"]])
def test_misnamed_or_misnumbered_files_are_errors(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(StoreError):
        migrations(tmp_path)


def test_statements_are_cut_at_line_ends_and_without_comments() -> None:
    text = "-- a; b\nSELECT ';' ;\n\n-- c\nSELECT\n    2;\n"
    assert list(Migration(1, "x", text).statements()) == ["SELECT ';'", "SELECT\n    2"]


def test_every_column_of_every_table_is_commented(store: Store) -> None:
    up(store)
    silent = store.query(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase()"
        " AND comment = '' AND substring(table, 1, 2) != 'v_'"
    )
    columns = store.query("SELECT name FROM system.columns WHERE database = currentDatabase()")
    assert columns.height > 100
    assert silent.rows() == []


def test_every_migration_may_run_twice(store: Store) -> None:
    for _ in range(2):
        for migration in fit(store):
            run(migration, store)
    assert store.query("SELECT count() AS n FROM v_group_minute").item() == 0


def test_the_migrations_are_where_the_package_looks() -> None:
    assert (FOLDER / "001_facts.sql").is_file()
