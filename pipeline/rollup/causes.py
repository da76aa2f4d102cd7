"""Why a rate of a scope got worse: its cells then and before, asked of the store, attributed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from pipeline.catalog.cause_words import Note
from pipeline.catalog.causes import ratio_of, steps_of
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Direction, Signal, Window, Zero
from pipeline.clock import wall_ms
from pipeline.core.attribution import Attribution, Pull, attribute
from pipeline.core.calendar import CalendarWindow, Period, window_at
from pipeline.core.decomposition import rate_steps
from pipeline.core.expectation import PASTS
from pipeline.core.signals import DAY_MS, FOUR_WEEKS, HOUR_MS, WEEK_MS, fast_end
from pipeline.rollup.catalogue import CatalogueRollup
from pipeline.rollup.cells import Asked, Cells, Scope
from pipeline.rollup.stored_parts import stored_parts
from sinks.store import Store

TOP = 3

STEP = "step"
"""`by` of a cause that is a step on the way to the numerator, not a part of the scope."""

LEAST_STEP_SHARE = 0.5
"""A step with less of the change than this is not what broke."""

FRESH_MS = 10 * 60_000
"""Tables that were staged longer ago than this are staged anew; a running rollup does so each
minute in which their facts changed."""

_SPANS_MS = {"h": HOUR_MS, "d": DAY_MS}


@dataclass(frozen=True)
class Cause:
    """What one part did to the rate: points of the rate itself, and the share of its change.

    `effect`: rate = the part's own rate changed, mix = its weight did, step = see `STEP`.
    """

    by: str
    part: str
    points: float
    share: float
    effect: str


@dataclass(frozen=True)
class Why:
    """The rate before and at the moment (None = there is none), and the causes, largest first.

    Causes are disjoint parts of the scope, whose points with those of the rest are the change; a
    step, where there is one, comes last and looks at the same change from another side. `note`:
    a `Note`, why there are none, or what to know of them; '' = nothing.
    """

    before: float | None = None
    after: float | None = None
    causes: tuple[Cause, ...] = ()
    note: str = ""


def shifts_of(against: str) -> tuple[int, ...]:
    """How much earlier the moments are that a signal is compared with, in ms.

    `4w` = each of the last four weeks; `24h`, `7d` = that long before; what stored milestones are
    compared with, as `core.expectation` has it; anything else a week.
    """
    if against == FOUR_WEEKS.name:
        return FOUR_WEEKS.shifts_ms
    if against in PASTS and PASTS[against].days:
        return tuple(day * DAY_MS for day in PASTS[against].days)
    span = re.fullmatch(r"(\d{1,3})([hd])", against)
    return (int(span[1]) * _SPANS_MS[span[2]] if span else WEEK_MS,)


class Causes:
    """Finds causes in one store, a modern one. Raises Retryable or Fatal.

    It reads the staged tables as they were last built; `refresh` sees that they are not too old.
    """

    def __init__(self, store: Store, rollup: CatalogueRollup, zone: ZoneInfo) -> None:
        self._store = store
        self._rollup = rollup
        self._zone = zone

    def refresh(self) -> None:
        """Build the staged tables if there are none, or none of the last ten minutes."""
        built = self._store.query("SELECT max(generation) AS built_ms FROM staged_build")
        if wall_ms() - int(built["built_ms"][0] or 0) > FRESH_MS:
            self._rollup.stage.build()

    def of(self, metric: Metric, signal: str, against: str, scope: Scope, t_ms: int) -> Why:
        """Why the rate of a scope was worse at `t_ms` than at the moments it is compared with."""
        ratio = ratio_of(metric)
        if ratio is None:
            return self._stored(metric, against, scope, t_ms)
        cells = Cells(self._store, self._rollup, scope)
        now = self._window(metric, signal, t_ms)
        earlier = [self._window(metric, signal, t_ms - shift) for shift in shifts_of(against)]
        splits = cells.splits(ratio, now)
        found = attribute(
            [split.name for split in splits],
            cells.of(ratio, splits, earlier),
            cells.of(ratio, splits, [now]),
            most=TOP,
        )
        if found is None:
            return Why(note=Note.NO_RATE)
        if not _worse(metric, found):
            return Why(found.before, found.after, note=Note.NOT_WORSE)
        steps = _steps(cells, metric, now, earlier, found.change)
        causes = (*map(_cause, found.pulls[: TOP - len(steps)]), *steps)
        alike = found.alike or not found.pulls
        return Why(found.before, found.after, causes, Note.ALIKE if alike else "")

    def _stored(self, metric: Metric, against: str, scope: Scope, t_ms: int) -> Why:
        """The same from the stored days, as far as they tell: see `stored_parts`."""
        if metric.zero is not Zero.RATIO:
            return Why(note=Note.NO_SPLIT)
        told = [
            found
            for by, *parts in stored_parts(
                self._store, metric.name, scope, t_ms, shifts_of(against)
            )
            if (found := attribute([by], *parts, most=TOP)) and _worse(metric, found)
        ]
        if not told:
            return Why(note=Note.NO_SPLIT)
        best = min(told, key=lambda one: one.alike or not one.pulls)
        return Why(best.before, best.after, tuple(map(_cause, best.pulls)), Note.STORED)

    def _window(self, metric: Metric, signal: str, t_ms: int) -> Asked:
        """The window of a metric that ends at `t_ms` or last before, and what is known by then.

        A metric without trailing windows has its last day that is closed and final.
        """
        if signal == Signal.FAST or metric.windows == (Window.HOUR,):
            end_ms = fast_end(t_ms)
            return CalendarWindow(Window.HOUR, end_ms - HOUR_MS, end_ms), end_ms
        if metric.windows:
            return CalendarWindow(Window.DAY, t_ms - DAY_MS, t_ms), t_ms
        today = window_at(Period.DAY, t_ms - metric.matures_days * DAY_MS, self._zone)
        return window_at(Period.DAY, today.start_ms - 1, self._zone), t_ms


def _worse(metric: Metric, found: Attribution) -> bool:
    return found.change * (-1 if metric.direction is Direction.LOWER else 1) < 0


def _cause(pull: Pull) -> Cause:
    own = abs(pull.contribution.rate) >= abs(pull.contribution.mix)
    return Cause(pull.by, pull.part, pull.contribution.total, pull.share, "rate" if own else "mix")


def _steps(
    cells: Cells, metric: Metric, now: Asked, earlier: Sequence[Asked], change: float
) -> tuple[Cause, ...]:
    """The step that made most of the change, if it made enough of it."""
    ways = steps_of(metric)
    if not ways:
        return ()
    measures = [measure for _, funnel in ways for measure in funnel]
    before, after = cells.totals(measures, earlier), cells.totals(measures, [now])
    causes, first = [], 0
    for names, funnel in ways:
        end = first + len(funnel)
        changed = rate_steps(before[first:end], after[first:end])
        causes += [
            Cause(STEP, name, points, points / change, STEP)
            for name, points in zip(names, changed, strict=False)
        ]
        first = end
    worst = max(causes, key=lambda one: one.share, default=None)
    return (worst,) if worst is not None and worst.share >= LEAST_STEP_SHARE else ()
