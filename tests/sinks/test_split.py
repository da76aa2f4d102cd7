from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sinks import split
from sinks.migrate import FOLDER
from sinks.split import MAX_PARTITIONS, PARTITION_OF, blocks

days = st.dates(min_value=date(1970, 1, 1), max_value=date(2149, 6, 6))


@given(st.lists(days, min_size=1, max_size=300))
def test_every_row_is_in_one_block_of_few_months(event_dates: list[date]) -> None:
    frame = pl.DataFrame({"event_date": event_dates}).with_row_index()
    parts = list(blocks(frame))
    assert sorted(pl.concat(parts)["index"]) == list(range(frame.height))
    for part in parts:
        months = part["event_date"].dt.truncate("1mo")
        assert months.n_unique() <= MAX_PARTITIONS


def test_a_month_is_in_one_block() -> None:
    event_dates = [
        date(1990 + year, month, day)
        for year in range(9)
        for month in range(1, 13)
        for day in (1, 28)
    ]
    frame = pl.DataFrame({"event_date": event_dates}).sample(fraction=1.0, shuffle=True, seed=3)
    months = [set(part["event_date"].dt.truncate("1mo")) for part in blocks(frame)]
    assert sum(map(len, months)) == len(set.union(*months)) == 9 * 12


def test_an_ordinary_batch_is_one_block_and_not_copied() -> None:
    frame = pl.DataFrame({"event_date": [date(2024, 1, 1), date(2024, 2, 1)]})
    assert [part.equals(frame) for part in blocks(frame)] == [True]


def test_rows_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(split, "MAX_ROWS", 10)
    assert [part.height for part in blocks(pl.DataFrame({"n": range(25)}))] == [10, 10, 5]


def test_baselines_are_cut_by_day() -> None:
    ends = pl.DataFrame({"window_end_ms": [day * 86_400_000 for day in range(120)]})
    assert [part.height for part in blocks(ends)] == [50, 50, 20]


@pytest.mark.parametrize("name", PARTITION_OF)
def test_each_partition_column_is_that_of_a_table(name: str) -> None:
    sql = "".join(path.read_text() for path in FOLDER.glob("*.sql"))
    assert (
        f"PARTITION BY toYYYYMM({name})" in sql or f"PARTITION BY intDiv({name}, 86400000)" in sql
    )
