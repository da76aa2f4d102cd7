"""Every rule of a stored milestone on trial: a calm year and one with drops, by the product's rule.

Nothing of the rule is said here again: readings are compared by `pipeline.rollup.comparison`,
judged and fired by `pipeline.alerting.backtest`.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import polars as pl

from pipeline.alerting.backtest import Fired, fired, judged
from pipeline.catalog.drop import Drop
from pipeline.catalog.vocabulary import Against, Signal
from pipeline.core.signals import DAY_MS, HOUR_MS
from pipeline.rollup import comparison
from pipeline.rollup.comparison import by_clock_hour, compared
from tests.benchmarks.alerts.communities import START_MS, Cell, Floats, World, world
from tests.benchmarks.alerts.kinds import KINDS, Candidate, Kind
from tests.benchmarks.alerts.series import called, series
from tests.benchmarks.alerts.windows import LEAD_MS, due, injected, seen

SIZES = (20, 200, 2_000, 20_000)
DAYS = 364
WATCHED_MONTHS = (DAYS - LEAD_MS / DAY_MS) / (365.25 / 12)
RATE = 0.1
"""Of the communities that the volume moves by; any does."""
MANY = {Signal.FAST: 1, Signal.SLOW: 1, Signal.DAY: 4, Signal.MONTH: 8}
"""So many times more groups where windows are few."""


@dataclass(frozen=True)
class Verdict:
    """A rule, or a candidate for it, on groups of one size: alerts of the calm year, and drops."""

    groups: int
    false: int
    seen: pl.DataFrame

    @property
    def monthly(self) -> float:
        """Alerts of the calm year as alerts a month in 200 such groups."""
        return self.false * 200 / self.groups / WATCHED_MONTHS


@dataclass(frozen=True)
class Trial:
    """What groups of one size gave for one kind: the rule as it is, and its candidates."""

    rule: str
    size: int
    verdict: Verdict
    candidates: Mapping[Candidate, Verdict]


def trials(seed: int, groups: int, processes: int | None = None) -> Iterator[Trial]:
    """The trial of each kind and size, as they are done."""
    # Polars has threads of its own, which a fork would lose.
    spawn = multiprocessing.get_context("spawn")
    os.environ.setdefault("POLARS_MAX_THREADS", "1")
    with ProcessPoolExecutor(processes or os.cpu_count() or 1, mp_context=spawn) as pool:
        jobs = [
            pool.submit(partial(tried, kind.rule, size, groups=groups, seed=seed))
            for size in reversed(SIZES)
            for kind in KINDS
        ]
        for job in as_completed(jobs):
            yield job.result()


def tried(rule: str, size: int, *, groups: int, seed: int) -> Trial:
    """Live two years of one kind in groups of one size, and judge them."""
    kind = next(one for one in KINDS if one.rule == rule)
    here = _many(_world(size, groups, seed), MANY[kind.drop.signal])
    struck, drops = injected(here, kind.drop.signal, seed=seed)
    calm = readings(here, kind, np.zeros_like(struck), seed=seed + 1)
    stricken = readings(here, kind, struck, seed=seed + 2)

    hits = due(drops, stricken, kind.drop.signal)
    trailing = kind.drop.signal in (Signal.FAST, Signal.SLOW)
    matures_ms = 0 if trailing else kind.metric.matures_days * DAY_MS

    def verdict(drop: Drop) -> Verdict:
        alerts = _alerts(stricken, kind, drop)
        return Verdict(
            here.cell.groups,
            len(_alerts(calm, kind, drop)),
            seen(hits, alerts, kind.drop.signal, matures_ms=matures_ms),
        )

    return Trial(
        rule,
        size,
        verdict(kind.drop),
        {one: verdict(_candidate(kind.drop, one)) for one in kind.candidates},
    )


@cache
def _world(size: int, groups: int, seed: int) -> World:
    return world(Cell(size, RATE, groups=groups), days=DAYS, seed=seed)


def _many(here: World, times: int) -> World:
    """The same groups again and again, for draws of their own."""
    if times == 1:
        return here
    return replace(
        here,
        cell=replace(here.cell, groups=times * here.cell.groups),
        hazard=np.concatenate([here.hazard] * times),
        members=np.concatenate([here.members] * times),
        ever=np.concatenate([here.ever] * times),
    )


def readings(here: World, kind: Kind, struck: Floats, *, seed: int) -> pl.DataFrame:
    """A year of a kind, each reading with its baseline, from the end of the lead on.

    Groups that never have the least sample are left out: no rule looks at them.
    """
    every = series(here, kind, struck, seed=seed).readings(kind, called(here))
    large = pl.col("denominator").max().over("group_id") >= kind.drop.min_sample
    its = every.filter(large)
    from_ms = START_MS + LEAD_MS
    if kind.drop.signal in (Signal.FAST, Signal.SLOW):
        parts = [
            compared(
                comparison.trailing(
                    [kind.metric], past.filter(pl.col("window_end_ms") >= from_ms), past
                )
            ).with_columns(t_ms="window_end_ms")
            for past in by_clock_hour(its)
        ]
    else:
        parts = list(_closed(its, kind, from_ms))
    found = pl.concat([_EMPTY, *parts])
    return found.filter(pl.col("against") == str(kind.drop.against))


def _closed(final: pl.DataFrame, kind: Kind, from_ms: int) -> Iterator[pl.DataFrame]:
    metric, signal = kind.metric, kind.drop.signal
    plans = comparison.NO_PLANS
    if kind.drop.against is Against.PLAN:
        plans = (
            final.select("measure", "group_id")
            .unique()
            .with_columns(since_ms=pl.lit(0, pl.Int64), target=kind.rate)
        )
    for end_ms in sorted(set(final["window_end_ms"])):
        t_ms = metric.final_ms(end_ms)
        if t_ms >= from_ms:
            told = comparison.closed(metric, signal, final, t_ms)
            yield compared([told], plans).with_columns(t_ms=pl.lit(t_ms, pl.Int64))


_EMPTY = compared([]).with_columns(t_ms=pl.lit(0, pl.Int64))


def _alerts(found: pl.DataFrame, kind: Kind, drop: Drop) -> list[Fired]:
    return fired(judged(found, drop), kind.metric, drop, HOUR_MS)


def _candidate(drop: Drop, one: Candidate) -> Drop:
    threshold, noise, hold_s, least = one
    return replace(drop, threshold=threshold, noise=noise, hold_s=hold_s, min_expected=least)
