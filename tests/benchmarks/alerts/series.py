"""Numerators and denominators of a stored milestone in made-up groups, window by window.

The groups are those of `communities`: their rhythm of hours and weekdays, days that differ,
holidays, events, growth and decline are what the volume moves by. A person counts once a window
here, and is not followed from one to the next: what is drawn are the two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from pipeline.catalog.vocabulary import Signal, Turn
from pipeline.core.calendar import Period, closed_windows
from pipeline.core.expectation import READING
from pipeline.core.signals import HOUR_MS
from tests.benchmarks.alerts.communities import START_MS, Floats, Ints, World, names
from tests.benchmarks.alerts.kinds import Flow, Kind
from tests.benchmarks.alerts.windows import UTC

PUSH_HOURS = (10, 15, 20)
WAITS_H = 3
"""How long a conversation that is overdue stays so."""
ACTIVE_DAYS = 3 / 7
LARGEST = np.log(3)
"""Groups of a size have from a third to three times the traffic."""


@dataclass(frozen=True)
class Series:
    """By group and window: what was counted, of how much, and when each window ended."""

    above: Ints
    below: Ints
    ends_ms: Ints

    def readings(self, kind: Kind, called: list[str]) -> pl.DataFrame:
        """As `core.expectation.READING`, but for windows in which there was nothing."""
        groups, windows = self.above.shape
        return pl.DataFrame(
            {
                "measure": pl.repeat(kind.metric.name, groups * windows, eager=True),
                "signal": pl.repeat(str(kind.drop.signal), groups * windows, eager=True),
                "group_id": pl.Series(called).gather(np.repeat(np.arange(groups), windows)),
                "window_end_ms": np.tile(self.ends_ms, groups),
                "numerator": self.above.ravel().astype(float),
                "denominator": self.below.ravel().astype(float),
            },
            schema=dict(READING),
        ).filter(pl.col("denominator") > 0)


def series(world: World, kind: Kind, struck: Floats, *, seed: int) -> Series:
    """A year of one kind; `struck`: by group and hour, how deep it is struck (0 = not at all)."""
    random = np.random.default_rng((seed, world.cell.size, *kind.rule.encode()))
    match kind.drop.signal:
        case Signal.FAST | Signal.SLOW:
            return _trailing(world, kind, struck, random)
        case Signal.DAY:
            return _daily(world, kind, struck, random)
        case Signal.MONTH:
            return _monthly(world, kind, struck, random)


def called(world: World) -> list[str]:
    """The groups' names."""
    return names(world.cell)


def _trailing(world: World, kind: Kind, struck: Floats, random: np.random.Generator) -> Series:
    rate = _rates(kind, struck, random)
    hours = world.hours
    if kind.flow is Flow.MEMBERS:
        below = world.members
        above = random.poisson(world.members * rate * _clumps(kind, rate.shape, random) / 24)
    elif kind.flow is Flow.NOTHING:
        below = np.ones_like(world.members)
        mean = _traffic(world, random) * world.members * rate * _shape(world)
        above = random.poisson(mean / WAITS_H)
    else:
        below = _volume(world, kind, random)
        above = random.binomial(below, rate)
    length = 1 if kind.drop.signal is Signal.FAST else 24
    if length > 1:
        above = _last(above, WAITS_H if kind.flow is Flow.NOTHING else length)
        if kind.flow is Flow.EVENTS:
            below = _last(below, length)
    ends = START_MS + (np.arange(hours) + 1) * HOUR_MS
    return Series(above[:, length - 1 :], below[:, length - 1 :], ends[length - 1 :])


def _daily(world: World, kind: Kind, struck: Floats, random: np.random.Generator) -> Series:
    by_day = struck[:, ::24]
    rate = _rates(kind, by_day, random, windows=1)
    if kind.flow is Flow.EVENTS:
        below = _days(_volume(world, kind, random))
        above = random.binomial(below, rate)
    else:
        below = world.members[:, ::24]
        rate = np.minimum(rate * _clumps(kind, rate.shape, random, hours=1), 1)
        above = random.binomial(below, rate)
        if kind.flow is Flow.ACTIVITIES:
            above = above * (random.random(above.shape) < ACTIVE_DAYS)
    ends = START_MS + (np.arange(by_day.shape[1]) + 1) * 24 * HOUR_MS
    return Series(above, below, ends)


def _monthly(world: World, kind: Kind, struck: Floats, random: np.random.Generator) -> Series:
    end_ms = START_MS + world.hours * HOUR_MS
    months = [
        one
        for one in closed_windows(Period.MONTH, START_MS, end_ms, UTC)
        if one.start_ms >= START_MS
    ]
    first = [(one.start_ms - START_MS) // HOUR_MS for one in months]
    rate = _rates(kind, struck[:, first], random, windows=1)
    members = world.members[:, first] * _traffic(world, random)
    below = random.poisson(members * kind.volume)
    return Series(random.binomial(below, rate), below, np.array([one.end_ms for one in months]))


def _rates(kind: Kind, struck: Floats, random: np.random.Generator, *, windows: int = 24) -> Floats:
    """What is usual, swaying by day and by hour (`windows` a day), and as it is struck.

    A rise is a drop of the same share seen from above: 60 % is two and a half times as much.
    """
    groups, length = struck.shape
    odds = np.log(kind.rate / (1 - kind.rate)) + random.normal(0, kind.sway, (groups, length))
    if windows > 1:
        by_day = random.normal(0, kind.sway, (groups, -(-length // windows)))
        odds += np.repeat(by_day, windows, axis=1)[:, :length]
    usual = 1 / (1 + np.exp(-odds))
    if kind.drop.turn is Turn.DROP:
        return np.asarray(usual * (1 - struck))
    return np.asarray(np.minimum(usual / (1 - struck), 1))


def _volume(world: World, kind: Kind, random: np.random.Generator) -> Ints:
    """Events of the denominator by hour."""
    mean = world.members * _traffic(world, random) * kind.volume * _shape(world)
    per_window = 1 if kind.drop.signal is Signal.FAST else 24
    found = random.poisson(mean / per_window)
    if kind.flow is Flow.PUSHES:
        at_set_hours = np.isin(np.arange(world.hours) % 24, PUSH_HOURS)
        found[::2] = random.poisson(mean[::2]) * at_set_hours
    return np.asarray(found)


def _shape(world: World) -> Floats:
    """How the hours of each group differ; mean 1."""
    return np.asarray(world.hazard / world.hazard.mean(axis=1, keepdims=True))


def _traffic(world: World, random: np.random.Generator) -> Floats:
    return np.exp(random.uniform(-LARGEST, LARGEST, (world.cell.groups, 1)))


def _clumps(
    kind: Kind, shape: tuple[int, ...], random: np.random.Generator, *, hours: int = 24
) -> Floats:
    """Factors of mean 1 by which days differ, of windows that many a day."""
    groups, length = shape
    if not kind.clumps:
        return np.ones((1, 1))
    by_day = random.gamma(kind.clumps, 1 / kind.clumps, (groups, -(-length // hours)))
    return np.asarray(np.repeat(by_day, hours, axis=1)[:, :length])


def _last(hourly: Ints, hours: int) -> Ints:
    """Sums over the last so many hours."""
    total = np.cumsum(hourly, axis=1)
    total[:, hours:] -= total[:, :-hours].copy()
    return total


def _days(hourly: Ints) -> Ints:
    groups, hours = hourly.shape
    return np.asarray(hourly.reshape(groups, hours // 24, 24).sum(axis=2))
