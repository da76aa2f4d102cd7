"""PURE: the SQL of a set of metrics: one statement for all that share a relation or a script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import Relation, scope
from pipeline.catalog.relations import BASE, MEMBER, PRESENT
from pipeline.catalog.value import (
    Count,
    Measure,
    Ratio,
    Script,
    Shares,
    Statistic,
    Value,
    count,
)
from pipeline.catalog.vocabulary import Grain, Zero


@dataclass(frozen=True)
class Statement:
    """A SELECT and what its columns are.

    Columns: grain, scope_id, and for measures slice and m0, m1, ... in the order of `of`; for
    scripts the numerators and denominators that they name, and slice where they have slices.
    """

    sql: str
    of: tuple[Measure, ...] | tuple[Script, ...]
    grains: tuple[Grain, ...]


def parts_of(value: Value) -> tuple[Measure | Script, ...]:
    """What has to be answered for a value: its measures, or the script that it is."""
    return (value,) if isinstance(value, Script) else measures_of(value)


Way = tuple[Value, tuple[Grain, ...]]
"""A value, and the grains at which it is wanted."""


def measures_of(value: Value) -> tuple[Measure, ...]:
    """The measures that a value is made of; none for a script."""
    match value:
        case Count(measure) | Shares(measure):
            return (measure,)
        case Ratio(numerator, denominator):
            return (numerator, denominator)
        case Statistic(measure, n):
            return (measure, n)
        case Script():
            return ()


def values_of(metric: Metric) -> Iterator[Way]:
    """Each way in which a metric is computed, and at which grains."""
    if metric.value is None:
        return
    common = tuple(grain for grain in metric.grains if grain not in metric.variants)
    if common:
        yield metric.value, common
    for grain, value in metric.variants.items():
        yield value, (grain,)


_PRESENCE = (Grain.GROUP, Grain.TYPE, Grain.CHANNEL, Grain.CAMPAIGN, Grain.OVERALL)


def who_is_there(wanted: Iterable[Way]) -> Iterator[Way]:
    """What to ask beside these: a scope with members is there, and what it has none of is 0.

    Nothing, where no count is among them; of the members that are asked anyway, else of who is
    present alone.
    """
    ways = tuple(wanted)
    counted = {grain for value, grains in ways if value.zero is Zero.COUNT for grain in grains}
    grains = tuple(grain for grain in _PRESENCE if grain in counted)
    if grains:
        asked = any(one.relation is MEMBER for value, _ in ways for one in measures_of(value))
        yield count(MEMBER if asked else PRESENT, BASE), grains


def statements(ways: Iterable[Way]) -> list[Statement]:
    """All statements that the values need, each once."""
    wanted: dict[tuple[Relation, str], dict[Measure, set[Grain]]] = {}
    scripts: dict[Script, dict[Script, set[Grain]]] = {}
    for value, grains in ways:
        if isinstance(value, Script):
            same = scripts.setdefault(_unnamed(value), {})
            same.setdefault(value, set()).update(grains)
        for one in measures_of(value):
            shared = wanted.setdefault((one.relation, one.slice), {})
            shared.setdefault(one, set()).update(grains)
    return [
        *(_measured(relation, slice_, by) for (relation, slice_), by in wanted.items()),
        *(_scripted(script, by) for script, by in scripts.items()),
    ]


def _unnamed(script: Script) -> Script:
    """What is the same of scripts that one run answers."""
    return Script(script.sql, Zero.RATIO, script.scopes)


def _measured(relation: Relation, slice_: str, by: Mapping[Measure, set[Grain]]) -> Statement:
    grains = _ordered(set().union(*by.values()))
    selects = ",\n    ".join(
        f"toFloat64({one.select}) AS m{number}" for number, one in enumerate(by)
    )
    sql = (
        f"SELECT scope.1 AS grain, scope.2 AS scope_id, {_text(slice_)} AS slice,\n    {selects}\n"
        f"FROM (\n"
        f"SELECT *, {scope(grains, relation.scopes)}\n"
        f"FROM ({relation.sql}\n)\n)\n"
        f"GROUP BY scope, slice"
    )
    return Statement(sql, tuple(by), grains)


def _scripted(script: Script, by: Mapping[Script, set[Grain]]) -> Statement:
    grains = _ordered(set().union(*by.values()))
    sql = (
        "SELECT scope.1 AS grain, scope.2 AS scope_id, * EXCEPT scope\n"
        f"FROM ({script.sql.replace('{scope}', scope(grains, script.scopes))}\n)"
    )
    return Statement(sql, tuple(by), grains)


def _text(slice_: str) -> str:
    return f"toString({slice_})" if slice_ else "''"


def _ordered(grains: Iterable[Grain]) -> tuple[Grain, ...]:
    found = set(grains)
    return tuple(grain for grain in Grain if grain in found)
