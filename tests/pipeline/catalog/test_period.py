from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from pipeline.catalog.period import period_days
from pipeline.core.calendar import midnight_ms


@pytest.mark.parametrize(
    ("text", "code", "first", "after"),
    [
        ("2026", "Y", date(2026, 1, 1), date(2027, 1, 1)),
        ("2026-Q1", "Q", date(2026, 1, 1), date(2026, 4, 1)),
        ("2026-Q4", "Q", date(2026, 10, 1), date(2027, 1, 1)),
        ("2024-02", "M", date(2024, 2, 1), date(2024, 3, 1)),
        ("2026-12", "M", date(2026, 12, 1), date(2027, 1, 1)),
        ("2026-W53", "W", date(2026, 12, 28), date(2027, 1, 4)),
        ("2025-W01", "W", date(2024, 12, 30), date(2025, 1, 6)),
    ],
)
def test_a_period_is_half_open(text: str, code: str, first: date, after: date) -> None:
    assert period_days(text) == (code, first, after)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-13", "2026-00", "2026-Q5", "2025-W53", "2026-1", "1969", "2026-W00"]
)
def test_what_is_no_period(text: str) -> None:
    with pytest.raises(ValueError):
        period_days(text)


def test_a_day_begins_by_the_zone() -> None:
    begins = midnight_ms(date(2026, 11, 1), ZoneInfo("Asia/Shanghai"))
    assert begins == int(datetime(2026, 10, 31, 16, tzinfo=UTC).timestamp()) * 1000
