from __future__ import annotations

import io
import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from rich.console import Console

from pipeline.cli.answers import csv_text, json_text, parquet_bytes, print_table

ANSWER = pl.DataFrame(
    {
        "n": [1, 2],
        "money": [Decimal("0.10"), None],
        "at": [datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), None],
        "day": [date(2026, 1, 2), None],
        "tags": [["a", 'b"'], []],
        "text": ["it's [red]群[/]\n", ""],
    }
)


def test_csv_has_a_header_and_lists_as_json() -> None:
    lines = csv_text(ANSWER).splitlines()
    assert lines[0] == "n,money,at,day,tags,text"
    assert lines[1].startswith("1,0.10,2026-01-02T03:04:05")
    assert '[""a"", ""b\\""""]' in lines[1]


def test_json_rounds_nothing() -> None:
    first, second = json.loads(json_text(ANSWER))
    assert first == {
        "n": 1,
        "money": "0.10",
        "at": "2026-01-02T03:04:05+00:00",
        "day": "2026-01-02",
        "tags": ["a", 'b"'],
        "text": "it's [red]群[/]\n",
    }
    assert second["money"] is None


def test_what_json_has_no_word_for_is_null_and_lists_stay_plain() -> None:
    odd = pl.DataFrame(
        {
            "x": [float("nan"), float("inf"), 1.5],
            "money": [[Decimal("1.50")], [], [Decimal("0.01")]],
            "bytes": [b"\x00\xff", b"", None],
        }
    )
    assert json.loads(json_text(odd)) == [
        {"x": None, "money": ["1.50"], "bytes": "00ff"},
        {"x": None, "money": [], "bytes": ""},
        {"x": 1.5, "money": ["0.01"], "bytes": None},
    ]
    lines = csv_text(odd).splitlines()
    assert lines[1] == 'NaN,"[""1.50""]",00ff'
    assert lines[3] == '1.5,"[""0.01""]",'


def test_a_table_shows_lists_as_they_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(pl.DataFrame({"money": [[Decimal("1.50")]], "x": [float("nan")]}), 5)
    told = capsys.readouterr().out
    assert '["1.50"]' in told
    assert "nan" in told


def test_parquet_keeps_the_types() -> None:
    assert pl.read_parquet(io.BytesIO(parquet_bytes(ANSWER))).equals(ANSWER)


def test_a_table_tells_how_many_rows_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ANSWER, 1)
    told = capsys.readouterr()
    assert "[red]群[/]" in told.out
    assert "1 of 2 rows" in told.err


def test_into_a_pipe_a_wide_table_is_as_wide_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    wide = pl.DataFrame({f"column_with_a_long_name_{n}": [f"value {n}"] for n in range(20)})
    print_table(wide, 10)
    told = capsys.readouterr().out
    assert all(name in told for name in wide.columns)
    assert "value 19" in told


def test_on_a_terminal_a_wide_table_is_printed_upright(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.cli.answers.out", Console(force_terminal=True, width=60))
    wide = pl.DataFrame({f"column_{n}": [f"[red]{n}", f"b{n}"] for n in range(9)})
    print_table(wide, 10)
    lines = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().out).splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["row", "1"],
        ["column_0", "[red]0"],
        ["column_1", "[red]1"],
    ]
    assert len(lines) == 2 * 10


def test_an_empty_answer_has_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(ANSWER.clear(), 10)
    told = capsys.readouterr()
    assert "money" in told.out
    assert "0 rows" in told.err
    assert csv_text(ANSWER.clear()).strip() == "n,money,at,day,tags,text"
    assert json.loads(json_text(ANSWER.clear())) == []
