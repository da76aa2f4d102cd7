"""Columns of one value, as most of a fact are: each is made once, and lent again and again."""

from __future__ import annotations

from functools import cache
from typing import Any, Self

import polars as pl


class Constant:
    """One value, as a column as long as it is asked for.

    What it gives out are views of the longest that it was asked for, so it takes no memory of its
    own and no time to write.
    """

    def __init__(self, value: Any, dtype: pl.DataType) -> None:
        self._longest = pl.Series([value], dtype=dtype)

    @classmethod
    @cache
    def of(cls, value: Any, dtype: pl.DataType) -> Self:
        """The same for all who ask for this value of this type. It can be hashed."""
        return cls(value, dtype)

    def column(self, name: str, rows: int) -> pl.Series:
        """As many times the value as there are `rows`."""
        longest = self._longest
        if len(longest) < rows:
            room = 1 << (rows - 1).bit_length()
            longest = self._longest = longest.new_from_index(0, room)
        return longest.head(rows).alias(name)
