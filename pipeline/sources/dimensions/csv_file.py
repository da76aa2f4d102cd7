"""Reference data in CSV: a header, then a row a line; the file's name is the table's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from pipeline.counted import counted
from pipeline.sources.dimensions.sheet import Line, Place, Read, Sheet, broken

SAVE_AS = "Save it as CSV UTF-8, with commas."
COMMENT = "#"
"""Lines that begin with it are passed over, up to the header: ids may begin with it, too."""


def read_csv(content: bytes, file: str, table: str) -> Read:
    """The one sheet of the file, and what is wrong with its form."""
    found = Read()
    try:
        rows = _rows(content.decode("utf-8-sig"))
        header_row, header = next(rows, (0, []))
        lines = [(number, cells) for number, cells in rows if any(cells)]
    except UnicodeDecodeError as error:
        found.faults.append(broken(Place(file), f"is no UTF-8 at byte {error.start}", SAVE_AS))
        return found
    except _NoCsv as error:
        found.faults.append(broken(Place(file, error.line), f"is no CSV: {error}", SAVE_AS))
        return found
    if not header:
        remedy = "Begin it with the names of the columns; `pulse dims template` writes one."
        found.faults.append(broken(Place(file), "is empty", remedy))
        return found
    sheet = Sheet(Place(file, header_row), table, kept := [], tuple(header))
    found.sheets.append(sheet)
    for number, cells in lines:
        if len(cells) == len(header):
            kept.append(Line(number, dict(zip(header, cells, strict=True))))
        else:
            wrong = f"has {counted(len(cells), 'field')} where the header has {len(header)}"
            remedy = "Quote a field that holds a comma."
            found.faults.append(broken(Place(file, number), wrong, remedy))
    return found


class _NoCsv(Exception):
    def __init__(self, error: csv.Error, line: int) -> None:
        super().__init__(str(error))
        self.line = line


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """The line on which each row begins, and its cells; comments before the header are left out."""
    reader, begins, headed = csv.reader(io.StringIO(text, newline=""), strict=True), 1, False
    try:
        for cells in reader:
            if headed or (cells and not cells[0].startswith(COMMENT)):
                headed = True
                yield begins, [cell.strip() for cell in cells]
            begins = reader.line_num + 1
    except csv.Error as error:
        raise _NoCsv(error, begins) from error
