from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from sinks.sql import bind, literal


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "NULL"),
        ("it's", "'it\\'s'"),
        ("\\\0\n", "'\\\\\\0\\n'"),
        (True, "1"),
        (-3, "-3"),
        (1e-7, "1e-07"),
        (Decimal("-1.50"), "toDecimal64('-1.50', 2)"),
        (Decimal("1E+3"), "toDecimal64('1000', 0)"),
        (date(2024, 2, 29), "toDate('2024-02-29')"),
        (datetime(2024, 1, 1, tzinfo=UTC), "toDateTime('2024-01-01 00:00:00', 'UTC')"),
        (
            datetime(2024, 1, 1, 8, tzinfo=timezone(timedelta(hours=8))),
            "toDateTime('2024-01-01 00:00:00', 'UTC')",
        ),
        ((1, "a"), "(1, 'a')"),
        ([("a", 1), ("b", 2)], "(('a', 1), ('b', 2))"),
        ([], "(NULL)"),
    ],
)
def test_literals(value: object, written: str) -> None:
    assert literal(value) == written


@pytest.mark.parametrize(
    "value",
    [
        b"bytes",
        {"a": 1},
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        datetime(2024, 1, 1),  # noqa: DTZ001
        object(),
    ],
)
def test_what_has_no_literal_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no SQL literal"):
        literal(value)


def test_bind_puts_values_by_name() -> None:
    assert bind("%(a)s, %(b)s, 5 %% 2", {"a": 1, "b": "%(a)s"}) == "1, '%(a)s', 5 % 2"


def test_without_params_the_text_stays() -> None:
    assert bind("SELECT 5 % 2", None) == "SELECT 5 % 2"
