"""PURE: which months of a table may be dropped. Tables are partitioned by month in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from pipeline.core.signals import DAY_MS


def month_of(ms: int) -> int:
    """The month of an epoch time in UTC, as 202611."""
    day = datetime.fromtimestamp(ms / 1000, UTC)
    return day.year * 100 + day.month


def first_kept_month(now_ms: int, *, kept_days: int, log_days: int) -> int:
    """The oldest month that still holds something to keep at `now_ms`.

    An event is accepted when it is at most `kept_days` older than its record, and a record can be
    replayed for `log_days`: until both have passed, a dropped event could come back and be counted
    into a window that has lost the others.
    """
    return month_of(now_ms - (kept_days + log_days) * DAY_MS)
