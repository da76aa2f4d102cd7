"""An answer as an Excel file: a sheet with the answer, and one that says what it means.

Types stay: dates are dates, money and numbers are numbers. Text stays text, also where it begins
like a formula. Excel holds 15 digits: a longer number is text, so that nothing is rounded.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from pipeline.cli.answers import plain_text
from pipeline.cli.sql_named import Asked
from pipeline.errors import UsageError

ROWS_AT_MOST = 1_048_575
"""Rows of a sheet below its header."""

_DIGITS = 15
_LONGEST = 32_767
"""Characters of a cell at most."""

_SAMPLE = 200
_NARROWEST, _WIDEST = 8, 60
_BOLD = Font(bold=True)
_DAY, _SECOND, _MILLISECOND = "yyyy-mm-dd", "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd hh:mm:ss.000"

Watch = Callable[[Iterable[tuple[object, ...]]], Iterable[tuple[object, ...]]]


def excel_bytes(
    answer: pl.DataFrame, asked: Asked, asked_at: datetime, watch: Watch = iter
) -> bytes:
    """The file. `asked_at` is aware; times are UTC, as everywhere. `watch` sees rows pass.

    Raises UsageError for more rows than a sheet holds.
    """
    if answer.height > ROWS_AT_MOST:
        raise UsageError(
            f"An Excel sheet holds {ROWS_AT_MOST:,} rows, and the answer has {answer.height:,}",
            where="--format excel",
            remedy="Write CSV or Parquet, or ask for less.",
        )
    book = Workbook(write_only=True)
    _sheet(book, "Answer", answer.columns, answer.head(_SAMPLE).rows(), watch(answer.iter_rows()))
    definitions = list(_definitions(answer, asked, asked_at))
    _sheet(book, "Definitions", ("What", "Value", "Meaning"), definitions, definitions)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _definitions(
    answer: pl.DataFrame, asked: Asked, asked_at: datetime
) -> Iterator[tuple[object, ...]]:
    question = asked.question
    if question is not None:
        yield "Question", question.title, question.answers
        yield "Name", question.name, f"pulse sql {question.name}"
    yield "Asked", asked_at, "UTC; so are all times"
    yield "Rows", answer.height, ""
    if question is not None:
        for parameter in question.parameters:
            value = asked.values[parameter.name]
            yield f"Parameter {parameter.name}", value, parameter.meaning
    told: Mapping[str, str] = question.columns if question else {}
    for name, dtype in answer.schema.items():
        yield f"Column {name}", _kind(dtype), told.get(name, "")
    for number, line in enumerate(asked.sql.splitlines()):
        yield "" if number else "SQL", line, ""


def _kind(dtype: pl.DataType) -> str:
    """What a column holds, in words."""
    for holds, word in (
        (dtype == pl.Boolean, "yes or no"),
        (dtype.is_integer(), "whole number"),
        (dtype.is_decimal(), "exact number"),
        (dtype.is_numeric(), "number"),
        (dtype == pl.Date, "day"),
        (dtype.is_temporal(), "time"),
        (dtype.is_nested(), "JSON"),
    ):
        if holds:
            return word
    return "text"


def _sheet(
    book: Workbook,
    title: str,
    head: Sequence[str],
    sample: Sequence[tuple[object, ...]],
    rows: Iterable[tuple[object, ...]],
) -> None:
    sheet: Any = book.create_sheet(title)  # its stubs lack most of it
    sheet.freeze_panes = "A2"
    for place, name in enumerate(head):
        longest = max([len(name), *(len(plain_text(row[place])) for row in sample)])
        width = min(max(longest, _NARROWEST), _WIDEST) + 2
        sheet.column_dimensions[get_column_letter(place + 1)].width = width
    cells = [_text(sheet, name) for name in head]
    for cell in cells:
        cell.font = _BOLD
    sheet.append(cells)
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])


def _cell(sheet: Any, value: object) -> object:  # noqa: PLR0911  (one line a type)
    match value:
        case None | bool():
            return value
        case int() if abs(value) < 10**_DIGITS:
            return value
        case float() if math.isfinite(value):
            return value
        case Decimal() if value.is_finite() and len(value.as_tuple().digits) <= _DIGITS:
            decimals = max(0, -int(value.as_tuple().exponent))
            return _shown(sheet, value, f"#,##0{'.' if decimals else ''}{'0' * decimals}")
        case datetime():
            moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
            return _shown(sheet, moment, _MILLISECOND if moment.microsecond else _SECOND)
        case date():
            return _shown(sheet, value, _DAY)
        case _:
            return _text(sheet, plain_text(value))


def _shown(sheet: Any, value: datetime | date | Decimal, form: str) -> Cell:
    cell: Cell = WriteOnlyCell(sheet)
    cell.value = value
    cell.number_format = form
    return cell


def _text(sheet: Any, text: str) -> Cell:
    """Text that no Excel takes for a formula, also not when somebody edits the cell."""
    kept = ILLEGAL_CHARACTERS_RE.sub("\N{REPLACEMENT CHARACTER}", text)
    if len(kept) > _LONGEST:
        kept = f"{kept[: _LONGEST - 3]}..."
    cell: Cell = WriteOnlyCell(sheet, value=kept)
    cell.data_type = "s"
    cell.quotePrefix = kept.startswith(("=", "+", "-", "@"))
    return cell
