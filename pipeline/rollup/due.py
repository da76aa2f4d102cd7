"""PURE: which calendar windows are to be computed: new ones, stale ones, ones that have matured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pipeline.catalog.metric import Metric
from pipeline.core.calendar import CalendarWindow, Period, closed_windows
from pipeline.core.signals import DAY_MS

LOOK_BACK_DAYS: Mapping[Period, int] = MappingProxyType(
    {
        Period.DAY: 35,
        Period.WEEK: 91,
        Period.MONTH: 400,
        Period.QUARTER: 400,
        Period.YEAR: 800,
        Period.EVER: 0,
    }
)
"""How far back windows are computed by themselves; older ones when they are asked for."""


@dataclass(frozen=True)
class Done:
    """A window that was computed: at which event time, and the newest append time seen then."""

    asof_ms: int
    seen_ms: int


@dataclass(frozen=True)
class Changed:
    """Facts of a UTC day that were appended late; `lasting` ones change later windows too."""

    day: date
    seen_ms: int
    lasting: bool


@dataclass(frozen=True)
class Asked:
    """Windows that share a moment with [since_ms, before_ms), computed again if done already."""

    since_ms: int
    before_ms: int


@dataclass(frozen=True)
class Due:
    """A window to compute, the metrics it needs, and why: new, asked, stale or matured."""

    window: CalendarWindow
    metrics: tuple[Metric, ...]
    why: str


def windows_due(
    metrics: Sequence[Metric],
    done: Mapping[tuple[Period, int], Done],
    changed: Iterable[Changed],
    *,
    first_ms: int,
    asof_ms: int,
    zone: ZoneInfo,
    asked: Asked | None = None,
) -> list[Due]:
    """What is to be computed so that the windows closed at `asof_ms` stand.

    `first_ms`: the first fact there is; no window before it. Those that ended last come first: they
    are what people look at.
    """
    changes = list(changed)
    due: list[Due] = []
    for period in Period:
        mine = tuple(metric for metric in metrics if period in metric.periods)
        if not mine:
            continue
        since_ms = asked.since_ms if asked else asof_ms - LOOK_BACK_DAYS[period] * DAY_MS
        for window in closed_windows(period, max(since_ms, first_ms), asof_ms, zone):
            if asked and window.start_ms >= asked.before_ms:
                break
            found = (
                Due(window, mine, "asked")
                if asked
                else _judge(window, mine, done.get((period, window.start_ms)), changes, asof_ms)
            )
            if found is not None:
                due.append(found)
    return sorted(due, key=lambda one: (-one.window.end_ms, -one.window.start_ms))


def _judge(
    window: CalendarWindow,
    metrics: tuple[Metric, ...],
    done: Done | None,
    changes: Sequence[Changed],
    asof_ms: int,
) -> Due | None:
    if done is None or done.asof_ms < window.end_ms:
        return Due(window, metrics, "new")
    first, last = (_day(ms) for ms in (window.start_ms, window.end_ms - 1))
    for change in changes:
        touches = change.day <= last and (change.lasting or change.day >= first)
        if touches and change.seen_ms > done.seen_ms:
            return Due(window, metrics, "stale")
    ripe = tuple(
        metric for metric in metrics if done.asof_ms < metric.final_ms(window.end_ms) <= asof_ms
    )
    return Due(window, ripe, "matured") if ripe else None


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
