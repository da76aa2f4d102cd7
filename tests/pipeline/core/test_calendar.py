"""Calendar windows in zones with and without summer time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.calendar import Period, closed_windows, window_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000


def ms(text: str, zone: ZoneInfo) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("period", "moment", "start", "end"),
    [
        (Period.DAY, "2024-02-29 23:59", "2024-02-29", "2024-03-01"),
        (Period.DAY, "2025-01-01 00:00", "2025-01-01", "2025-01-02"),
        (Period.WEEK, "2020-12-31 12:00", "2020-12-28", "2021-01-04"),  # ISO week 53
        (Period.WEEK, "2021-01-03 12:00", "2020-12-28", "2021-01-04"),
        (Period.MONTH, "2024-02-10 12:00", "2024-02-01", "2024-03-01"),
        (Period.MONTH, "2024-12-31 12:00", "2024-12-01", "2025-01-01"),
        (Period.QUARTER, "2024-11-05 12:00", "2024-10-01", "2025-01-01"),
        (Period.QUARTER, "2024-03-31 12:00", "2024-01-01", "2024-04-01"),
        (Period.YEAR, "2024-06-05 12:00", "2024-01-01", "2025-01-01"),
    ],
)
def test_a_moment_lies_in(period: Period, moment: str, start: str, end: str) -> None:
    window = window_at(period, ms(moment, SHANGHAI), SHANGHAI)
    assert (window.start_ms, window.end_ms) == (ms(start, SHANGHAI), ms(end, SHANGHAI))


def test_ever_ends_at_the_last_midnight() -> None:
    window = window_at(Period.EVER, ms("2025-03-03 10:00", SHANGHAI), SHANGHAI)
    assert (window.start_ms, window.end_ms) == (0, ms("2025-03-03", SHANGHAI))


@pytest.mark.parametrize(("day", "hours"), [("2025-03-30", 23), ("2025-10-26", 25)])
def test_a_day_of_the_clock_change(day: str, hours: int) -> None:
    window = window_at(Period.DAY, ms(f"{day} 12:00", BERLIN), BERLIN)
    assert window.end_ms - window.start_ms == hours * HOUR


def test_closed_windows_end_in_time() -> None:
    found = list(
        closed_windows(
            Period.DAY, ms("2025-03-01 10:00", SHANGHAI), ms("2025-03-04", SHANGHAI), SHANGHAI
        )
    )
    assert [one.start_ms for one in found] == [
        ms(day, SHANGHAI) for day in ("2025-03-01", "2025-03-02", "2025-03-03")
    ]


def test_an_open_window_is_not_closed() -> None:
    start = ms("2025-03-01", SHANGHAI)
    assert not list(closed_windows(Period.MONTH, start, start + 30 * 24 * HOUR, SHANGHAI))


@given(
    st.integers(0, 4_000_000_000_000),
    st.sampled_from([one for one in Period if one is not Period.EVER]),
    st.sampled_from(["UTC", "Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"]),
)
def test_windows_tile_the_time(moment: int, period: Period, name: str) -> None:
    zone = ZoneInfo(name)
    window = window_at(period, moment, zone)
    assert window.start_ms <= moment < window.end_ms
    assert window_at(period, window.end_ms, zone).start_ms == window.end_ms
    assert window_at(period, window.start_ms, zone) == window
    assert datetime.fromtimestamp(window.start_ms / 1000, UTC).year <= 2096
