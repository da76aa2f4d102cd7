"""`pulse migrate`: bring the store's tables up to date, and show where they stand."""

from __future__ import annotations

from contextlib import closing

import typer

from pipeline.cli.output import Json, out, print_rows
from pipeline.errors import StoreInUse
from pipeline.operations.perform import open_reader
from pipeline.settings import load_settings
from sinks.migrate import State
from sinks.migrate import status as states_of
from sinks.migrate import up as apply_pending
from sinks.store import Store, open_store

app = typer.Typer(no_args_is_help=True, help="Bring the store's tables up to date.")


@app.command()
def up(as_json: Json = False) -> None:
    """Apply every migration the store lacks, in order. `pulse up` does so when it starts."""
    try:
        store = open_store(load_settings(), role="migrate")
    except StoreInUse as owned:
        raise StoreInUse(
            owned.what,
            where=owned.where,
            remedy="A `pulse up` of this version applies what is missing as it starts: restart it.",
        ) from owned
    with closing(store):
        applied = {migration.number for migration in apply_pending(store)}
        rows = [
            {**row, "state": "applied now" if row["number"] in applied else row["state"]}
            for row in _rows(store)
        ]
        print_rows(f"Migrations of {store.address}", rows, as_json=as_json)
        if not as_json:
            _tell_left_out(store, rows)


@app.command()
def status(as_json: Json = False) -> None:
    """Show which migrations are applied; fail if some are pending."""
    with closing(open_reader(load_settings(), role="migrate")) as store:
        rows = _rows(store)
        print_rows(f"Migrations of {store.address}", rows, as_json=as_json)
    if any(row["state"] == State.PENDING for row in rows):
        raise typer.Exit(1)


def _rows(store: Store) -> list[dict[str, object]]:
    return [
        {"number": migration.number, "name": migration.name, "state": str(state)}
        for migration, state in states_of(store)
    ]


def _tell_left_out(store: Store, rows: list[dict[str, object]]) -> None:
    names = [str(row["name"]) for row in rows if row["state"] == State.LEFT_OUT]
    if names:
        out.print(f"ClickHouse {store.version()} is too old for {', '.join(names)}: left out.")
