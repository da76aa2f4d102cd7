"""An answer of the store in the forms that people and programs take it."""

from __future__ import annotations

import io
import json
import math
from datetime import date, datetime

import polars as pl
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from pipeline.cli.output import err, out
from pipeline.counted import counted

_WIDEST = 10_000
"""Characters of a table's line at most."""


def print_table(answer: pl.DataFrame, rows: int) -> None:
    """The first `rows` rows as a table, and how many there are.

    A table too wide for the terminal is printed as one line a value; into a pipe, as wide as it is.
    """
    table = Table(*answer.columns)
    for row in answer.head(rows).iter_rows():
        table.add_row(*map(_cell, row))
    width = Measurement.get(out, out.options.update(width=_WIDEST), table).maximum
    if width <= out.width:
        out.print(table)
    elif out.is_terminal:
        _print_upright(answer.head(rows))
    else:
        Console(width=width, highlight=False).print(table)
    shown = f"{min(rows, answer.height)} of " if answer.height > rows else ""
    err.print(f"{shown}{counted(answer.height, 'row')}", style="dim")


def _print_upright(answer: pl.DataFrame) -> None:
    names = Table.grid("name", "value", padding=(0, 2), expand=False)
    for number, row in enumerate(answer.iter_rows(named=True), start=1):
        names.add_row(Text(f"row {number}", style="bold"), "")
        for name, value in row.items():
            names.add_row(f"  {escape(name)}", _cell(value))
    out.print(names)


def _cell(value: object) -> str:
    """An answer is no markup."""
    return escape(plain_text(value))


def plain_text(value: object) -> str:
    """One value as text: lists as JSON, a missing one as nothing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(value)
    return _json(value) if isinstance(value, list | dict) else str(_plain(value))


def csv_text(answer: pl.DataFrame) -> str:
    """CSV with a header; lists as JSON, a missing value as nothing."""
    as_text = {
        name: _json if dtype.is_nested() else bytes.hex
        for name, dtype in answer.schema.items()
        if dtype.is_nested() or dtype == pl.Binary
    }
    flat = answer.with_columns(
        pl.col(name).map_elements(written, return_dtype=pl.String)
        for name, written in as_text.items()
    )
    return flat.write_csv()


def json_text(answer: pl.DataFrame) -> str:
    """A list of objects; money as strings, times in RFC 3339, so that nothing is rounded.

    What is no number (nan, inf) is null: JSON has no word for it.
    """
    return _json(answer.to_dicts(), indent=2) + "\n"


def parquet_bytes(answer: pl.DataFrame) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    answer.write_parquet(buffer)
    return buffer.getvalue()


def _json(value: object, *, indent: int | None = None) -> str:
    return json.dumps(_plain(value), ensure_ascii=False, allow_nan=False, indent=indent)


def _plain(value: object) -> object:  # noqa: PLR0911  (one line a type)
    """The value as JSON has it."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case None | str() | int() | float():
            return value
        case datetime():
            return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case pl.Series() | list():
            return [_plain(item) for item in value]
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case _:
            return str(value)
