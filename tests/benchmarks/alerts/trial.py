"""One kind of group on trial: a calm year and a year with drops, under rules and candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from pipeline.alerting.backtest import Fired, fired, judged
from pipeline.catalog.drop import Drop
from pipeline.catalog.vocabulary import Change
from pipeline.core.signals import DAY_MS, HOUR_MS
from tests.benchmarks.alerts.communities import Cell, Floats, World, counts, names, world
from tests.benchmarks.alerts.drops import injected, promised, seen
from tests.benchmarks.alerts.replayed import LEAD_WEEKS, RULES, grid, judgeable, unusual

DAYS = 364
WATCHED_DAYS = DAYS - 7 * LEAD_WEEKS
MONTH_DAYS = 365.25 / 12
LEAST_EXPECTED = 5.0
"""Readings that promise fewer persons are left out early: no candidate looks at them."""
CALM, STRUCK, BLIND = "calm ", "struck ", "blind "
"""Copies of a cell's groups: a calm year, one with drops, and the calm one with empty calendars."""
LEAST_CHANGE = 0.29
"""No candidate calls less than this a drop."""
PAYING = 0.1
"""How likely a payment is beside a chat."""

Candidate = tuple[str, float, float, int]
"""Of a rule: threshold, noise, hold in seconds."""

SLOW = (
    (0.50, 0.0, 1_800),
    (0.40, 0.0, 1_800),
    (0.40, 4.4, 1_800),
    (0.40, 5.2, 1_800),
    (0.40, 5.2, 3_600),
    (0.40, 5.2, 2 * 3_600),
    (0.40, 5.2, 4 * 3_600),
    (0.40, 5.6, 3_600),
    (0.40, 5.6, 2 * 3_600),
    (0.40, 6.5, 3_600),
    (0.36, 5.2, 4 * 3_600),
    (0.30, 5.2, 3_600),
)
FAST = ((0.60, 0.0, 3_900), (0.50, 0.0, 3_900), (0.55, 4.0, 3_900), (0.45, 4.0, 3_900))
CANDIDATES: Sequence[Candidate] = tuple(
    (rule, *one)
    for rule, shapes in (("C06.slow.4w", SLOW), ("F11.slow.4w", SLOW), ("C06.fast.4w", FAST))
    for one in shapes
)
"""What the thresholds were chosen among; the first of each rule is what held before."""


@dataclass(frozen=True)
class Verdict:
    """A rule on a cell: alerts of the calm year, and each injected drop (`drops.seen`)."""

    false: int
    seen: pl.DataFrame


@dataclass(frozen=True)
class Trial:
    """What one cell gave. `rules`: by METRIC.drop, as the catalogue has them.

    `uninformed`: false alarms of the same calm year by rule, had nobody told of holidays and events
    (empty: not tried). `expected`: mean numerator of the trailing 24 h, by metric. `spread`:
    coefficient of variation of a day's chatters between weeks, without drops.
    """

    cell: Cell
    rules: Mapping[str, Verdict]
    candidates: Mapping[Candidate, Verdict]
    uninformed: Mapping[str, int]
    expected: Mapping[str, float]
    spread: float

    def monthly(self, false: int) -> float:
        """Alerts of the calm year as alerts a month in 200 such groups."""
        return false * 200 / self.cell.groups * MONTH_DAYS / WATCHED_DAYS


