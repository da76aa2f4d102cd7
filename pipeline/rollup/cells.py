"""The cells that a change of a rate is attributed over, asked of the store window by window."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.catalog.causes import Split, cells_sql, columns_sql, splits_of
from pipeline.catalog.value import Measure, Ratio
from pipeline.catalog.vocabulary import Grain
from pipeline.core.attribution import Labels
from pipeline.core.calendar import CalendarWindow
from pipeline.core.decomposition import Part
from pipeline.rollup.catalogue import CatalogueRollup
from sinks.store import Store


@dataclass(frozen=True)
class Scope:
    """One group, channel ... of a grain; '' at overall."""

    grain: Grain
    id: str


Asked = tuple[CalendarWindow, int]
"""A window, and up to when facts are known."""


class Cells:
    """Asks one store, a modern one, for one scope. Raises Retryable or Fatal."""

    def __init__(self, store: Store, rollup: CatalogueRollup, scope: Scope) -> None:
        self._store = store
        self._rollup = rollup
        self._scope = scope

    def splits(self, ratio: Ratio, asked: Asked) -> tuple[Split, ...]:
        """By what a ratio can be split: by what the rows of all its relations have."""
        columns = [
            set(self._store.query(columns_sql(one.relation), self._rollup.params(*asked))["name"])
            for one in {
                one.relation.name: one for one in (ratio.numerator, ratio.denominator)
            }.values()
        ]
        return splits_of(set.intersection(*columns), self._scope.grain)

    def of(
        self, ratio: Ratio, splits: Sequence[Split], windows: Iterable[Asked]
    ) -> dict[Labels, Part]:
        """A ratio cell by cell, several windows taken together."""
        cells: dict[Labels, Part] = {}

        def add(labels: Labels, numerator: float, denominator: float) -> None:
            known = cells.get(labels, Part(0, 0))
            cells[labels] = Part(known.numerator + numerator, known.denominator + denominator)

        above, below = ratio.numerator, ratio.denominator
        for asked in windows:
            if above.relation.name == below.relation.name:
                for labels, (numerator, denominator) in self._rows((above, below), splits, asked):
                    add(labels, numerator, denominator)
                continue
            for labels, (numerator,) in self._rows((above,), splits, asked):
                add(labels, numerator, 0)
            for labels, (denominator,) in self._rows((below,), splits, asked):
                add(labels, 0, denominator)
        return cells

    def totals(self, measures: Sequence[Measure], windows: Iterable[Asked]) -> list[float]:
        """Measures of one relation over the whole scope, several windows taken together."""
        sums = [0.0] * len(measures)
        for asked in windows:
            for _, numbers in self._rows(measures, (), asked):
                sums = [one + number for one, number in zip(sums, numbers, strict=True)]
        return sums

    def _rows(
        self, measures: Sequence[Measure], splits: Sequence[Split], asked: Asked
    ) -> list[tuple[Labels, tuple[float, ...]]]:
        params = {**self._rollup.params(*asked), "scope_id": self._scope.id}
        found = self._store.query(cells_sql(measures, splits, self._scope.grain), params)
        return [(row[: len(splits)], row[len(splits) :]) for row in found.iter_rows()]
