from __future__ import annotations

import pytest

from pipeline.sources.dimensions.csv_file import read_csv
from pipeline.sources.dimensions.sheet import Line, Place


def test_rows_have_the_lines_they_begin_on() -> None:
    content = '# told: about it\n\ngroup_id,name\n#readers, Readers \n\nb,"two\nlines"\n,\nc,\n'
    (sheet,) = read_csv(content.encode(), "x.csv", "dim_group").sheets
    assert sheet.place == Place("x.csv", 3)
    assert sheet.header == ("group_id", "name")
    assert sheet.lines == [
        Line(4, {"group_id": "#readers", "name": "Readers"}),
        Line(6, {"group_id": "b", "name": "two\nlines"}),
        Line(9, {"group_id": "c", "name": ""}),
    ]


def test_a_byte_order_mark_is_no_part_of_the_header() -> None:
    (sheet,) = read_csv("\ufeffgroup_id\r\na\r\n".encode(), "x.csv", "t").sheets
    assert sheet.header == ("group_id",)
    assert sheet.lines == [Line(2, {"group_id": "a"})]


@pytest.mark.parametrize(
    ("content", "row", "wrong"),
    [
        (b"", 0, "is empty"),
        (b"# only a comment\n", 0, "is empty"),
        ("名,a\n".encode("gbk"), 0, "is no UTF-8 at byte"),
        (b'a,b\n"x,y\n', 2, "is no CSV"),
        (b"a,b\n1,2,3\n", 2, "has 3 fields where the header has 2"),
        (b"a,b\n1\n", 2, "has 1 field where the header has 2"),
    ],
)
def test_what_is_no_table(content: bytes, row: int, wrong: str) -> None:
    (fault,) = read_csv(content, "x.csv", "t").faults
    assert fault.place == Place("x.csv", row)
    assert wrong in fault.wrong
    assert fault.remedy
