"""Templates to start from: every column explained, and one example row for each table."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.catalog.dimension import HOW, Column, Kind, Table

WORKBOOK = "dimensions.xlsx"
EXAMPLE = "The row below is an example: write your own in its place."
_PLAIN = re.compile(r"[\w.][\w.-]*", re.ASCII)
_CHOICES_TO_ROW = 1_000


def yaml_files(tables: Sequence[Table]) -> dict[str, bytes]:
    """A YAML file for each table: file name -> content."""
    return {f"{table.name}.yaml": _yaml(table).encode() for table in tables}


def csv_files(tables: Sequence[Table]) -> dict[str, bytes]:
    """A CSV file for each table: file name -> content. Its comments stand before the header."""
    return {f"{table.name}.csv": _csv(table).encode() for table in tables}


def excel_files(tables: Sequence[Table]) -> dict[str, bytes]:
    """One workbook with a sheet for each table; notes explain the columns, lists the choices."""
    book = Workbook()
    if book.active is not None:
        book.remove(book.active)
    for table in tables:
        _fill(book.create_sheet(table.name), table)
    content = io.BytesIO()
    book.save(content)
    return {WORKBOOK: content.getvalue()}


def meaning(column: Column) -> str:
    """What a column means, how it is written, and whether it must be."""
    required = "required: " if column.required else ""
    return f"{column.told} ({required}{HOW[column.kind]})"


def written(table: Table) -> list[Column]:
    """The columns that people fill in."""
    return [column for column in table.columns if not column.computed]


def _about(table: Table) -> list[str]:
    columns = written(table)
    width = max(len(column.name) for column in columns)
    told = [f"  {column.name:<{width}}  {meaning(column)}" for column in columns]
    return [f"{table.name}: {table.comment}", "", *told, "", EXAMPLE]


def _yaml(table: Table) -> str:
    lines = [f"# {line}".rstrip() for line in _about(table)]
    for number, column in enumerate(written(table)):
        value = _yaml_value(column)
        lines.append(f"{'  ' if number else '- '}{column.name}: {value}".rstrip())
    return "\n".join(lines) + "\n"


def _yaml_value(column: Column) -> str:
    if column.kind is Kind.IDS:
        parts = [part.strip() for part in column.example.split(";")]
        return f"[{', '.join(map(_yaml_text, parts))}]"
    return _yaml_text(column.example)


def _yaml_text(text: str) -> str:
    plain = not text or _PLAIN.fullmatch(text)
    return text if plain else json.dumps(text, ensure_ascii=False)


def _csv(table: Table) -> str:
    content = io.StringIO()
    content.writelines(f"# {line}".rstrip() + "\n" for line in _about(table))
    rows = csv.writer(content, lineterminator="\n")
    rows.writerow([column.name for column in written(table)])
    rows.writerow([column.example for column in written(table)])
    return content.getvalue()


def _fill(sheet: Worksheet, table: Table) -> None:
    for number, column in enumerate(written(table), 1):
        letter = get_column_letter(number)
        head = sheet.cell(1, number, column.name)
        head.font = Font(bold=True)
        head.comment = Comment(meaning(column), "pulse", width=320, height=120)
        example = sheet.cell(2, number, column.example or None)
        example.number_format = "@"  # as text: an id keeps its zeros, a moment its form
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 2)
        if column.kind is Kind.CHOICE:
            choices = DataValidation("list", formula1=f'"{",".join(column.values)}"')
            choices.add(f"{letter}2:{letter}{_CHOICES_TO_ROW}")
            sheet.add_data_validation(choices)
    sheet.freeze_panes = "A2"


FORMATS: Mapping[str, Callable[[Sequence[Table]], dict[str, bytes]]] = MappingProxyType(
    {"yaml": yaml_files, "csv": csv_files, "xlsx": excel_files}
)
"""Format -> what makes its files."""
