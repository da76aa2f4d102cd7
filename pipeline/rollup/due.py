"""PURE: which calendar windows are to be computed: new ones, stale ones, ones that have matured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from pipeline.catalog.metric import Metric
from pipeline.core.calendar import CalendarWindow, Period, closed_windows
from pipeline.core.signals import DAY_MS


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
class Due:
    """A window to compute, the metrics it needs, and why: new, stale or matured."""

    window: CalendarWindow
    metrics: tuple[Metric, ...]
    why: str


def windows_due(
    metrics: Sequence[Metric],
    done: Mapping[tuple[Period, int], Done],
    changed: Iterable[Changed],
    *,
    since_ms: int,
    until_ms: int,
    zone: ZoneInfo,
) -> list[Due]:
    """What is to be computed so that all closed windows from `since_ms` on stand at `until_ms`.

    Ordered by end, so that whoever stops halfway has the older ones. `until_ms` is the time up to
    which facts are known (now less the grace).
    """
    changes = list(changed)
    due: list[Due] = []
    for period in Period:
        mine = tuple(metric for metric in metrics if period in metric.periods)
        if not mine:
            continue
        for window in closed_windows(period, since_ms, until_ms, zone):
            found = _judge(window, mine, done.get((period, window.start_ms)), changes, until_ms)
            if found is not None:
                due.append(found)
    return sorted(due, key=lambda one: (one.window.end_ms, one.window.start_ms))


def _judge(
    window: CalendarWindow,
    metrics: tuple[Metric, ...],
    done: Done | None,
    changes: Sequence[Changed],
    until_ms: int,
) -> Due | None:
    if done is None or done.asof_ms < window.end_ms:
        return Due(window, metrics, "new")
    first, last = (_day(ms) for ms in (window.start_ms, window.end_ms - 1))
    for change in changes:
        touches = change.day <= last and (change.lasting or change.day >= first)
        if touches and change.seen_ms > done.seen_ms:
            return Due(window, metrics, "stale")
    ripe = tuple(
        metric
        for metric in metrics
        if done.asof_ms < window.end_ms + metric.matures_days * DAY_MS <= until_ms
    )
    return Due(window, ripe, "matured") if ripe else None


def _day(ms: int) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).date()
