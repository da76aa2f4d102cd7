"""JSON read exactly: no key twice, no rounded number, no NaN, no bottomless nesting.

The usual readers each forgive something that would change what a record says: they keep one of two
equal keys, read 0.1 as a binary fraction, or take NaN for a number.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from schemas.rejection import Reason

MAX_DEPTH = 32

_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]|\\.?)*+"?|[\[{]|[\]}]', re.DOTALL)


class Unreadable(ValueError):
    """The bytes are no exact JSON object, for `reason`."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def read_object(value: bytes) -> dict[str, object]:
    """The JSON object in `value`; fractions and huge integers as Decimal. Raises Unreadable."""
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Unreadable(Reason.BAD_UTF8, f"not UTF-8 at byte {error.start}") from error
    _check_depth(text)
    try:
        document = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable(Reason.NOT_JSON, f"{error.msg} at character {error.pos}") from error
    if not isinstance(document, dict):
        raise Unreadable(Reason.NOT_AN_OBJECT, f"a JSON {_json_type(document)}")
    return document


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        depth += (match[0] in "[{") - (match[0] in "]}")
        if depth > MAX_DEPTH:
            raise Unreadable(Reason.NOT_JSON, f"nested deeper than {MAX_DEPTH} levels")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unreadable(Reason.DUPLICATE_KEY, "an object names a key twice")
    return fields


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 20 else Decimal(digits)


def _fraction(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:  # an exponent beyond even Decimal: no field can hold it
        return Decimal("Infinity")


def _constant(name: str) -> NoReturn:
    raise Unreadable(Reason.NOT_JSON, f"{name} is no JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_fraction,
    parse_constant=_constant,
)


def _json_type(document: object) -> str:
    match document:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "list"
        case _:
            return "number"
