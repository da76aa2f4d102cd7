"""The Excel file as a reader of it sees it: types, text that stays text, and the definitions."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pytest

from pipeline.cli import workbook
from pipeline.cli.sql_named import Asked
from pipeline.cli.workbook import excel_bytes
from pipeline.errors import UsageError
from sinks.question import read_question

ASKED_AT = datetime(2026, 11, 16, 3, 0, tzinfo=UTC)
QUESTION = read_question(
    "q",
    "-- title: A title\n-- answers: What it answers.\n-- param top: count = 20; so many\n"
    "-- column n: a number\nSELECT 1 AS n\nFROM v_now LIMIT %(top)s",
)


def opened(answer: pl.DataFrame, asked: Asked | None = None) -> Any:
    data = excel_bytes(answer, asked or Asked("SELECT 1"), ASKED_AT)
    return openpyxl.load_workbook(io.BytesIO(data))


def cells(**columns: list[object] | pl.Series) -> list[Any]:
    """The cells of the first row below the header."""
    return list(opened(pl.DataFrame(columns))["Answer"][2])


def test_types_stay() -> None:
    found = cells(
        n=[7],
        x=[0.25],
        money=[Decimal("1234.50")],
        day=[date(2026, 1, 2)],
        at=[datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)],
        ms=[datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)],
        yes=[True],
        none=pl.Series([None], dtype=pl.Float64),
    )
    assert [cell.value for cell in found] == [
        7,
        0.25,
        1234.5,
        datetime(2026, 1, 2),  # noqa: DTZ001  (what Excel holds: a day at midnight, no zone)
        datetime(2026, 1, 2, 3, 4, 5),  # noqa: DTZ001
        datetime(2026, 1, 2, 3, 4, 5, 678_000),  # noqa: DTZ001
        True,
        None,
    ]
    forms = [cell.number_format for cell in found[2:6]]
    assert forms == [
        "#,##0.00",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm:ss",
        "yyyy-mm-dd hh:mm:ss.000",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", '=HYPERLINK("http://x","y")', "#N/A", "true", "007"]
)
def test_text_stays_text(text: str) -> None:
    (cell,) = cells(text=[text])
    assert (cell.value, cell.data_type) == (text, "s")
    assert bool(cell.quotePrefix) == text.startswith(("=", "+", "-", "@"))


def test_a_header_is_text_too() -> None:
    header = opened(pl.DataFrame({"=1+1": [1]}))["Answer"]["A1"]
    assert (header.value, header.data_type) == ("=1+1", "s")


def test_what_excel_cannot_hold_is_text_and_not_rounded() -> None:
    found = cells(
        n=[2**60],
        money=[Decimal("9999999999999999.99")],
        nan=[float("nan")],
        tags=[["a", "b"]],
        bytes=[b"\x00\xff"],
        control=["a\x00b"],
    )
    assert [cell.value for cell in found] == [
        str(2**60),
        "9999999999999999.99",
        "nan",
        '["a", "b"]',
        "00ff",
        "a\N{REPLACEMENT CHARACTER}b",
    ]


def test_a_text_longer_than_a_cell_is_cut_and_shows_it() -> None:
    (cell,) = cells(text=["x" * 40_000])
    assert (len(cell.value), cell.value[-4:]) == (32_767, "x...")


def test_the_header_is_frozen_and_columns_are_as_wide_as_what_is_in_them() -> None:
    sheet = opened(pl.DataFrame({"n": [1], "text": ["x" * 30], "long": ["x" * 300]}))["Answer"]
    assert sheet.freeze_panes == "A2"
    assert [sheet.column_dimensions[name].width for name in "ABC"] == [10, 32, 62]
    assert sheet["A1"].font.bold


def test_definitions_say_what_was_asked() -> None:
    asked = Asked("SELECT 1 AS n\nFROM v_now LIMIT 5", QUESTION, {"top": 5})
    sheet = opened(pl.DataFrame({"n": [1, 2]}), asked)["Definitions"]
    assert [tuple(cell or "" for cell in row) for row in sheet.values] == [
        ("What", "Value", "Meaning"),
        ("Question", "A title", "What it answers."),
        ("Name", "q", "pulse sql q"),
        ("Asked", datetime(2026, 11, 16, 3, 0), "UTC; so are all times"),  # noqa: DTZ001
        ("Rows", 2, ""),
        ("Parameter top", 5, "so many"),
        ("Column n", "whole number", "a number"),
        ("SQL", "SELECT 1 AS n", ""),
        ("", "FROM v_now LIMIT 5", ""),
    ]


def test_definitions_tell_what_a_column_holds_in_words() -> None:
    answer = pl.DataFrame(
        {
            "a": [1],
            "b": [0.5],
            "c": [Decimal("1.50")],
            "d": [date(2026, 1, 2)],
            "e": [ASKED_AT],
            "f": ["x"],
            "g": [[1]],
            "h": [True],
        }
    )
    told = [row[1] for row in opened(answer)["Definitions"].values if row[0].startswith("Column")]
    assert told == [
        "whole number",
        "number",
        "exact number",
        "day",
        "time",
        "text",
        "JSON",
        "yes or no",
    ]


def test_definitions_of_plain_sql_have_columns_and_sql() -> None:
    sheet = opened(pl.DataFrame({"n": [1]}))["Definitions"]
    assert [row[0] for row in sheet.values] == ["What", "Asked", "Rows", "Column n", "SQL"]


def test_an_empty_answer_has_its_header() -> None:
    sheet = opened(pl.DataFrame(schema={"n": pl.Int64}))["Answer"]
    assert list(sheet.values) == [("n",)]


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_AT_MOST", 2)
    with pytest.raises(UsageError, match="holds 2 rows, and the answer has 3"):
        excel_bytes(pl.DataFrame({"n": [1, 2, 3]}), Asked(""), ASKED_AT)
