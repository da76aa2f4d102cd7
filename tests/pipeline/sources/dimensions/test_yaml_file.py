from __future__ import annotations

import pytest

from pipeline.sources.dimensions.sheet import Line, Place
from pipeline.sources.dimensions.yaml_file import read_yaml


def test_a_list_is_the_table_of_the_files_name_and_scalars_stay_as_written() -> None:
    content = (
        "- group_id: 007\n  kpi_enabled: yes\n  created_ms: 2026-11-01T08:00:00\n"
        "- {group_id: '12:30', name: ~, group_ids: [1e3, ' b ']}\n"
    )
    (sheet,) = read_yaml(content.encode(), "x.yaml", "dim_group").sheets
    assert (sheet.table, sheet.header) == ("dim_group", None)
    assert sheet.lines == [
        Line(1, {"group_id": "007", "kpi_enabled": "yes", "created_ms": "2026-11-01T08:00:00"}),
        Line(4, {"group_id": "12:30", "name": "", "group_ids": ("1e3", "b")}),
    ]


def test_keys_name_several_tables() -> None:
    read = read_yaml(b"dim_tag:\n- tag_id: a\ndim_partner:\n", "x.yaml", "x")
    assert [(sheet.table, sheet.place, len(sheet.lines)) for sheet in read.sheets] == [
        ("dim_tag", Place("x.yaml", 2), 1),
        ("dim_partner", Place("x.yaml", 3), 0),
    ]
    assert read.faults == []
    assert read_yaml(b"# nothing\n", "x.yaml", "x").sheets == []


@pytest.mark.parametrize(
    ("content", "row", "wrong"),
    [
        (b"a: [\n", 2, "is no YAML"),
        (b"\xff\xfe\x00", 0, "is no YAML"),
        (b"word", 1, "holds no tables"),
        (b"dim_tag: word", 1, "is no list of rows"),
        (b"- word", 1, "is no row"),
        (b"- a: 1\n  a: 2", 2, "comes twice"),
        (b"dim_tag:\n- tag_id: a\ndim_tag: []\n", 3, "comes twice"),
        (b"- a: {b: c}", 1, "holds neither a value nor a list"),
        (b"- a: [[b]]", 1, "holds neither a value nor a list"),
        (b"- a: !!python/object/apply:os.system [x]\n  b: {}", 2, "neither a value"),
        (b"\n" + b"[" * 100_000, 2, "nested too deep"),
    ],
)
def test_what_is_no_table(content: bytes, row: int, wrong: str) -> None:
    (fault,) = read_yaml(content, "x.yaml", "t").faults
    assert wrong in fault.wrong
    assert fault.place.row == row
    assert fault.remedy
