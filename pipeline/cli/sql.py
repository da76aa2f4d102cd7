"""`pulse sql`: ask the store, whoever owns it; reading only."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from pipeline.cli.answers import csv_text, json_text, parquet_bytes, print_table
from pipeline.cli.output import Json
from pipeline.errors import Fatal, UsageError
from pipeline.operations.asking import ask
from pipeline.settings import load_settings
from pipeline.sources.inputs import STDIN, open_input
from sinks.store_errors import UNKNOWN_TABLE


class Format(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def command(
    sql: Annotated[str, typer.Argument(metavar="SQL", help="One SELECT.")] = "",
    *,
    file: Annotated[
        Path | None, typer.Option("--file", help="Read the SQL from a file; - is standard input.")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", "-f", help="How to write; default: table, or as FILE ends."),
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the answer there.")
    ] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, help="Rows of a table at most.")] = 100,
    as_json: Json = False,
) -> None:
    """Ask the store in ClickHouse's SQL; reading only.

    Beside a running `pulse up` its SQL endpoint answers. Views begin with v_, facts with fact_;
    name event_date in every query. A time is UTC; v_now tells what time it is for the data.
    """
    question = _question(sql, file)
    form = Format.JSON if as_json else form or _format_of(to)
    if form is Format.PARQUET and to is None and sys.stdout.isatty():
        raise UsageError(
            "Parquet is not for a terminal", where="--format", remedy="Name a file with --out."
        )
    try:
        answer = ask(load_settings(), question)
    except Fatal as error:
        remedy = error.remedy
        if error.code == UNKNOWN_TABLE:
            remedy = "`pulse sql 'SHOW TABLES'` lists tables and views."
        raise UsageError(error.what, where=error.where, remedy=remedy) from error
    _write(answer, form, to, rows)


def _question(sql: str, file: Path | None) -> str:
    if bool(sql.strip()) == (file is not None):
        raise UsageError(
            "Give one question: as an argument, or in a file",
            where="SQL",
            remedy="""For example: pulse sql "SELECT * FROM v_now".""",
        )
    if file is not None:
        with open_input(file) as stream:
            try:
                sql = stream.read().decode()
            except UnicodeDecodeError as error:
                place = "standard input" if file == STDIN else str(file)
                raise UsageError(
                    f"The SQL is no text: {error}", where=place, remedy="Save it as UTF-8."
                ) from error
    if not sql.strip():
        raise UsageError("The file is empty", where=str(file), remedy="Write one SELECT into it.")
    return sql.strip().rstrip(";")


def _format_of(to: Path | None) -> Format:
    """The format that a file's name ends in; a table where there is no file."""
    if to is None:
        return Format.TABLE
    for form in (Format.CSV, Format.JSON, Format.PARQUET):
        if to.suffix == f".{form}":
            return form
    raise UsageError(
        "The file's name does not say what to write",
        where=str(to),
        remedy="Let it end in .csv, .json or .parquet, or add --format.",
    )


def _write(answer: pl.DataFrame, form: Format, to: Path | None, rows: int) -> None:
    if form is Format.TABLE and to is None:
        print_table(answer, rows)
        return
    match form:
        case Format.PARQUET:
            data = parquet_bytes(answer)
        case Format.JSON:
            data = json_text(answer).encode()
        case _:
            data = csv_text(answer).encode()
    if to is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    try:
        to.write_bytes(data)
    except OSError as error:
        raise UsageError(
            f"The answer cannot be written: {error.strerror}",
            where=str(to),
            remedy="Name a file in a folder that you may write to.",
        ) from error
