"""A year of made-up communities, hour by hour: who could be active, and how likely that is.

A group has a rhythm of hours and weekdays, days and hours that differ by chance, holidays, planned
events, members who come and go, a slow decline of its rate, and one bot that nobody declared. All
of it is drawn from one seed. `counts` makes of it what a store would have counted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.core.signals import DAY_MS, HOUR_MS, WEEK_MS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

START_MS = 1_735_516_800_000
"""2024-12-30 00:00 UTC, a Monday."""
HOURS_OF_WEEK = WEEK_MS // HOUR_MS
LATER = 24
"""Place of those in an array of ages who were not active in the last 24 hours."""
AGES = np.arange(LATER + 1)

OF_DAY = np.array(
    [1.2, 0.6, 0.3, 0.2, 0.2, 0.4, 1.2, 2.6, 4.2, 5.4, 5.8, 5.6,
     6.2, 5.6, 5.2, 5.2, 5.4, 5.6, 6.0, 7.0, 8.0, 8.2, 6.4, 3.2]
)  # fmt: skip
"""How much is begun in each hour of a day: a quiet night, noon, and an evening that peaks."""
WEEKDAYS = {
    "leisure": np.array([1.0, 0.97, 0.98, 1.0, 1.08, 1.25, 1.15]),
    "work": np.array([1.05, 1.1, 1.1, 1.05, 0.95, 0.5, 0.45]),
}
HOLIDAYS = (2, 29, 30, 31, 95, 96, 122, 152, 275, 276, 277, 278, 279, 280, 281, 359, 360)
"""Days of the year: some alone, some in a row, and a week in autumn."""
EVENT_EACH_DAYS = 56
"""A planned event per group in so many days; it lifts one day."""


@dataclass(frozen=True)
class Cell:
    """Groups of one kind: how many members each begins with, and what share is active in a day.

    `cv`: how much days differ by chance, as a coefficient of variation. `again`: how much
    likelier one who was active in the last three hours is to be so in the next.
    """

    size: int
    rate: float
    cv: float = 0.10
    again: float = 6.0
    groups: int = 200

    @property
    def name(self) -> str:
        return f"{self.size:,} members, {self.rate:.3g} a day"


@dataclass(frozen=True)
class World:
    """A cell's groups over hours: arrays of group x hour, but `holidays` and `events`.

    `hazard`: chance that a member who was not active lately is active in the hour. `members`,
    `ever`: at the end of the hour. `holidays`: days since the start. `events`: (group, day).
    """

    cell: Cell
    hazard: Floats
    members: Ints
    ever: Ints
    holidays: tuple[int, ...]
    events: Ints

    @property
    def hours(self) -> int:
        return self.hazard.shape[1]


def names(cell: Cell) -> list[str]:
    """The groups of a cell."""
    return [f"g{number:04d}" for number in range(cell.groups)]


def world(cell: Cell, *, days: int, seed: int) -> World:
    """The groups of a cell for so many days; the same for the same seed."""
    random = np.random.default_rng((seed, cell.size, round(cell.rate * 1e6), round(cell.cv * 1e3)))
    groups, hours = cell.groups, days * 24
    rhythm = _rhythm(random, groups)
    week = np.tile(rhythm, (1, -(-hours // HOURS_OF_WEEK)))[:, :hours]
    by_day = _spread(random, cell.cv, (groups, days))
    of_year = [day for day in HOLIDAYS if day < days]
    by_day[:, of_year] *= random.uniform(0.6, 0.8, len(of_year))
    events = np.array(
        [
            (group, first + random.integers(EVENT_EACH_DAYS))
            for group in range(groups)
            for first in range(0, days - EVENT_EACH_DAYS + 1, EVENT_EACH_DAYS)
        ],
        np.int64,
    ).reshape(-1, 2)
    by_day[events[:, 0], events[:, 1]] *= random.uniform(1.4, 2.0, len(events))
    decline = random.uniform(0, 0.005, (groups, 1))
    by_day *= (1 - decline) ** (np.arange(days) / 7)
    by_hour = _spread(random, cell.cv, (groups, hours))
    members, ever = _members(random, cell, days)
    hazard = week * np.repeat(by_day, 24, axis=1) * by_hour
    kinds, kind = np.unique(rhythm, axis=0, return_inverse=True)
    hazard *= np.array([_level(cell, row) for row in kinds])[kind.ravel(), None]
    return World(cell, hazard, members, ever, tuple(of_year), events)


def chance(hazard: Floats | float, ages: Ints, again: float) -> Floats:
    """Chance to be active in the hour, by hours since one was; the two are broadcast."""
    return np.asarray(np.minimum(hazard * np.where(ages < 3, again, 1.0), 0.9))


def counts(world: World, struck: Floats, *, seed: int) -> tuple[Ints, Ints]:
    """Active members by group and hour: in the hour, and in the 24 hours that end with it.

    Exact for members who are alike but for how long ago each was active: per group it is kept how
    many were last active so many hours ago, so that one who is active twice is counted once.
    `struck`: of group x hour, the share of members that is silenced (who is, stays so until it
    changes). A bot that nobody declared is always one more.
    """
    random = np.random.default_rng((seed, world.cell.size, round(world.cell.rate * 1e6)))
    groups, hours = world.hazard.shape
    ages = np.zeros((groups, LATER + 1), np.int64)
    ages[:, LATER] = world.members[:, 0] - 1
    muted = np.zeros_like(ages)
    hour_counts = np.empty((groups, hours), np.int64)
    day_counts = np.empty((groups, hours), np.int64)
    present = world.members[:, 0]
    before = np.zeros(groups)
    for hour in range(hours):
        change = np.flatnonzero(struck[:, hour] != before)
        if change.size:
            together = ages[change] + muted[change]
            muted[change] = random.binomial(together, struck[change, hour, None])
            ages[change] = together - muted[change]
            before = struck[:, hour]
        # Those who come or go were not active lately.
        ages[:, LATER] = np.maximum(ages[:, LATER] + world.members[:, hour] - present, 0)
        present = world.members[:, hour]
        active = random.binomial(ages, chance(world.hazard[:, hour, None], AGES, world.cell.again))
        ages = _older(ages - active)
        ages[:, 0] = active.sum(axis=1)
        if muted.any():
            muted = _older(muted)
        hour_counts[:, hour] = ages[:, 0] + 1
        day_counts[:, hour] = ages[:, :LATER].sum(axis=1) + muted[:, :LATER].sum(axis=1) + 1
    return hour_counts, np.minimum(day_counts, world.members)


def _older(ages: Ints) -> Ints:
    moved = np.empty_like(ages)
    moved[:, 0] = 0
    moved[:, 1:] = ages[:, :-1]
    moved[:, LATER] += ages[:, LATER]
    return moved


def _rhythm(random: np.random.Generator, groups: int) -> Floats:
    """Group x hour of the week, mean 1: one of two kinds of week, two hours early to late."""
    rows = []
    for _ in range(groups):
        kind = "leisure" if random.random() < 0.6 else "work"
        week = np.concatenate([weekday * OF_DAY for weekday in WEEKDAYS[kind]])
        rows.append(np.roll(week, random.integers(-2, 3)))
    table = np.array(rows)
    return table / table.mean(axis=1, keepdims=True)


def _spread(random: np.random.Generator, cv: float, shape: tuple[int, int]) -> Floats:
    """Factors of mean 1."""
    sigma = np.sqrt(np.log1p(cv**2))
    return random.lognormal(-(sigma**2) / 2, sigma, shape)


def _members(random: np.random.Generator, cell: Cell, days: int) -> tuple[Ints, Ints]:
    """Members and ever joined: growth of 0 to 2 % a week, and leaving in clumps, once a day."""
    growth = random.uniform(0, 0.02, cell.groups)
    members = np.empty((cell.groups, days), np.int64)
    ever = np.empty_like(members)
    now = np.full(cell.groups, cell.size, np.int64)
    all_time = np.full(cell.groups, round(cell.size / 0.8), np.int64)
    for day in range(days):
        left = random.binomial(now, np.minimum(0.001 * random.gamma(2, 0.5, cell.groups), 1))
        came = random.poisson(now * (growth / 7 + 0.001))
        now, all_time = np.maximum(now + came - left, 2), all_time + came
        members[:, day], ever[:, day] = now, all_time
    return np.repeat(members, 24, axis=1), np.repeat(ever, 24, axis=1)


def _level(cell: Cell, rhythm: Floats) -> float:
    """The hazard of a mean hour at which the share active in 24 hours is `rate` on average."""
    levels = np.geomspace(cell.rate / 1_000, 0.5, 64)
    ages = np.zeros((64, LATER + 1))
    ages[:, LATER] = 1
    seen = np.zeros(64)
    for step in range(2 * HOURS_OF_WEEK):
        active = ages * chance(levels[:, None] * rhythm[step % HOURS_OF_WEEK], AGES, cell.again)
        rest = ages - active
        ages = np.concatenate(
            [
                active.sum(axis=1)[:, None],
                rest[:, : LATER - 1],
                rest[:, LATER - 1 :].sum(1)[:, None],
            ],
            axis=1,
        )
        if step >= HOURS_OF_WEEK:
            seen += ages[:, :LATER].sum(axis=1) / HOURS_OF_WEEK
    return float(np.interp(cell.rate, seen, levels))


def day_ms(day: int) -> int:
    """Midnight of a day since the start, epoch ms."""
    return START_MS + day * DAY_MS
