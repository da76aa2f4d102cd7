"""The kinds of field an event is made of.

Each is one annotated type that holds everything the rest derives from it: the check, the JSON
Schema, and the kind of column it is stored in.

Nothing is coerced: `"1"` is no number, `1` no string, `true` neither. A value that its column could
not hold is refused, never wrapped around or rounded.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    Strict,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from schemas.kinds import (
    CURRENCY,
    FLAG,
    FRACTION,
    IDENTIFIER,
    INSTANT,
    INT32,
    LABEL,
    MAX_ID_BYTES,
    MONEY,
    PERSON,
    RATING,
    TEXT,
    UINT16,
    UINT32,
    UINT64,
)


def _unicode(value: str) -> str:
    if not value.isascii():
        _utf8(value)
    return value


def _utf8(value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise PydanticCustomError("not_unicode", "Holds a lone surrogate") from error


def _identifier(value: str) -> str:
    size = len(value) if value.isascii() else len(_utf8(value))
    if size > MAX_ID_BYTES:
        raise PydanticCustomError("id_too_long", "Id of more than 128 bytes")
    if not value or "\x00" in value:
        raise PydanticCustomError("bad_id", "Id is empty or holds a NUL")
    return value


def _identifier_or_none(value: str) -> str:
    return value and _identifier(value)


_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: the offset is applied by hand
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII
)


def _instant(value: object) -> object:
    """Milliseconds of an RFC 3339 string, finer digits cut off; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return _milliseconds(value)
    except ValueError as error:
        raise PydanticCustomError("bad_time", "Not an RFC 3339 time with an offset") from error


def _milliseconds(text: str) -> int:
    match = _RFC_3339.fullmatch(text)
    if not match:
        raise ValueError(text)
    day, clock, fraction, sign, hours, minutes = match.groups(default="0")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError(text)
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    local = datetime.fromisoformat(f"{day} {clock}") - _EPOCH
    return (local - offset) // timedelta(seconds=1) * 1000 + int(fraction[:3].ljust(3, "0"))


_CENT = Decimal("0.01")
_MAX_MONEY = Decimal("9999999999999999.99")
_AMOUNT = re.compile(r"-?[0-9]{1,16}(?:\.[0-9]{1,2})?")


def _money(value: object) -> Decimal:
    """An exact amount: from a plain decimal string, a Decimal or an int, never from a float."""
    match value:
        case str() if _AMOUNT.fullmatch(value):
            amount = Decimal(value)
        case Decimal():
            amount = value
        case int() if not isinstance(value, bool):
            amount = Decimal(value)
        case _:
            raise PydanticCustomError("bad_amount", "Not an amount of money")
    if not amount.is_finite() or amount.copy_abs() > _MAX_MONEY:
        raise PydanticCustomError("bad_amount", "More than 16 digits before the decimal point")
    if amount != amount.quantize(_CENT):
        raise PydanticCustomError("bad_amount", "More than 2 decimal places")
    if amount < 0:
        raise PydanticCustomError("negative_amount", "Amount below zero")
    return amount.quantize(_CENT).copy_abs()  # of zero, too: there is no -0.00


def _fraction(value: object) -> object:
    """The nearest float of a number in JSON, which is read as a Decimal; else as it is."""
    return float(value) if isinstance(value, Decimal) else value


_ID_SCHEMA = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ID_BYTES})

Text = Annotated[str, Strict(), AfterValidator(_unicode), TEXT]
"""Any text, also empty."""

Id = Annotated[str, Strict(), AfterValidator(_identifier), _ID_SCHEMA, IDENTIFIER]
"""1 to 128 bytes of UTF-8, any character but NUL."""

PersonId = Annotated[str, Strict(), AfterValidator(_identifier), _ID_SCHEMA, PERSON]
"""Id of a person: a pseudonym by the time it is in the log."""

KeyId = Annotated[
    str,
    Strict(),
    AfterValidator(_identifier_or_none),
    WithJsonSchema({"type": "string", "maxLength": MAX_ID_BYTES}),
    IDENTIFIER,
]
"""Name of a pseudonym key; '' = none."""

Currency = Annotated[str, Strict(), StringConstraints(pattern=r"^[A-Z]{3}$"), CURRENCY]
"""ISO 4217 code."""

Flag = Annotated[bool, Strict(), FLAG]

Label = Annotated[Annotated[bool, Strict(), LABEL] | None, LABEL]
"""A verdict that need not be there: null is neither yes nor no."""

Rating = Annotated[int, Strict(), Field(ge=1, le=5), RATING]
"""Stars, 1 to 5."""

Fraction = Annotated[float, BeforeValidator(_fraction), Strict(), Field(ge=0, le=1), FRACTION]
"""A share, 0 to 1."""

Int32 = Annotated[int, Strict(), Field(ge=-(2**31), le=2**31 - 1), INT32]

UInt16 = Annotated[int, Strict(), Field(ge=0, le=2**16 - 1), UINT16]

UInt32 = Annotated[int, Strict(), Field(ge=0, le=2**32 - 1), UINT32]

UInt64 = Annotated[int, Strict(), Field(ge=0, le=2**64 - 1), UINT64]

Instant = Annotated[
    int,
    BeforeValidator(_instant),
    Strict(),
    Field(ge=-(2**63), le=2**63 - 1),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
                {"type": "string", "format": "date-time"},
            ]
        }
    ),
    INSTANT,
]
"""A moment in epoch milliseconds; read also from an RFC 3339 string with an offset."""

Money = Annotated[
    Decimal,
    BeforeValidator(_money),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^[0-9]{1,16}(\.[0-9]{1,2})?$"},
                {"type": "number", "minimum": 0, "exclusiveMaximum": 10**16},
            ]
        }
    ),
    MONEY,
]
"""An amount in the reporting currency: not negative, 2 decimal places, kept exactly."""