def tried(cell: Cell, *, seed: int, uninformed: bool = False) -> Trial:
    """Live two years of a cell and judge them."""
    here = world(cell, days=DAYS, seed=seed)
    struck, drops = injected(cell, here.hours, lead_weeks=LEAD_WEEKS, seed=seed)
    both = _twice(here)
    signals = _grid(both, np.concatenate([np.zeros_like(struck), struck]), seed + 1)
    calm_signals = signals.filter(_of(CALM))
    copies = [signals]
    if uninformed:
        copies.append(
            calm_signals.with_columns(pl.col("group_id").str.replace(CALM, BLIND, literal=True))
        )
    # All in one replay, since most of its cost is by the week.
    found = judgeable(
        pl.concat(copies), list(RULES), unusual=unusual(here, [CALM, STRUCK]), least=LEAST_EXPECTED
    )

    calm, stricken, blind = (
        {rule: _deep(one.filter(_of(copy)), rule) for rule, one in found.items()}
        for copy in (CALM, STRUCK, BLIND)
    )
    due = {
        rule: promised(
            drops.with_columns(group_id=pl.concat_str(pl.lit(STRUCK), "group_id")),
            one,
            RULES[rule][1],
        )
        for rule, one in found.items()
    }

    def verdict(rule: str, drop: Drop) -> Verdict:
        return judge(rule, drop, calm[rule], stricken[rule], due[rule])

    return Trial(
        cell,
        {rule: verdict(rule, drop) for rule, (_, drop) in RULES.items()},
        {one: verdict(one[0], _candidate(one)) for one in CANDIDATES},
        {
            rule: len(_alerts(blind[rule], rule, RULES[rule][1]))
            for rule in (RULES if uninformed else ())
        },
        {
            metric: float(calm_signals[column].mean())  # type: ignore[arg-type]
            for metric, column in (("C06", "active_24h"), ("F11", "payers_24h"))
        },
        _spread(calm_signals),
    )


def judge(
    rule: str, drop: Drop, calm: pl.DataFrame, stricken: pl.DataFrame, due: pl.DataFrame
) -> Verdict:
    """`readings` of both years, and the drops of the second (`promised`), under one drop rule."""
    return Verdict(len(_alerts(calm, rule, drop)), seen(due, _alerts(stricken, rule, drop), drop))


def _deep(found: pl.DataFrame, rule: str) -> pl.DataFrame:
    """Readings that a relative rule may call a drop; the others would only cost time."""
    if RULES[rule][1].change is not Change.RELATIVE:
        return found
    ratio = pl.col("numerator") / pl.col("denominator")
    return found.filter(ratio < (1 - LEAST_CHANGE) * pl.col("baseline"))


def _candidate(one: Candidate) -> Drop:
    rule, threshold, noise, hold_s = one
    drop = RULES[rule][1]
    return replace(drop, threshold=threshold, noise=noise, hold_s=hold_s)


def _alerts(found: pl.DataFrame, rule: str, drop: Drop) -> list[Fired]:
    return fired(judged(found, drop), RULES[rule][0], drop, HOUR_MS)


def _of(copy: str) -> pl.Expr:
    return pl.col("group_id").str.starts_with(copy)


def _twice(here: World) -> World:
    """The same groups again, for the year with drops."""
    return replace(
        here,
        cell=replace(here.cell, groups=2 * here.cell.groups),
        hazard=np.concatenate([here.hazard] * 2),
        members=np.concatenate([here.members] * 2),
        ever=np.concatenate([here.ever] * 2),
    )


def _grid(here: World, struck: Floats, seed: int) -> pl.DataFrame:
    paying = replace(
        here,
        hazard=here.hazard * PAYING,
        cell=replace(here.cell, again=1.0, rate=here.cell.rate / 9),
    )
    half = names(replace(here.cell, groups=here.cell.groups // 2))
    called = [f"{copy}{name}" for copy in (CALM, STRUCK) for name in half]
    return grid(here, called, counts(here, struck, seed=seed), counts(paying, struck, seed=seed))


def _spread(calm: pl.DataFrame) -> float:
    """Median over groups of how much a day differs from the same weekday a week before, as one
    day's coefficient of variation."""
    midnights = calm.filter(pl.col("t_ms") % DAY_MS == 0).sort("group_id", "t_ms")
    ratio = pl.col("active_24h") / pl.col("member_count")
    change = (ratio / ratio.shift(7)).log().over("group_id")
    by_group = (
        midnights.with_columns(change=change)
        .group_by("group_id")
        .agg(iqr=pl.col("change").quantile(0.75) - pl.col("change").quantile(0.25))
    )
    return float(by_group["iqr"].median()) / 1.349 / 2**0.5  # type: ignore[arg-type]
