"""Moments as people write them on the command line, in epoch milliseconds."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import UsageError
from schemas.fields import Instant

_UNITS_MS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_AGO = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT: TypeAdapter[int] = TypeAdapter(Instant)


def instant(text: str, *, where: str) -> int:
    """A moment in RFC 3339; UsageError names the option `where`."""
    try:
        return _INSTANT.validate_python(text)
    except ValidationError as error:
        raise UsageError(
            f"{text} is no moment", where=where, remedy="Write it like 2026-01-31T08:00:00Z."
        ) from error


def moment(text: str, *, where: str, now_ms: int, zone: str) -> int:
    """A moment in RFC 3339, the start of a day in `zone`, or so long before `now_ms` (2h, 7d)."""
    if ago := _AGO.fullmatch(text):
        return now_ms - int(ago[1]) * _UNITS_MS[ago[2]]
    try:
        if _DAY.fullmatch(text):
            day = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
            return int(day.timestamp()) * 1000
        return _INSTANT.validate_python(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text} is no moment",
            where=where,
            remedy=f"Write it like 2h or 7d (ago), 2026-01-31 (its start, {zone}), or"
            " 2026-01-31T08:00:00Z.",
        ) from error


def shown(ms: int, zone: str) -> str:
    """A moment in `zone` to the second; what no calendar holds as its number."""
    try:
        return f"{datetime.fromtimestamp(ms / 1000, ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"
    except (ValueError, OverflowError, OSError):
        return f"{ms} ms"
