"""Whose values a board shows: those of the chosen groups, or of all communities of one type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grafana.reading import addable, scopes, together
from pipeline.catalog.metric import Metric
from pipeline.catalog.vocabulary import Grain
from pipeline.errors import CatalogError


@dataclass(frozen=True)
class Whose:
    """`rows`: condition on `metric_value` for a metric, or CatalogError; `words`: the same told."""

    rows: Callable[[Metric], str]
    words: Callable[[Metric], str]

    def knows(self, one: Metric) -> bool:
        """Whether the metric has one value of them."""
        try:
            self.rows(one)
        except CatalogError:
            return False
        return True


CHOSEN_GROUPS = Whose(scopes, together)


def of_type(community_type: str) -> Whose:
    """All communities of one type; where a metric is not computed so, of all communities."""

    def rows(one: Metric) -> str:
        if Grain.TYPE in one.grains:
            return f"grain = 'T' AND scope_id = '{community_type}'"
        if Grain.GROUP in one.grains and addable(one):
            return (
                "grain = 'G' AND scope_id IN (\n        SELECT group_id FROM v_dim_group"
                f" WHERE community_type = '{community_type}'\n    )"
            )
        if Grain.OVERALL in one.grains:
            return "grain = 'O'"
        raise CatalogError(f"{one.name} has no value of a community type", where=one.id)

    def words(one: Metric) -> str:
        if Grain.TYPE in one.grains:
            return f"All communities of type {community_type} together; a choice of groups is not."
        if Grain.GROUP in one.grains:
            return f"The groups of type {community_type} together: counts and sums, added up."
        return "Of all communities together: it is not computed by type."

    return Whose(rows, words)
