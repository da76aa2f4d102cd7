"""One number of the catalogue, explained: computed now, with its SQL and rows behind it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipeline.catalog import parameters
from pipeline.catalog.explanation import rows_behind, statements_at, way_at
from pipeline.catalog.metric import Metric
from pipeline.catalog.statements import Statement
from pipeline.catalog.vocabulary import Grain
from pipeline.clock import SharedClock
from pipeline.core.calendar import CalendarWindow
from pipeline.core.signals import slow_end
from pipeline.operations.asking import ask
from pipeline.rollup.assemble import Answers, rows
from pipeline.settings import Settings
from sinks.sql import bind


@dataclass(frozen=True)
class Scope:
    """What a number is about: one group, channel ... of a grain; '' at overall."""

    grain: Grain
    id: str


@dataclass(frozen=True)
class Explanation:
    """A number as it stands: rows of slice, numerator, denominator, value, note; what was run for
    it; and some of the rows it was counted from, one frame for each relation."""

    metric: Metric
    scope: Scope
    window: CalendarWindow
    numbers: pl.DataFrame
    sql: tuple[str, ...]
    samples: tuple[pl.DataFrame, ...]


def explain(
    settings: Settings,
    metric: Metric,
    scope: Scope,
    window: CalendarWindow,
    *,
    limit: int,
) -> Explanation:
    """Compute one metric of one scope in one window. Raises UsageError, Retryable or Fatal.

    It reads the staged tables as the last rollup built them.
    """
    value = way_at(metric, scope.grain)
    grace_ms = settings.grace_seconds * 1000
    asof_ms = slow_end(SharedClock(settings.clock_file).now_ms(), grace_ms)
    params: dict[str, object] = {
        **parameters.of_installation(settings.terms, zone=settings.zone, grace_ms=grace_ms),
        **parameters.of_window(window, asof_ms),
        "scope_id": scope.id,
    }
    run = [(one, bind(one.sql, params)) for one in statements_at(value, scope.grain)]
    answered: list[tuple[Statement, pl.DataFrame]] = [(one, ask(settings, sql)) for one, sql in run]
    found = rows([metric], window, asof_ms, Answers(answered))
    samples = (ask(settings, bind(sql, params)) for sql in rows_behind(value, scope.grain, limit))
    return Explanation(
        metric,
        scope,
        window,
        found.filter(grain=str(scope.grain), scope_id=scope.id).select(
            "slice", "numerator", "denominator", "value", "note"
        ),
        tuple(sql for _, sql in run),
        tuple(samples),
    )
