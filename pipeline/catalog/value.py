"""PURE: how a metric is computed: a few shapes of value over relations, or a script of its own.

Whatever its shape, a value comes as rows of scope, slice (what it is split by, mostly nothing),
numerator and denominator; the denominator is the n behind the number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.catalog.relation import Relation
from pipeline.catalog.vocabulary import Grain, Zero


@dataclass(frozen=True)
class Measure:
    """An aggregate over the rows of a relation: one number per scope and value of `slice`."""

    relation: Relation
    select: str
    slice: str = ""


@dataclass(frozen=True)
class Count:
    """A count or sum; 0 where there is nothing. Sliced, one number for each slice there is."""

    measure: Measure
    zero = Zero.COUNT


@dataclass(frozen=True)
class Ratio:
    """One measure over another of the same slice; no value where the denominator is 0."""

    numerator: Measure
    denominator: Measure
    zero = Zero.RATIO


@dataclass(frozen=True)
class Shares:
    """How a measure is distributed: each slice over the sum of all slices of the scope."""

    measure: Measure
    zero = Zero.RATIO


@dataclass(frozen=True)
class Statistic:
    """A median, percentile, largest ...: `measure` of `n` things; no value where there is none."""

    measure: Measure
    n: Measure
    zero = Zero.STATISTIC


@dataclass(frozen=True)
class Script:
    """A SELECT of its own: columns scope, numerator, denominator, and slice where it has slices.

    `{scope}` in it stands for the scope of the rows it is written among, which have the columns
    that `SCOPES` names for the grains in question (or those of `scopes`). `zero` says how the two
    numbers are read: a count (denominator 1), a ratio, or a statistic of n. Scripts of one SELECT
    that differ in the names of their columns alone are run once; a row whose numerator is NULL is
    no row of the script.
    """

    sql: str
    zero: Zero
    scopes: Mapping[Grain, str] = field(default_factory=dict, hash=False)
    numerator: str = "numerator"
    denominator: str = "denominator"


Value = Count | Ratio | Shares | Statistic | Script


def count(relation: Relation, select: str = "count()", slice: str = "") -> Count:
    """A count or sum over a relation."""
    return Count(Measure(relation, select, slice))


def ratio(relation: Relation, numerator: str, denominator: str) -> Ratio:
    """Two aggregates over one relation."""
    return Ratio(Measure(relation, numerator), Measure(relation, denominator))


def per(numerator: Count, denominator: Count) -> Ratio:
    """One count over another, each of its own relation."""
    return Ratio(numerator.measure, denominator.measure)


def shares(relation: Relation, slice: str, select: str = "count()") -> Shares:
    """A count over a relation, split by `slice`, each part over the whole."""
    return Shares(Measure(relation, select, slice))


def statistic(relation: Relation, select: str, n: str = "count()") -> Statistic:
    """A statistic over a relation, of n of its rows."""
    return Statistic(Measure(relation, select), Measure(relation, n))
