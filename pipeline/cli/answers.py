"""An answer of the store in the forms that people and programs take it."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from decimal import Decimal

import polars as pl
from rich.table import Table

from pipeline.cli.output import err, out


def print_table(answer: pl.DataFrame, rows: int) -> None:
    """The first `rows` rows as a table, and how many there are."""
    table = Table(*answer.columns)
    for row in answer.head(rows).iter_rows():
        table.add_row(*("" if value is None else str(_plain(value)) for value in row))
    out.print(table, markup=False)
    shown = f"{min(rows, answer.height)} of " if answer.height > rows else ""
    err.print(f"{shown}{answer.height:,} row{'' if answer.height == 1 else 's'}", style="dim")


def csv_text(answer: pl.DataFrame) -> str:
    """CSV with a header; lists as JSON, a missing value as nothing."""
    nested = [name for name, dtype in answer.schema.items() if dtype.is_nested()]
    flat = answer.with_columns(
        pl.col(name).map_elements(_nested_json, return_dtype=pl.String) for name in nested
    )
    return flat.write_csv()


def json_text(answer: pl.DataFrame) -> str:
    """A list of objects; money as strings, times in RFC 3339, so that nothing is rounded."""
    return json.dumps(answer.rows(named=True), ensure_ascii=False, default=_plain, indent=2) + "\n"


def parquet_bytes(answer: pl.DataFrame) -> bytes:
    """A Parquet file."""
    buffer = io.BytesIO()
    answer.write_parquet(buffer)
    return buffer.getvalue()


def _nested_json(value: object) -> str:
    items = value.to_list() if isinstance(value, pl.Series) else value
    return json.dumps(items, ensure_ascii=False, default=_plain)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            return value if isinstance(value, str | int | float | list) else str(value)
