"""`pulse config`: what is set, to what, and where from; and all that is wrong with it."""

from __future__ import annotations

import os
from dataclasses import asdict
from functools import reduce
from pathlib import Path

import typer
from pydantic import SecretStr

from pipeline.cli.output import Json, out, print_rows
from pipeline.operations.checkup import shown
from pipeline.operations.config_check import check as faults_of
from pipeline.operations.config_check import known_settings
from pipeline.settings import SECRETS_DIR, load_settings

app = typer.Typer(no_args_is_help=True, help="Show the settings, check them all at once.")


@app.command()
def show(as_json: Json = False) -> None:
    """List every setting with its value and source; secrets stay hidden."""
    settings = load_settings()
    rows = [
        {
            "setting": setting.name,
            "value": _shown(reduce(getattr, setting.path, settings)),
            "source": _source(setting.name),
            "meaning": setting.field.description or "",
        }
        for setting in known_settings()
    ]
    print_rows("Settings", rows, as_json=as_json)


@app.command()
def check(as_json: Json = False) -> None:
    """Tell every fault of the settings at once: place, value, what to do. Asks no server.

    Exit code 2 if there is one. `pulse doctor` looks at the servers too.
    """
    faults = [asdict(fault) for fault in faults_of(os.environ)]
    if faults or as_json:
        print_rows("Faults of the settings", faults, as_json=as_json)
    else:
        out.print("All settings are as they must be.")
    if faults:
        raise typer.Exit(2)


def _source(name: str) -> str:
    if name in os.environ:
        return "environment"
    folder = os.environ.get(SECRETS_DIR)
    return "file" if folder and Path(folder, name).exists() else "default"


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set, hidden" if value.get_secret_value() else "not set"
    return "" if value is None else shown(str(value))
