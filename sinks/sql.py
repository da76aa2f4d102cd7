"""Values into SQL text, escaped here: no store of ours needs parameters of its own."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

_ESCAPES = str.maketrans(
    {
        "\\": "\\\\",
        "'": "\\'",
        "\0": "\\0",
        "\a": "\\a",
        "\b": "\\b",
        "\f": "\\f",
        "\n": "\\n",
        "\r": "\\r",
        "\t": "\\t",
        "\v": "\\v",
    }
)


def bind(sql: str, params: Mapping[str, object] | None) -> str:
    """`sql` with each %(name)s replaced by its value as a literal.

    A sequence becomes a tuple, for `IN %(ids)s` and `(a, b) IN %(pairs)s`; an empty one is IN
    nothing. Without params the text is left as it is; with them a plain % is written %%.
    """
    if params is None:
        return sql
    return sql % {name: literal(value) for name, value in params.items()}


def literal(value: object) -> str:  # noqa: PLR0911  (one line a type)
    """One value as ClickHouse writes it, in the old dialect and the new."""
    match value:
        case None:
            return "NULL"
        case str():
            return f"'{value.translate(_ESCAPES)}'"
        case bool() | int():
            return str(int(value))
        case float() if math.isfinite(value):
            return repr(value)
        case Decimal() if value.is_finite():
            scale = max(0, -int(value.as_tuple().exponent))
            return f"toDecimal64('{value:f}', {scale})"
        case datetime() if value.tzinfo is not None:
            return f"toDateTime('{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}', 'UTC')"
        case date() if not isinstance(value, datetime):
            return f"toDate('{value:%Y-%m-%d}')"
        case Collection() if not isinstance(value, Mapping | bytes | bytearray):
            return f"({', '.join(map(literal, value)) or 'NULL'})"
    raise TypeError(f"no SQL literal for {type(value).__name__} {value!r}")
