"""`pulse config`: what is set, to what, and where from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import typer
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from pipeline.cli.output import Json, print_rows
from pipeline.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Show the settings.")


@app.callback()
def config() -> None:
    """Show the settings."""


@app.command()
def show(as_json: Json = False) -> None:
    """List every setting with its value and source; secrets stay hidden."""
    rows = [
        {
            "setting": name,
            "value": _shown(value),
            "source": "environment" if name in os.environ else "default",
            "meaning": field.description or "",
        }
        for name, value, field in _walk(load_settings(), "PULSE_")
    ]
    print_rows("Settings", rows, as_json=as_json)


def _walk(model: BaseModel, prefix: str) -> Iterator[tuple[str, Any, FieldInfo]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _walk(value, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", value, field


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "set, hidden" if value.get_secret_value() else "not set"
    text = "" if value is None else str(value)
    if "://" in text and "@" in text:
        scheme, _, rest = text.partition("://")
        return f"{scheme}://hidden@{rest.rpartition('@')[2]}"
    return text
