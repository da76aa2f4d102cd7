"""From what is written in a cell to the value that is stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.dimension import HOW, Column, Kind
from pipeline.catalog.period import period_days
from pipeline.sources.dimensions.sheet import Cell
from schemas.kinds import MAX_ID_BYTES

MAX_TEXT_BYTES = 16_384
SECONDS_BELOW = 10**11
"""Epoch milliseconds below it (March 1973) are taken for seconds, and refused."""
MAX_MOMENT = 7_258_118_400_000
"""The year 2200."""
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2149, 6, 6)
"""What a Date column can hold."""

_YES, _NO = ("yes", "true", "1"), ("no", "false", "0")
_WHOLE = re.compile(r"\d{1,10}", re.ASCII)
_EPOCH_MS = re.compile(r"-?\d{1,18}", re.ASCII)
_AMOUNT = re.compile(r"(-?)(\d{1,16})(?:\.(\d+))?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.(\d+))?", re.ASCII)
_MIDNIGHT = re.compile(r"T00:00(:00)?$")
_MOST_COUNT = 2**32 - 1
_METRICS = {metric.name: metric.id for metric in CATALOGUE}


class Wrong(ValueError):
    """A cell does not hold what its column wants: what is wrong, and what to do about it."""

    def __init__(self, wrong: str, remedy: str) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.remedy = remedy


def value_of(column: Column, cell: Cell, zone: ZoneInfo) -> object:
    """The value of a cell that is not empty; a moment without an offset is of `zone`.

    Raises Wrong.
    """
    if column.kind is Kind.IDS:
        ids = cell if isinstance(cell, tuple) else tuple(part.strip() for part in cell.split(";"))
        return tuple(_identifier(each) for each in ids if each)
    if isinstance(cell, tuple):
        raise Wrong("holds a list", _how(column.kind))
    if column.kind is Kind.CHOICE:
        return _choice(column, cell)
    if column.kind is Kind.MOMENT:
        return _moment(cell, zone)
    return _READ[column.kind](cell)


def _how(kind: Kind) -> str:
    return f"Write {HOW[kind]}."


def _identifier(cell: str) -> str:
    size = len(cell.encode("utf-8", "surrogatepass"))
    if not 1 <= size <= MAX_ID_BYTES or "\0" in cell:
        raise Wrong(f"is an id of {size} bytes, or holds a NUL", _how(Kind.ID))
    return cell


def _text(cell: str) -> str:
    size = len(cell.encode("utf-8", "surrogatepass"))
    if size > MAX_TEXT_BYTES:
        raise Wrong(f"is a text of {size:,} bytes", f"Keep it within {MAX_TEXT_BYTES:,} bytes.")
    return cell


def _choice(column: Column, cell: str) -> str:
    for value in column.values:
        if value.casefold() == cell.casefold():
            return value
    raise Wrong("is none of the values it may have", f"Write one of {', '.join(column.values)}.")


def _flag(cell: str) -> int:
    if cell.lower() in _YES:
        return 1
    if cell.lower() in _NO:
        return 0
    raise Wrong("is neither yes nor no", "Write yes or no, true or false, 1 or 0.")


def _count(cell: str) -> int:
    if not _WHOLE.fullmatch(cell) or int(cell) > _MOST_COUNT:
        raise Wrong("is no whole number from 0 to 4,294,967,295", _how(Kind.COUNT))
    return int(cell)


def _moment(cell: str, zone: ZoneInfo) -> int:
    if _EPOCH_MS.fullmatch(cell):
        ms = int(cell)
        if ms and not SECONDS_BELOW <= ms <= MAX_MOMENT:
            wrong = "is no moment between 1973 and 2200 in epoch milliseconds"
            raise Wrong(wrong, f"Is it in seconds? {_how(Kind.MOMENT)}")
        return ms
    try:
        moment = datetime.fromisoformat(cell)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        ms = int(moment.timestamp()) * 1000 + moment.microsecond // 1000
    except (ValueError, OverflowError) as error:
        raise Wrong("is no moment", _how(Kind.MOMENT)) from error
    if not 0 <= ms <= MAX_MOMENT:
        raise Wrong("is no moment between 1970 and 2200", _how(Kind.MOMENT))
    return ms


def _day(cell: str) -> date:
    try:
        day = date.fromisoformat(_MIDNIGHT.sub("", cell))  # Excel has no days without a time
    except ValueError as error:
        raise Wrong("is no day", _how(Kind.DAY)) from error
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Wrong(f"is no day from {FIRST_DAY} to {LAST_DAY}", _how(Kind.DAY))
    return day


def _period(cell: str) -> str:
    try:
        period_days(cell)
    except ValueError as error:
        raise Wrong("is no period", _how(Kind.PERIOD)) from error
    return cell


def _metric(cell: str) -> str:
    if cell in _METRICS:
        return cell
    meant = [name for name, row in _METRICS.items() if row == cell.upper()]
    meant = meant or get_close_matches(cell.lower(), _METRICS, 1)
    hint = f"Is {' or '.join(meant)} meant? " if meant else ""
    raise Wrong("is no metric of the catalogue", f"{hint}`pulse metrics list` shows all names.")


def _money(cell: str) -> Decimal:
    match = _AMOUNT.fullmatch(cell)
    if not match:
        raise Wrong("is no amount of money", _how(Kind.MONEY))
    if match[1] and Decimal(cell):
        raise Wrong("is negative", "A price, cost or budget is 0 or more.")
    if len((match[3] or "").rstrip("0")) > 2:
        raise Wrong("has more than 2 decimals", "Round it to the cent.")
    return abs(Decimal(cell)).quantize(Decimal("0.01"))


def _number(cell: str) -> Decimal:
    match = _NUMBER.fullmatch(cell)
    if not match:
        raise Wrong("is no number", f"{_how(Kind.NUMBER)} 3 % is written 0.03.")
    if len((match[1] or "").rstrip("0")) > 6:
        raise Wrong("has more than 6 decimals", "Round it.")
    return Decimal(cell).quantize(Decimal("0.000001")) + 0  # there is no -0


def _share(cell: str) -> Decimal:
    number = _number(cell)
    if not 0 <= number <= 1:
        raise Wrong("is no share between 0 and 1", f"{_how(Kind.SHARE)} 3 % is written 0.03.")
    return number


_READ: Mapping[Kind, Callable[[str], object]] = MappingProxyType(
    {
        Kind.ID: _identifier,
        Kind.PERSON: _identifier,
        Kind.SCOPE: _identifier,
        Kind.TEXT: _text,
        Kind.FLAG: _flag,
        Kind.COUNT: _count,
        Kind.DAY: _day,
        Kind.PERIOD: _period,
        Kind.METRIC: _metric,
        Kind.MONEY: _money,
        Kind.NUMBER: _number,
        Kind.SHARE: _share,
    }
)
