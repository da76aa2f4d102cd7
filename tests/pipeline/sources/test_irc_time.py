from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.sources.irc_time import DayClock

LONDON = ZoneInfo("Europe/London")


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def read(day: str, *minutes: str) -> list[int]:
    clock = DayClock(date.fromisoformat(day), LONDON)
    return [clock.at(60 * int(hour) + int(m)) for hour, m in (s.split(":") for s in minutes)]


@pytest.mark.parametrize(
    ("day", "wall", "moment"),
    [
        ("2012-01-10", "9:30", "2012-01-10T09:30"),  # winter: GMT
        ("2012-07-10", "9:30", "2012-07-10T08:30"),  # summer: BST
        ("2012-07-10", "0:10", "2012-07-09T23:10"),
        ("2012-03-25", "0:59", "2012-03-25T00:59"),  # the morning summer time begins
        ("2012-03-25", "2:00", "2012-03-25T01:00"),
        ("2012-10-28", "0:59", "2012-10-27T23:59"),  # the morning it ends
        ("2012-10-28", "2:00", "2012-10-28T02:00"),
    ],
)
def test_wall_clock_to_utc(day: str, wall: str, moment: str) -> None:
    assert read(day, wall) == [utc(moment)]


#  wall   0:59  1:10  1:50 | 1:05  1:50  2:00      the clock is set back from 2:00 to 1:00
#  UTC  -1 0:59* 0:10  0:50 | 1:05  1:50  2:00      (* 23:59 of the day before)
def test_the_hour_that_autumn_has_twice_runs_twice() -> None:
    walls = ["0:59", "1:10", "1:50", "1:05", "1:50", "2:00"]
    assert read("2012-10-28", *walls) == [
        utc("2012-10-27T23:59"),
        utc("2012-10-28T00:10"),
        utc("2012-10-28T00:50"),
        utc("2012-10-28T01:05"),
        utc("2012-10-28T01:50"),
        utc("2012-10-28T02:00"),
    ]


def test_lines_of_a_minute_are_a_millisecond_apart() -> None:
    first, second, third = read("2012-01-10", "9:30", "9:30", "9:30")
    assert (second - first, third - first) == (1, 2)


def test_a_line_out_of_place_still_has_a_moment_of_its_own() -> None:
    late, early, again = read("2012-01-10", "10:00", "6:49", "10:00")
    assert (late - early, again - late) == ((3 * 60 + 11) * 60_000, 1)


@given(st.lists(st.integers(0, 1439), max_size=50).map(sorted))
def test_the_order_of_the_file_is_the_order_of_time(minutes: list[int]) -> None:
    clock = DayClock(date(2012, 10, 28), LONDON)
    moments = [clock.at(minute) for minute in minutes]
    assert moments == sorted(set(moments))
