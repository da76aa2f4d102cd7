from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipeline.core.retention import first_kept_month, month_of


def _ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "month"),
    [
        ("2026-11-25T12:00", 202611),
        ("2026-12-01T00:00", 202612),
        ("2026-11-30T23:59:59.999", 202611),
        ("1970-01-01T00:00", 197001),
    ],
)
def test_a_month_is_of_utc(moment: str, month: int) -> None:
    assert month_of(_ms(moment)) == month


#    kept                              log       now
#    |<------------ 30 d ------------>|<- 14 d ->|
@pytest.mark.parametrize(
    ("now", "first_kept"),
    [
        ("2026-11-14T00:00", 202610),  # 44 days before is the very start of October
        ("2026-11-13T23:59", 202609),  # one minute of September is still wanted
        ("2026-12-14T12:00", 202610),
    ],
)
def test_a_month_goes_when_neither_facts_nor_log_need_it(now: str, first_kept: int) -> None:
    assert first_kept_month(_ms(now), kept_days=30, log_days=14) == first_kept
