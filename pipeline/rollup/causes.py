"""Why a milestone of a group fell: its parts then and before, asked of the store, and split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.catalog.causes import SPLITS, split
from pipeline.catalog.statements import statements
from pipeline.catalog.vocabulary import Against, Grain
from pipeline.core.calendar import CalendarWindow, Period
from pipeline.core.decomposition import Contribution, Part, contributions
from pipeline.core.signals import DAY_AGO, DAY_MS, FOUR_WEEKS, WEEK_AGO
from pipeline.rollup.catalogue import CatalogueRollup
from sinks.store import Store

TOP = 3
BEFORE = {
    Against.WEEKS: FOUR_WEEKS.shifts_ms,
    Against.DAY: DAY_AGO.shifts_ms,
    Against.WEEK: WEEK_AGO.shifts_ms,
}
"""What a signal is compared with -> how much earlier; several moments are taken together."""


@dataclass(frozen=True)
class Cause:
    """One part that pulled the rate down: by what it is split, and what it contributed."""

    by: str
    contribution: Contribution


class Causes:
    """Finds causes in one store. Reads staged tables. Raises Retryable or Fatal."""

    def __init__(self, store: Store, rollup: CatalogueRollup) -> None:
        self._store = store
        self._rollup = rollup

    def of(self, metric: str, against: Against, group_id: str, t_ms: int) -> list[Cause]:
        """The `TOP` parts that pulled a milestone of a group down most at `t_ms`, of all splits.

        A split into one part says nothing and is left out.
        """
        found: list[Cause] = []
        for by in SPLITS:
            after = self._parts(metric, by, group_id, (t_ms,))
            before = self._parts(metric, by, group_id, (t_ms - s for s in BEFORE[against]))
            split_up = contributions(before, after)
            if len(split_up) > 1:
                found += [Cause(by, one) for one in split_up if one.total < 0]
        return sorted(found, key=lambda one: one.contribution.total)[:TOP]

    def _parts(
        self, metric: str, by: str, group_id: str, moments: Iterable[int]
    ) -> dict[str, Part]:
        """Parts of a group by slice, of several trailing days taken together."""
        parts: dict[str, Part] = {}
        (statement,) = statements([(split(metric, by), (Grain.GROUP,))])
        sql = f"SELECT slice, m0, m1 FROM ({statement.sql}) WHERE scope_id = %(group_id)s"
        for t_ms in moments:
            window = CalendarWindow(Period.DAY, t_ms - DAY_MS, t_ms)
            params = {**self._rollup.params(window, t_ms), "group_id": group_id}
            for name, numerator, denominator in self._store.query(sql, params).iter_rows():
                known = parts.get(name, Part(0, 0))
                parts[name] = Part(known.numerator + numerator, known.denominator + denominator)
        return parts
