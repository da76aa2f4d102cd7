"""Calendar periods as people write them: a year, a quarter, a month or an ISO week."""

from __future__ import annotations

import re
from datetime import date, timedelta

_PERIOD = re.compile(r"(\d{4})(?:-(?:Q([1-4])|W(\d\d)|(\d\d)))?", re.ASCII)
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def period_days(text: str) -> tuple[str, date, date]:
    """The window code (Y, Q, M or W), first day and day after the last of `text`.

    ValueError if it is none of 2026, 2026-Q4, 2026-11, 2026-W48.
    """
    match = _PERIOD.fullmatch(text)
    if not match or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
        raise ValueError(text)
    year = int(match[1])
    if match[3]:
        monday = date.fromisocalendar(year, int(match[3]), 1)
        return "W", monday, monday + timedelta(days=7)
    if match[4]:
        code, month, months = "M", int(match[4]), 1
    elif match[2]:
        code, month, months = "Q", 3 * int(match[2]) - 2, 3
    else:
        code, month, months = "Y", 1, 12
    after = month - 1 + months
    return code, date(year, month, 1), date(year + after // 12, after % 12 + 1, 1)
