"""PURE: the SQL behind one number of the catalogue, and behind it the rows it counts."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.catalog.metric import Metric
from pipeline.catalog.relation import scope
from pipeline.catalog.statements import Statement, measures_of, statements, values_of
from pipeline.catalog.value import Value
from pipeline.catalog.vocabulary import Grain
from pipeline.errors import UsageError


def named(metrics: Sequence[Metric], wanted: str) -> tuple[Metric, ...]:
    """The metrics of an id (A23 has four), or the one of a name. Raises UsageError for neither."""
    found = tuple(one for one in metrics if wanted.upper() == one.id or wanted.lower() == one.name)
    if found:
        return found
    near = sorted(one.name for one in metrics if wanted.lower()[:5] in one.name)[:5]
    raise UsageError(
        f"The catalogue has no metric {wanted}",
        where="METRIC",
        remedy=f"Perhaps {', '.join(near)}." if near else "`pulse metrics list` shows all.",
    )


def way_at(metric: Metric, grain: Grain) -> Value:
    """How a metric is computed at a grain. Raises UsageError where it is not."""
    for value, grains in values_of(metric):
        if grain in grains:
            return value
    at = ", ".join(metric.grains) if metric.value else "no grain: it is a live value only"
    raise UsageError(
        f"{metric.id} {metric.name} is not computed at grain {grain}",
        where="--grain",
        remedy=f"It is computed at {at}.",
    )


def statements_at(value: Value, grain: Grain) -> list[Statement]:
    """What is run for a value at one grain."""
    return statements([(value, (grain,))])


def rows_behind(value: Value, grain: Grain, limit: int) -> list[str]:
    """A SELECT for each relation of the value: its rows of one scope (parameter `scope_id`).

    A script has none: its statement is all there is.
    """
    relations = {measure.relation.name: measure.relation for measure in measures_of(value)}
    return [
        f"SELECT * EXCEPT scope\nFROM (\nSELECT *, {scope((grain,), one.scopes)}\n"
        f"FROM ({one.sql}\n)\n)\nWHERE scope.2 = %(scope_id)s\nLIMIT {limit}"
        for one in relations.values()
    ]
