"""How a metric of the catalogue is read from the store: whose value, of which window, what n.

Distinct persons are never added up. All groups together are the grain overall, where it is
computed; one group is its own value; several have a value together only where it is made of
counts and sums. What no choice of groups could show is refused when the board is made.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from grafana.signals import Unit
from pipeline.catalog.catalogue import CATALOGUE
from pipeline.catalog.metric import Metric
from pipeline.catalog.value import Count, Ratio, Shares
from pipeline.catalog.vocabulary import Direction, Grain, Zero
from pipeline.core.calendar import Period
from pipeline.errors import CatalogError

AS_OF = "(SELECT least(now, $__toTime) FROM v_now)"
"""When the board looks: the end of its range, at most where the event clock stands."""

AS_OF_S = f"toInt64(toUnixTimestamp({AS_OF}))"

CHOSEN_SCOPES = "$__conditionalAll(scope_id IN (${group:singlequote}), $group)"
CHOSEN_CHANNELS = "$__conditionalAll(scope_id IN (${channel:singlequote}), $channel)"
CHOICES: Mapping[Grain, str] = MappingProxyType(
    {Grain.GROUP: CHOSEN_SCOPES, Grain.CHANNEL: CHOSEN_CHANNELS}
)
"""Condition on `metric_value`: of the scopes of a grain those that the board's variable chooses."""

ALL_GROUPS = "$__conditionalAll(0, $group)"
"""True where the board's choice is all groups."""

DAY_S = 86_400
SLACK_DAYS = 3
"""So many days a rollup may be behind before its last value is no longer shown as the last."""


@dataclass(frozen=True)
class Spoken:
    """A period in words, and its longest in days."""

    word: str
    days: int
    before: str = ""


SPOKEN: Mapping[Period, Spoken] = MappingProxyType(
    {
        Period.DAY: Spoken("day", 1, "week before"),
        Period.WEEK: Spoken("week", 7, "week before"),
        Period.MONTH: Spoken("month", 31, "month before"),
        Period.QUARTER: Spoken("quarter", 92, "quarter before"),
        Period.YEAR: Spoken("year", 366, "year before"),
        Period.EVER: Spoken("beginning", 1),
    }
)

_BY_NAME = {metric.name: metric for metric in CATALOGUE}
_SUMS = re.compile(r"\b(?:count|sum)(?:If)?\(")
_NOT_SUMS = re.compile(r"uniq|avg|quantile|median|\bmax|\bmin|\bany|ForEach|Map\(|/")

UNITS: Mapping[str, Unit] = MappingProxyType(
    {"ratio": Unit.RATIO, "seconds": Unit.SECONDS, "days": Unit.DAYS}
)


def metric(name: str, period: Period | None = None, grain: Grain | None = None) -> Metric:
    """A metric by its name. Raises CatalogError where there is none, or not so."""
    found = _BY_NAME.get(name)
    if found is None:
        raise CatalogError(f"A board shows {name!r}, which is no metric of the catalogue")
    if period is not None and period not in found.periods:
        raise CatalogError(f"{name} is not computed by period {period}", where=found.id)
    if grain is not None and grain not in found.grains:
        raise CatalogError(f"{name} is not computed at grain {grain}", where=found.id)
    return found


def unit(one: Metric) -> Unit:
    """How its numbers are written."""
    return Unit.MONEY if one.unit.startswith("money") else UNITS.get(one.unit, Unit.COUNT)


def decimals(one: Metric) -> int | None:
    """How many a ratio or mean is shown with; counts and sums as they come."""
    return None if one.zero is Zero.COUNT else 1 if one.unit in UNITS else 2


def has_n(one: Metric) -> bool:
    """Whether it is a share or statistic of something, whose number stands beside it."""
    return one.zero is not Zero.COUNT


def addable(one: Metric) -> bool:
    """Whether numerator and denominator are counts or sums of what lies in one group each."""
    match one.value:
        case Count(measure) | Shares(measure):
            parts = [measure.select]
        case Ratio(numerator, denominator):
            parts = [numerator.select, denominator.select]
        case _:
            return False
    return all(_SUMS.search(part) and not _NOT_SUMS.search(part) for part in parts)


def scopes(one: Metric, *, alone: bool = False) -> str:
    """Condition on `metric_value`: the scopes that the board's choice of groups asks for.

    `alone`: on a board of one group, where what all groups come to is not asked.
    """
    in_groups, overall = Grain.GROUP in one.grains, Grain.OVERALL in one.grains
    if in_groups and overall:
        return f"grain = if({ALL_GROUPS}, 'O', 'G') AND {CHOSEN_SCOPES}"
    if in_groups and (alone or addable(one)):
        return f"grain = 'G' AND {CHOSEN_SCOPES}"
    if overall:
        return "grain = 'O'"
    raise CatalogError(f"{one.name} has no value of all groups together", where=one.id)


def worth(one: Metric, rows: str = "1") -> str:
    """SQL: its value over `rows` of one window; NULL where there is none, or none together."""
    if addable(one):
        up = f"sumOrNullIf(numerator, {rows})"
        return f"{up} / nullIf(sumIf(denominator, {rows}), 0)" if has_n(one) else up
    return _of_one("maxIf(value, {rows})", rows)


def sample(one: Metric, rows: str = "1") -> str:
    """SQL: the n of `worth`."""
    if addable(one):
        return f"sumOrNullIf(denominator, {rows})"
    return _of_one("maxOrNullIf(denominator, {rows})", rows)


def _of_one(text: str, rows: str) -> str:
    return f"if(uniqExactIf(scope_id, {rows}) = 1, {text.format(rows=rows)}, NULL)"


def together(one: Metric) -> str:
    """In words: what is shown for a choice of groups."""
    if Grain.GROUP not in one.grains:
        return "Of all groups together: it is not computed by group."
    if addable(one):
        return "The chosen groups together: counts and sums, added up."
    return "All groups, or one: of several no value, since distinct persons do not add up."


def meaning(one: Metric) -> str:
    """In words: id, formula, and which way is better."""
    better = {
        Direction.HIGHER: " Higher is better.",
        Direction.LOWER: " Lower is better.",
        Direction.NEITHER: "",
    }
    final = f" Final {one.matures_days} days after its window." if one.matures_days else ""
    return f"{one.id}: {one.formula}.{better[one.direction]}{final}"


def closed(period: Period) -> str:
    """Condition: rows of a period that had closed, and whose value is final, when one looks."""
    return f"`window` = '{period}' AND note != 'immature' AND window_end_ms <= {AS_OF_S} * 1000"


def ended_within(period: Period, seconds: int) -> str:
    """Condition: rows of windows that ended at most so long before one looks.

    Rows lie in the store by the month in which their window starts, so that its start is told too.
    """
    ended = f"window_end_ms > ({AS_OF_S} - {seconds}) * 1000"
    if period is Period.EVER:  # starts at any time
        return ended
    return (
        f"{ended}\n    AND window_start > {AS_OF} - {seconds + (SPOKEN[period].days + 1) * DAY_S}"
    )


def recent_s(one: Metric, period: Period) -> int:
    """How long ago the last closed and final window of a metric may have begun, in seconds."""
    return (2 * SPOKEN[period].days + one.matures_days + SLACK_DAYS) * DAY_S
