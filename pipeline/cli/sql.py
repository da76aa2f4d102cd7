"""`pulse sql`: ask the store, whoever owns it, in SQL or by a question's name; reading only."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from pipeline.cli.answers import csv_text, json_text, parquet_bytes, print_table
from pipeline.cli.output import Json
from pipeline.cli.progress import bar
from pipeline.cli.sql_named import Asked, is_name, named, print_question, print_questions
from pipeline.errors import Fatal, UsageError
from pipeline.operations.asking import ask
from pipeline.settings import Settings, load_settings
from pipeline.sources.inputs import STDIN, open_input
from sinks.store_errors import UNKNOWN_TABLE


class Format(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    EXCEL = "excel"


_ENDINGS = {
    ".csv": Format.CSV,
    ".json": Format.JSON,
    ".parquet": Format.PARQUET,
    ".xlsx": Format.EXCEL,
}
_BYTES = (Format.PARQUET, Format.EXCEL)
"""Formats that no terminal shows."""


def command(
    sql: Annotated[
        str, typer.Argument(metavar="SQL", help="One SELECT, or the name of a question.")
    ] = "",
    *,
    param: Annotated[
        list[str] | None,
        typer.Option(
            "--param", "-p", metavar="NAME=VALUE", help="Of a named question; repeatable."
        ),
    ] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Tell the questions that have a name, or what one means.")
    ] = False,
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
    """Ask the store in ClickHouse's SQL, or a question by its name; reading only.

    `--list` tells the questions that have a name, `NAME --list` the parameters and columns of one.
    An Excel file has a second sheet that says what was asked and what the columns mean.

    Beside a running `pulse up` its SQL endpoint answers. Views begin with v_, facts with fact_;
    name event_date in every query. A time is UTC; v_now tells what time it is for the data.
    """
    if listed:
        _list(sql, as_json=as_json)
        return
    text = _text(sql, file)
    form = Format.JSON if as_json else form or _format_of(to)
    if form in _BYTES and to is None and sys.stdout.isatty():
        raise UsageError(
            f"{form.capitalize()} is not for a terminal",
            where="--format",
            remedy="Name a file with --out.",
        )
    settings = load_settings()
    asked = _asked(text, param or [], settings)
    try:
        answer = ask(settings, asked.sql)
    except Fatal as error:
        remedy = error.remedy
        if error.code == UNKNOWN_TABLE and asked.question is None:
            remedy = "`pulse sql 'SHOW TABLES'` lists tables and views."
        raise UsageError(error.what, where=error.where, remedy=remedy) from error
    if form is Format.TABLE and to is None:
        print_table(answer, rows)
    else:
        _write(_data(answer, asked, form), to)


def _list(name: str, *, as_json: bool) -> None:
    if name:
        print_question(name, as_json=as_json)
    else:
        print_questions(as_json=as_json)


def _asked(text: str, pairs: list[str], settings: Settings) -> Asked:
    if is_name(text):
        return named(text, pairs, settings)
    if pairs:
        raise UsageError(
            "--param is for a question with a name",
            where="SQL",
            remedy="Write the values into the SQL; `pulse sql --list` tells the names.",
        )
    return Asked(text)


def _text(sql: str, file: Path | None) -> str:
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
    if form := _ENDINGS.get(to.suffix):
        return form
    raise UsageError(
        "The file's name does not say what to write",
        where=str(to),
        remedy=f"Let it end in {', '.join(_ENDINGS)}, or add --format.",
    )


def _data(answer: pl.DataFrame, asked: Asked, form: Format) -> bytes:
    match form:
        case Format.PARQUET:
            return parquet_bytes(answer)
        case Format.JSON:
            return json_text(answer).encode()
        case Format.EXCEL:
            from pipeline.cli.workbook import excel_bytes  # noqa: PLC0415  (0.2 s that few need)

            with bar() as shown:
                return excel_bytes(
                    answer,
                    asked,
                    datetime.now(UTC),
                    lambda rows: shown.watched("Rows", rows, answer.height),
                )
        case _:
            return csv_text(answer).encode()


def _write(data: bytes, to: Path | None) -> None:
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
