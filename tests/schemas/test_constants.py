from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from schemas.constants import Constant

MONEY = pl.Decimal(18, 2)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [
        ("", pl.String()),
        ("longer than what lies in a view", pl.String()),
        (0, pl.UInt16()),
        (Decimal("1.50"), MONEY),
        (None, pl.Date()),
        (False, pl.Boolean()),
        ([], pl.List(pl.String())),
    ],
)
def test_a_value_as_often_as_wanted(value: Any, dtype: pl.DataType) -> None:
    constant = Constant(value, dtype)
    for rows in (0, 1, 3, 1000, 2):
        column = constant.column("x", rows)
        assert (column.name, column.dtype, column.to_list()) == ("x", dtype, [value] * rows)


def test_it_is_one_for_all_who_want_the_same() -> None:
    assert Constant.of("", pl.String()) is Constant.of("", pl.String())
    assert Constant.of(0, pl.UInt64()) is not Constant.of(0, MONEY)
    assert Constant.of((), pl.List(pl.String())).column("x", 2).to_list() == [[], []]


def test_what_was_lent_stays_when_a_longer_one_is_made() -> None:
    constant = Constant("a", pl.String())
    lent = constant.column("x", 2)
    assert constant.column("y", 5000).to_list() == ["a"] * 5000
    assert (lent.name, lent.to_list()) == ("x", ["a", "a"])
