"""Lint of the catalogue: a table of name -> function, each yielding what it finds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from pipeline.catalog.dimensions import DIMENSIONS
from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import SCOPES
from pipeline.catalog.series import LABELS, Series, Type, all_series
from pipeline.catalog.sql_signals import COLUMNS as SIGNAL_COLUMNS
from pipeline.catalog.statements import measures_of, values_of
from pipeline.catalog.value import Script
from pipeline.catalog.vocabulary import CLOSED_PERIODS, TRAILING_WINDOWS
from pipeline.core.measures import WINDOW_COLUMNS
from pipeline.core.signals import MILESTONES

Check = Callable[[Sequence[Metric], Sequence[Series]], Iterator[str]]


@dataclass(frozen=True)
class Finding:
    """One fault: the check that found it, and what it says."""

    check: str
    says: str


def lint(metrics: Sequence[Metric], series: Sequence[Series] | None = None) -> list[Finding]:
    """Every fault of a catalogue; `series` defaults to what `metrics` export."""
    exported = all_series(metrics) if series is None else series
    return [
        Finding(name, says) for name, check in CHECKS.items() for says in check(metrics, exported)
    ]


def _twice(names: Sequence[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _unique(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    yield from (f"name {name} is declared twice" for name in _twice([m.name for m in metrics]))
    yield from (f"series {name} is declared twice" for name in _twice([s.name for s in series]))


def _in_order(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    ids = [metric.id for metric in metrics]
    yield from (f"{late} stands before {early}" for late, early in pairwise(ids) if late > early)


def _outlets_exist(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    known = {one.name for one in series}
    known |= {f"group_minute.{column}" for column in WINDOW_COLUMNS}
    known |= {f"signals.{column}" for column in SIGNAL_COLUMNS}
    for metric in metrics:
        yield from (
            f"{metric.id} is read from {outlet}, which does not exist"
            for outlet in metric.outlets
            if outlet not in known
        )


def _signals_computed(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    computed = {
        (milestone.metric, milestone.stem): {pace.name for pace in milestone.paces}
        for milestone in MILESTONES
    }
    for metric in metrics:
        if metric.stem:
            can = computed.get((metric.name, metric.stem), set())
        else:
            can = {
                signal
                for signal, where in (*TRAILING_WINDOWS.items(), *CLOSED_PERIODS.items())
                if where in (*metric.windows, *metric.periods)
            }
        yield from (
            f"{metric.id} alerts on {metric.name} {signal}, which is not computed"
            for signal in metric.signals
            if signal not in can
        )


def _series_named_well(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    for one in series:
        if not re.fullmatch(r"community_[a-z0-9_]+", one.name):
            yield f"{one.name} is not community_ and snake_case"
        if (one.type is Type.COUNTER) != one.name.endswith("_total"):
            yield f"{one.name}: a counter, and nothing else, ends in _total"
        if re.search(r"_(ms|millis|minutes|percent)(_|$)", one.name):
            yield f"{one.name} is not in base units"


def _labels_bounded(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    for one in series:
        yield from (
            f"{one.name} has label {label}, whose bound is not declared"
            for label in one.labels
            if label not in LABELS
        )
    used = {label for one in series for label in one.labels}
    yield from (f"label {label} is declared and on no series" for label in LABELS.keys() - used)


def _texts_end_bare(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    yield from (f"{m.id}: the formula ends in a stop" for m in metrics if m.formula.endswith("."))
    yield from (f"{s.name}: the help ends in a stop" for s in series if s.help.endswith("."))


def _buckets(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    for one in series:
        if bool(one.buckets) != (one.type is Type.HISTOGRAM):
            yield f"{one.name}: buckets belong to a histogram"
        if list(one.buckets) != sorted(set(one.buckets)):
            yield f"{one.name}: its buckets do not rise"


def _unit_not_in_name(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    yield from (
        f"{m.name} has a unit in its name that is not a base unit"
        for m in metrics
        if re.search(r"_(ms|millis|minutes|percent|pct)(_|$)", m.name)
    )


def _scopes_known(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    for metric in metrics:
        for value, grains in values_of(metric):
            own = (
                [value.scopes]
                if isinstance(value, Script)
                else [one.relation.scopes for one in measures_of(value)]
            )
            yield from (
                f"{metric.name} has no scope at grain {grain}"
                for scopes in own
                for grain in grains
                if grain not in SCOPES and grain not in scopes
            )


def _scripts_sound(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    for metric in metrics:
        for value, _ in values_of(metric):
            if not isinstance(value, Script):
                continue
            yield from (
                f"{metric.name}: its script has no {word}"
                for word in ("{scope}", value.numerator, value.denominator)
                if word not in value.sql
            )
            if re.search(r"%(?!\(\w+\)s|%)", value.sql.replace("%%", "")):
                yield f"{metric.name}: its script has a % that binds nothing"


def _dims_exist(metrics: Sequence[Metric], series: Sequence[Series]) -> Iterator[str]:
    yield from (
        f"{metric.name} needs {table}, which is no dimension table"
        for metric in metrics
        for table in metric.dims
        if table not in DIMENSIONS
    )


CHECKS: Mapping[str, Check] = {
    "UNIQUE": _unique,
    "IN_ORDER": _in_order,
    "OUTLETS_EXIST": _outlets_exist,
    "SIGNALS_COMPUTED": _signals_computed,
    "SERIES_NAMED_WELL": _series_named_well,
    "LABELS_BOUNDED": _labels_bounded,
    "TEXTS_END_BARE": _texts_end_bare,
    "BUCKETS": _buckets,
    "UNIT_NOT_IN_NAME": _unit_not_in_name,
    "SCOPES_KNOWN": _scopes_known,
    "SCRIPTS_SOUND": _scripts_sound,
    "DIMS_EXIST": _dims_exist,
}
