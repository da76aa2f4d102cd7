"""Reference data in Excel: a sheet per table, its name the table's, with a header row."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from pipeline.sources.dimensions.sheet import Fault, Line, Place, Read, Sheet, broken

DIGITS_KEPT = 10**15
"""Excel keeps 15 digits of a number; of a longer one, as an id, the rest is lost."""

_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, InvalidFileException, ParseError),
    *(KeyError, ValueError, TypeError, OSError, EOFError),
)


def read_excel(content: bytes, file: str) -> Read:
    """The sheets of the workbook, and what is wrong with their form. Formulas give their value."""
    found = Read()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what it leaves aside, as data validation
            workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            for sheet in workbook.worksheets:
                _sheet(found, sheet.iter_rows(values_only=True), file, sheet.title)
            workbook.close()
    except _BROKEN as error:
        wrong = f"is no Excel workbook: {' '.join(str(error).split())}"
        found.faults.append(broken(Place(file), wrong, "Save it as .xlsx."))
    return found


def _sheet(found: Read, rows: Iterable[Sequence[object]], file: str, title: str) -> None:
    name = f"{file}[{title}]"
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(map(_says, row))]
    if not filled:
        return  # the empty sheet that a new workbook has
    header_row, top = filled[0]
    header = [str(cell).strip() if _says(cell) else "" for cell in top]
    sheet = Sheet(Place(name, header_row), title, lines := [], tuple(filter(None, header)))
    found.sheets.append(sheet)
    for number, row in filled[1:]:
        cells: dict[str, str] = {}
        for place, value in enumerate(row):
            column = header[place] if place < len(header) else ""
            if column:
                cells[column] = _text(found, value, Place(name, number), column)
            elif _says(value):
                wrong, remedy = "stands below no column", "Name the column in the header."
                found.faults.append(Fault(Place(name, number), "", str(value), wrong, remedy))
        lines.append(Line(number, cells))


def _says(value: object) -> bool:
    return value is not None and str(value).strip() != ""


def _text(found: Read, value: object, place: Place, column: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() if abs(value) >= DIGITS_KEPT:
            wrong = "is a number, of which Excel keeps 15 digits"
            remedy = "Format the column as text and write it again."
            found.faults.append(Fault(place, column, f"{value}", wrong, remedy))
            return ""
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return str(value).strip()
