from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import UsageError
from pipeline.sources.dimensions.files import files_of, read_all


def test_a_folder_is_all_its_files_of_known_formats(tmp_path: Path) -> None:
    for name in ("b.csv", "a.YAML", "c.xlsx", "README.md", ".hidden.csv", "~$c.xlsx"):
        (tmp_path / name).touch()
    (tmp_path / "sub").mkdir()
    files, passed_over = files_of([tmp_path])
    assert [file.name for file in files] == ["a.YAML", "b.csv", "c.xlsx"]
    assert passed_over == [str(tmp_path / "README.md")]


def test_the_table_is_the_name_up_to_the_first_dot(tmp_path: Path) -> None:
    (tmp_path / "dim_tag.2026.csv").write_text("tag_id\na\n")
    (tmp_path / "dim_tag.yml").write_text("- tag_id: b\n")
    read = read_all(files_of([tmp_path])[0])
    assert [sheet.table for sheet in read.sheets] == ["dim_tag", "dim_tag"]
    assert read.rows == 2


@pytest.mark.parametrize(
    ("name", "told"),
    [("none.csv", "no such file"), ("notes.txt", "none of YAML, CSV, Excel"), ("empty", "no file")],
)
def test_what_cannot_be_loaded(tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "notes.txt").touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=told):
        files_of([tmp_path / name])
