"""The templates load as they are, in every format, and say the same in each."""

from __future__ import annotations

import io
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from pipeline.catalog.dimension import Table
from pipeline.catalog.dimensions import DIMENSIONS, TABLES
from pipeline.pseudonym import Pseudonyms
from pipeline.sources.dimensions.files import files_of, read_all
from pipeline.sources.dimensions.persons import Persons
from pipeline.sources.dimensions.rows import Row, rows_of
from pipeline.sources.dimensions.sheet import Fault
from pipeline.sources.dimensions.template import FORMATS, WORKBOOK, written
from pipeline.sources.dimensions.whole import faults_between, state_after


def loaded(folder: Path, form: str) -> tuple[list[Row], list[Fault]]:
    for name, content in FORMATS[form](TABLES).items():
        (folder / name).write_bytes(content)
    persons = Persons(lambda: Pseudonyms(b"a-key-of-the-tests"), "community")
    rows, faults = rows_of(read_all(files_of([folder])[0]), ZoneInfo("Asia/Shanghai"), persons)
    return rows, faults + faults_between(rows, state_after(rows, {}, (), prune=False), {})


@pytest.mark.parametrize("form", FORMATS)
def test_a_template_loads_as_it_is(tmp_path: Path, form: str) -> None:
    rows, faults = loaded(tmp_path, form)
    assert [str(fault) for fault in faults] == []
    assert sorted(row.table.name for row in rows) == sorted(DIMENSIONS)


def test_all_formats_say_the_same(tmp_path: Path) -> None:
    found = []
    for form in FORMATS:
        (tmp_path / form).mkdir()
        rows, _ = loaded(tmp_path / form, form)
        found.append({row.table.name: row.values for row in rows})
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_is_explained(table: Table) -> None:
    yaml = FORMATS["yaml"]([table])[f"{table.name}.yaml"].decode()
    text = FORMATS["csv"]([table])[f"{table.name}.csv"].decode()
    for column in written(table):
        assert column.told in yaml
        assert column.told in text


def test_a_workbook_has_notes_and_lists_of_choices() -> None:
    book = load_workbook(io.BytesIO(FORMATS["xlsx"](TABLES)[WORKBOOK]))
    assert book.sheetnames == list(DIMENSIONS)
    sheet = book["dim_group"]
    assert sheet["A1"].value == "group_id"
    assert "required" in sheet["A1"].comment.text
    choices = [it.formula1 for it in sheet.data_validations.dataValidation]
    assert '"conversion,content,service,learning,forum"' in choices
