"""How each kind of field is stored, and how its canonical text is read a column at a time.

Canonical is the one form that `schemas.event.to_wire` gives a value. Reading a text that is not
canonical yields null: the caller then leaves the record to the exact decoder.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import polars as pl

MAX_ID_BYTES: Final = 128
_MOST_BYTES: Final = 2**31 - 1

Reader = Callable[[pl.Expr], pl.Expr]


@dataclass(frozen=True)
class Kind:
    """What a field's annotation says about its storage.

    `dtype` and `clickhouse` are the column's type; it holds `absent` where an event has no value.
    `read` turns the canonical text of a value, without its quotes if it is `quoted`, into the
    value; there is none for texts, which are it, and for integers. `sizes`: the fewest and the most
    bytes of a text. `values`: the only texts there are, if they are few. `person` marks ids of
    persons, which are pseudonyms by the time they are in the log.
    """

    dtype: pl.DataType
    clickhouse: str
    absent: str | int | float | Decimal
    quoted: bool
    read: Reader | None = None
    sizes: tuple[int, int] = (1, _MOST_BYTES)
    values: tuple[str, ...] = ()
    person: bool = False

    @property
    def is_integer(self) -> bool:
        """Whether it is written as an integer, and is one."""
        return self.read is None and self.dtype.is_integer()


def _number(dtype: pl.DataType, clickhouse: str) -> Kind:
    return Kind(dtype, clickhouse, 0, False)


def _id(*, person: bool = False) -> Kind:
    return Kind(pl.String(), "String", "", True, sizes=(1, MAX_ID_BYTES), person=person)


def one_of(values: Sequence[str]) -> Kind:
    """A kind of string with a closed list of values."""
    return Kind(pl.String(), "String", "", True, values=tuple(values))


def _read_currency(text: pl.Expr) -> pl.Expr:
    return pl.when(text.str.contains("^[A-Z]{3}$")).then(text)


def _yes_or_no(dtype: pl.DataType, clickhouse: str, absent: int) -> Kind:
    def read(text: pl.Expr) -> pl.Expr:
        return pl.when(text.is_in(["true", "false"])).then((text == "true").cast(dtype))

    return Kind(dtype, clickhouse, absent, False, read)


def _read_rating(text: pl.Expr) -> pl.Expr:
    return pl.when(text.is_in(["1", "2", "3", "4", "5"])).then(text.cast(pl.UInt8, strict=False))


def _read_fraction(text: pl.Expr) -> pl.Expr:
    share = text.cast(pl.Float64, strict=False)
    return pl.when((share.cast(pl.String) == text) & share.is_between(0, 1)).then(share)


def _read_money(text: pl.Expr) -> pl.Expr:
    amount = text.cast(_MONEY, strict=False)
    return pl.when((amount.cast(pl.String) == text) & (amount >= 0)).then(amount)


_MONEY = pl.Decimal(18, 2)

TEXT = Kind(pl.String(), "String", "", True, sizes=(0, _MOST_BYTES))
IDENTIFIER = _id()
PERSON = _id(person=True)
CURRENCY = Kind(pl.String(), "String", "", True, _read_currency)
FLAG = _yes_or_no(pl.UInt8(), "UInt8", 0)
LABEL = _yes_or_no(pl.Int8(), "Int8", -1)
RATING = Kind(pl.UInt8(), "UInt8", 0, False, _read_rating)
FRACTION = Kind(pl.Float64(), "Float64", 0.0, False, _read_fraction)
INT32 = _number(pl.Int32(), "Int32")
UINT16 = _number(pl.UInt16(), "UInt16")
UINT32 = _number(pl.UInt32(), "UInt32")
UINT64 = _number(pl.UInt64(), "UInt64")
INSTANT = _number(pl.Int64(), "Int64")
MONEY = Kind(_MONEY, "Decimal(18, 2)", Decimal("0.00"), True, _read_money)
