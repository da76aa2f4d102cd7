from __future__ import annotations

import random

import polars as pl
import pytest

from pipeline.core.latest import FEW_ROWS, latest


@pytest.mark.parametrize("height", [0, 1, FEW_ROWS, FEW_ROWS + 1])
def test_little_and_much_tell_the_same_latest_times(height: int) -> None:
    sources = [f"s{row % 3}" for row in range(height)]
    times = [(row * 7919) % 1009 for row in range(height)]
    columns = {"source": sources, "other": times, "time": times}
    frame = pl.DataFrame(columns, schema={"source": pl.String, "other": pl.Int64, "time": pl.Int64})
    found: dict[str, int] = {}
    for source, time in latest(frame, ("source",), "time"):
        found[source] = max(time, found.get(source, 0))
    wanted: dict[str, int] = {}
    for source, time in zip(sources, times, strict=True):
        wanted[source] = max(time, wanted.get(source, 0))
    assert found == wanted


def test_of_much_each_key_is_told_once() -> None:
    frame = pl.DataFrame({"a": ["x"] * 2_000, "b": ["y", "z"] * 1_000, "time": range(2_000)})
    assert sorted(latest(frame, ("a", "b"), "time")) == [("x", "y", 1_998), ("x", "z", 1_999)]


@pytest.mark.parametrize("keys", [1, 50, 3_000])
def test_of_much_the_latest_is_told(keys: int) -> None:
    draw = random.Random(keys)
    names = [
        f"{key} of a name that is longer than a view" if key % 2 else str(key)
        for key in range(keys)
    ]
    rows = [(draw.choice(names), draw.randint(-(2**40), 2**40)) for _ in range(4 * FEW_ROWS)]
    frame = pl.DataFrame(rows, schema=["key", "time"], orient="row")
    wanted = frame.group_by("key").agg(pl.col("time").max())
    assert sorted(latest(frame, ("key",), "time")) == sorted(wanted.rows())
