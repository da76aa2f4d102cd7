"""Calendar windows: days, ISO weeks, months, quarters and years of a reporting zone.

Half-open, in epoch milliseconds. A day is from midnight to midnight of the zone, so it may have 23
or 25 hours; where a midnight does not exist, the day begins at the first moment after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Period(StrEnum):
    """A calendar window; the value is its code in the store."""

    DAY = "D"
    WEEK = "W"  # ISO 8601: Monday to Sunday
    MONTH = "M"
    QUARTER = "Q"
    YEAR = "Y"
    EVER = "A"  # from the beginning up to the last midnight


@dataclass(frozen=True, order=True)
class CalendarWindow:
    """One window: [start_ms, end_ms) of a period, or of a trailing window's code."""

    period: StrEnum
    start_ms: int
    end_ms: int


def window_at(period: Period, ms: int, zone: ZoneInfo) -> CalendarWindow:
    """The window that holds a moment; of `EVER`, all up to the midnight before it."""
    day = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()
    if period is Period.EVER:
        return CalendarWindow(period, 0, midnight_ms(day, zone))
    first = _first(period, day)
    return CalendarWindow(period, midnight_ms(first, zone), midnight_ms(_next(period, first), zone))


def closed_windows(
    period: Period, since_ms: int, until_ms: int, zone: ZoneInfo
) -> Iterator[CalendarWindow]:
    """The windows that hold a moment at or after `since_ms` and end by `until_ms`, in order."""
    window = window_at(period, since_ms if period is not Period.EVER else until_ms, zone)
    while window.end_ms <= until_ms:
        yield window
        if period is Period.EVER:
            return
        window = window_at(period, window.end_ms, zone)


def _first(period: Period, day: date) -> date:
    match period:
        case Period.WEEK:
            return day - timedelta(days=day.weekday())
        case Period.MONTH:
            return day.replace(day=1)
        case Period.QUARTER:
            return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
        case Period.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


def _next(period: Period, first: date) -> date:
    match period:
        case Period.WEEK:
            return first + timedelta(days=7)
        case Period.MONTH:
            return (first + timedelta(days=31)).replace(day=1)
        case Period.QUARTER:
            return (first + timedelta(days=93)).replace(day=1)
        case Period.YEAR:
            return first.replace(year=first.year + 1)
        case _:
            return first + timedelta(days=1)


def midnight_ms(day: date, zone: ZoneInfo) -> int:
    """Epoch milliseconds at which a day begins in a zone."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)
