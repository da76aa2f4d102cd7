"""Sheets of text become rows of values; what is wrong with each is told at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from pipeline.catalog.dimension import GRAIN, HOW, Column, Kind, Table, Values
from pipeline.catalog.dimension_columns import PERSONAL_GRAINS
from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.sheet import Cell, Fault, Line, Place, Read, Sheet
from pipeline.sources.dimensions.values import Wrong, value_of


@dataclass(frozen=True)
class Row:
    """One row of a table. `values` lacks the columns that a fault is about.

    `place` is None for a row that is in the store. `written` holds what stood in the cells, for
    messages.
    """

    table: Table
    values: Values
    place: Place | None = None
    written: Mapping[str, Cell] | None = None

    @property
    def key(self) -> tuple[object, ...] | None:
        """Its key; None where a fault is about it."""
        return self.of(self.table.key)

    def of(self, columns: tuple[str, ...]) -> tuple[object, ...] | None:
        """Its values of the columns; None where a fault is about one of them."""
        if any(name not in self.values for name in columns):
            return None
        return tuple(self.values[name] for name in columns)

    def fault(self, column: str, wrong: str, remedy: str) -> Fault:
        """What is wrong with a column of it, where it stands."""
        cell = (self.written or self.values).get(column, "")
        value = "; ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)
        return Fault(self.place or Place("the store"), column, value, wrong, remedy)


def rows_of(read: Read, zone: ZoneInfo, persons: Persons) -> tuple[list[Row], list[Fault]]:
    """The rows of all sheets, and everything that is wrong within one of them."""
    rows: list[Row] = []
    faults = list(read.faults)
    for sheet in read.sheets:
        table = DIMENSIONS.get(sheet.table)
        if table is None:
            faults.append(_unknown_table(sheet))
            continue
        faults += _faults_of_header(sheet, table)
        for line in sheet.lines:
            row, wrong = _row(sheet, table, line, zone, persons)
            rows.append(row)
            faults += wrong
    return rows, faults


def _unknown_table(sheet: Sheet) -> Fault:
    meant = get_close_matches(sheet.table, DIMENSIONS, 1, 0.5)
    hint = f"Is {meant[0]} meant?" if meant else "Name the file, sheet or key as its table."
    remedy = f"{hint} `pulse dims list` shows all tables."
    return Fault(sheet.place, "", sheet.table, "is no dimension table", remedy)


def _faults_of_header(sheet: Sheet, table: Table) -> Iterator[Fault]:
    """Columns that the table lacks, once a sheet; and required ones that the header lacks."""
    for name, times in Counter(sheet.header or ()).items():
        if times > 1:
            yield Fault(sheet.place, name, "", "comes twice", "Leave one of the columns out.")
    names = dict.fromkeys(sheet.header or ())
    places = {
        name: Place(sheet.place.file, line.row)
        for line in reversed(sheet.lines)
        for name in line.cells
    }
    for name in (*names, *(name for name in places if name not in names)):
        if name not in table.by_name:
            meant = get_close_matches(name, table.by_name, 1)
            hint = f"Is {meant[0]} meant? " if meant else ""
            remedy = f"{hint}`pulse dims list {table.name}` shows its columns."
            place = sheet.place if name in names else places[name]
            yield Fault(place, name, "", f"is no column of {table.name}", remedy)
    if sheet.header is not None:
        for column in table.columns:
            if column.required and column.name not in names:
                yield Fault(sheet.place, column.name, "", "is missing", _fill(column))


def _row(
    sheet: Sheet, table: Table, line: Line, zone: ZoneInfo, persons: Persons
) -> tuple[Row, list[Fault]]:
    place = Place(sheet.place.file, line.row)
    values: dict[str, object] = {}
    faults: list[Fault] = []
    for column in table.columns:
        cell = line.cells.get(column.name, "")
        try:
            if cell:
                values[column.name] = value_of(column, cell, zone)
            elif not column.required and not column.computed:
                values[column.name] = column.kind.absent
            elif column.required and (sheet.header is None or column.name in sheet.header):
                faults.append(Fault(place, column.name, "", "is missing", _fill(column)))
        except Wrong as error:
            text = "; ".join(cell) if isinstance(cell, tuple) else cell
            faults.append(Fault(place, column.name, text, error.wrong, error.remedy))
    row = Row(table, values, place, line.cells)
    faults += _compute(row, values, zone)
    for rule in table.rules:
        if row.of(rule.needs) is not None and not rule.holds(values):
            faults.append(row.fault(rule.column, rule.wrong, rule.remedy))
    for first, second in table.spans:
        faults += _fault_of_span(row, first, second)
    _name_persons(table, values, persons)
    return row, faults


def _compute(row: Row, values: dict[str, object], zone: ZoneInfo) -> Iterator[Fault]:
    """Fill the computed columns; a value that was given must be the one that follows."""
    table = row.table
    if table.compute is None:
        return
    needed = tuple(it.name for it in table.columns if it.required and not it.computed)
    if row.of(needed) is None:
        return
    for name, value in table.compute(values, zone).items():
        if values.setdefault(name, value) != value:
            remedy = f"It follows from the others: leave it out, or write {value}."
            yield row.fault(name, "contradicts the other columns", remedy)


def _fault_of_span(row: Row, first: str, second: str) -> Iterator[Fault]:
    ends = row.of((first, second))
    if ends is not None:
        begins, ended = ends
        if begins and ended and not begins < ended:  # type: ignore[operator]  # both are moments
            yield row.fault(second, f"is not after {first}", "Swap them, or mend one of them.")


def _name_persons(table: Table, values: dict[str, object], persons: Persons) -> None:
    for column in table.columns:
        value = values.get(column.name)
        is_person = column.kind is Kind.PERSON or (
            column.kind is Kind.SCOPE and values.get(GRAIN) in PERSONAL_GRAINS
        )
        if value and is_person:
            values[column.name] = persons.pseudonym(str(value))


def _fill(column: Column) -> str:
    if column.values:
        return f"Write one of {', '.join(column.values)}."
    return f"Write {HOW[column.kind]}."
