"""PURE: what a question's parameters are, from what was written for them; all faults at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pipeline.errors import UsageError
from sinks.question import Kind, Question

ZONE_SETTING = "PULSE_ZONE"
"""As a default: the reporting zone of the settings."""

_AGO = re.compile(r"(\d{1,5})([dw])", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_SPAN = ("since", "until")
_FIRST, _LAST = date(1971, 1, 1), date(2148, 1, 1)
"""Days that the store's dates hold, with room for the days around them."""

HINTS: Mapping[Kind, str] = MappingProxyType(
    {
        Kind.DATE: "a day like 2026-01-31, or so long before today: 28d, 4w",
        Kind.COUNT: "a whole number, 0 or more",
        Kind.TEXT: "any text",
        Kind.ZONE: "a time zone like Asia/Shanghai",
    }
)
"""How a value of each kind is written."""


def values(
    question: Question, given: Mapping[str, str], *, now_ms: int, zone: str
) -> dict[str, object]:
    """The value of every parameter, in their order: given, or else its default.

    `zone` is the reporting zone of the settings; the day of `now_ms` in the question's own zone is
    today. UsageError names everything that is unknown, missing, or no value of its kind.
    """
    faults = list(_unknown(question, given))
    found: dict[str, object] = {}
    own_zone = zone
    for parameter in sorted(question.parameters, key=lambda it: it.kind is not Kind.ZONE):
        written = given.get(parameter.name, parameter.default)
        if written is None:
            faults.append(f"{parameter.name} is missing: {parameter.meaning}")
            continue
        if parameter.kind is Kind.ZONE and written == ZONE_SETTING:
            written = zone
        try:
            value = _READERS[parameter.kind](written, _today(now_ms, own_zone))
        except (ValueError, OverflowError, KeyError, OSError):
            faults.append(f"{parameter.name}={written} is not {HINTS[parameter.kind]}")
            continue
        found[parameter.name] = value
        own_zone = str(value) if parameter.kind is Kind.ZONE else own_zone
    first, end = (found.get(name) for name in _SPAN)
    if isinstance(first, date) and isinstance(end, date) and first >= end:
        faults.append(f"since={first} is not before until={end}")
    if faults:
        raise UsageError(
            f"The question cannot be asked so: {'; '.join(faults)}",
            where=question.name,
            remedy=f"`pulse sql {question.name} --list` tells its parameters.",
        )
    return {parameter.name: found[parameter.name] for parameter in question.parameters}


def _unknown(question: Question, given: Mapping[str, str]) -> list[str]:
    known = [parameter.name for parameter in question.parameters]
    faults = []
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
            faults.append(f"there is no parameter {name}, {meant}")
    return faults


def _today(now_ms: int, zone: str) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()


def _date(written: str, today: date) -> date:
    if ago := _AGO.fullmatch(written):
        return max(_FIRST, today - timedelta(days=int(ago[1]) * (7 if ago[2] == "w" else 1)))
    if not _DAY.fullmatch(written):
        raise ValueError(written)
    day = date.fromisoformat(written)
    if not _FIRST <= day <= _LAST:
        raise ValueError(written)
    return day


def _count(written: str, _: date) -> int:
    if not _COUNT.fullmatch(written):
        raise ValueError(written)
    return int(written)


def _zone(written: str, _: date) -> str:
    ZoneInfo(written)
    return written


_READERS: Mapping[Kind, Callable[[str, date], object]] = MappingProxyType(
    {Kind.DATE: _date, Kind.COUNT: _count, Kind.TEXT: lambda written, _: written, Kind.ZONE: _zone}
)
