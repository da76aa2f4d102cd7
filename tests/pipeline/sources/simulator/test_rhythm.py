from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.simulator.rhythm import (
    BUSY_HOURS,
    DAY_MS,
    HOUR_MS,
    WEEKDAYS,
    at_a_likely_hour,
    intensity,
    next_busy_hour,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MS = int(datetime(2025, 10, 6, tzinfo=SHANGHAI).timestamp()) * 1000
moments = st.integers(MONDAY_MS, MONDAY_MS + 30 * DAY_MS)


@pytest.mark.parametrize("day", range(7))
def test_a_days_intensity_is_its_weekdays(day: int) -> None:
    hours = [intensity(MONDAY_MS + day * DAY_MS + h * HOUR_MS, SHANGHAI) for h in range(24)]
    assert sum(hours) / 24 == pytest.approx(WEEKDAYS[day])


def test_evenings_are_busy_and_nights_are_not() -> None:
    evening, night = (intensity(MONDAY_MS + h * HOUR_MS, SHANGHAI) for h in (20, 3))
    assert evening > 10 * night


def test_the_zone_sets_the_hour() -> None:
    utc = intensity(MONDAY_MS, ZoneInfo("UTC"))  # 16:00 there, midnight in Shanghai
    assert utc > 5 * intensity(MONDAY_MS, SHANGHAI)


@given(ms=moments, share=st.floats(0, 1, exclude_max=True))
def test_a_likely_hour_is_on_the_same_day(ms: int, share: float) -> None:
    found = datetime.fromtimestamp(at_a_likely_hour(ms, share, SHANGHAI) / 1000, SHANGHAI)
    assert found.date() == datetime.fromtimestamp(ms / 1000, SHANGHAI).date()


@pytest.mark.parametrize(("share", "hour"), [(0.0, 0), (0.5, 15), (0.999, 23)])
def test_half_of_the_day_has_passed_in_the_afternoon(share: float, hour: int) -> None:
    found = at_a_likely_hour(MONDAY_MS, share, SHANGHAI)
    assert datetime.fromtimestamp(found / 1000, SHANGHAI).hour == hour


@given(moments)
def test_the_next_busy_hour_is_full_busy_and_near(ms: int) -> None:
    found = next_busy_hour(ms, SHANGHAI)
    assert found % HOUR_MS == 0
    assert datetime.fromtimestamp(found / 1000, SHANGHAI).hour in BUSY_HOURS
    assert ms <= found < ms + DAY_MS
