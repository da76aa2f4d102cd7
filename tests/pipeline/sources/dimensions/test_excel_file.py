from __future__ import annotations

import io
from datetime import date, datetime

import pytest
from openpyxl import Workbook

from pipeline.sources.dimensions.excel_file import read_excel
from pipeline.sources.dimensions.sheet import Place

MORNING = datetime(2026, 11, 1, 8)  # noqa: DTZ001 - Excel knows no zones


def workbook(**sheets: list[list[object]]) -> bytes:
    book = Workbook()
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_sheet_is_a_table_and_cells_become_text() -> None:
    content = workbook(
        dim_group=[
            [],
            ["group_id", "name", "created_ms", "kpi_enabled"],
            [7, 2.5, MORNING, True],
            [None, "  ", None, None],
            [" a ", None, date(2026, 11, 1), False],
        ],
        dim_tag=[["tag_id"]],
    )
    read = read_excel(content, "x.xlsx")
    assert read.faults == []
    group, tag = read.sheets
    assert group.place == Place("x.xlsx[dim_group]", 2)
    assert group.header == ("group_id", "name", "created_ms", "kpi_enabled")
    assert [(line.row, *line.cells.values()) for line in group.lines] == [
        (3, "7", "2.5", "2026-11-01T08:00:00", "yes"),
        (5, "a", "", "2026-11-01T00:00:00", "no"),
    ]
    assert (tag.table, tag.lines) == ("dim_tag", [])


def test_digits_that_excel_lost_are_told() -> None:
    read = read_excel(workbook(dim_tag=[["tag_id"], [12345678901234567890]]), "x.xlsx")
    (fault,) = read.faults
    assert fault.place == Place("x.xlsx[dim_tag]", 2)
    assert "15 digits" in fault.wrong
    assert "as text" in fault.remedy


def test_a_cell_below_no_column_is_told() -> None:
    (fault,) = read_excel(workbook(dim_tag=[["tag_id"], ["a", "astray"]]), "x.xlsx").faults
    assert "below no column" in fault.wrong


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook(content: bytes) -> None:
    (fault,) = read_excel(content, "x.xlsx").faults
    assert "is no Excel workbook" in fault.wrong
