"""The defaults hold what the decision note says of them, on seeded overdispersed noise.

Counts of persons are Poisson around a mean that itself varies by day and by hour (gamma factors
of mean 1 and shape k, so coefficient of variation k^-0.5). No group here has dropped, and each
stands at the smallest volume its rule looks at, where noise is worst.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from pipeline.catalog.drop import Drop
from pipeline.catalog.thresholds import (
    FAST_AGAINST_WEEKS,
    IN_GROUP_AGAINST_DAY,
    IN_GROUP_AGAINST_WEEK,
    NEGATIVE_RISE,
    SLOW_AGAINST_WEEKS,
)

GROUPS = 200_000
MEMBERS = 1_000
Counts = npt.NDArray[np.int64]


def counts(mean: float, *, day_shape: float, hour_shape: float | None, hours: int) -> Counts:
    """Persons counted: group x week (the last one is now) x consecutive hour."""
    random = np.random.default_rng(20_261_123)
    factors = random.gamma(day_shape, 1 / day_shape, (GROUPS, 5, 1))
    if hour_shape is not None:
        factors = factors * random.gamma(hour_shape, 1 / hour_shape, (GROUPS, 5, hours))
    return random.poisson(mean * np.broadcast_to(factors, (GROUPS, 5, hours)))


def false_share(seen: Counts, rule: Drop) -> float:
    """Share of groups whose every hour has dropped, by the median of its four weeks."""
    baseline = np.maximum(np.median(seen[:, :4], axis=1), 1)
    needed = np.maximum(rule.threshold, rule.noise / np.sqrt(baseline))
    drops = (1 - seen[:, 4] / baseline > needed) & (baseline >= rule.min_expected)
    return float(drops.all(axis=1).mean())


def test_the_vectorised_rule_here_is_the_catalogues() -> None:
    rule = SLOW_AGAINST_WEEKS
    for now in range(80):
        seen = np.array([[[80], [80], [80], [80], [now]]])
        expected = rule.fires(now, MEMBERS, 80 / MEMBERS)
        assert false_share(seen, rule) == float(expected)


@pytest.mark.parametrize("times", [1, 2, 4])
def test_two_hours_in_a_row_look_like_a_fast_drop_less_than_once_in_five_thousand(
    times: int,
) -> None:
    rule = FAST_AGAINST_WEEKS
    seen = counts(times * rule.min_expected, day_shape=50, hour_shape=50, hours=2)
    assert false_share(seen, rule) < 1 / 5_000


@pytest.mark.parametrize(("times", "most"), [(1, 5_000), (2, 1_000), (4, 1_000), (20, 5_000)])
def test_a_day_looks_like_a_slow_drop_less_than_once_in_so_many(times: int, most: int) -> None:
    rule = SLOW_AGAINST_WEEKS
    seen = counts(times * rule.min_expected, day_shape=100, hour_shape=None, hours=1)
    assert false_share(seen, rule) < 1 / most


def test_without_the_noise_the_smallest_groups_would_cry_wolf() -> None:
    rule = SLOW_AGAINST_WEEKS
    seen = counts(rule.min_expected, day_shape=100, hour_shape=None, hours=1)
    assert false_share(seen, replace(rule, noise=0)) > max(10 * false_share(seen, rule), 1e-4)


def test_most_of_a_silent_group_is_seen() -> None:
    """A group that falls to a tenth is a drop for either rule in all but one case of a hundred."""
    random = np.random.default_rng(7)
    for rule, hours in ((FAST_AGAINST_WEEKS, 2), (SLOW_AGAINST_WEEKS, 1)):
        mean = 2 * rule.min_expected
        seen = counts(mean, day_shape=100, hour_shape=None, hours=hours)
        seen[:, 4] = random.poisson(mean / 10, (GROUPS, hours))
        assert false_share(seen, rule) > 0.99


def risen(now: Counts, past: Counts, rule: Drop) -> npt.NDArray[np.bool_]:
    """Which groups have risen, by the mean of their weeks; all have the same denominator."""
    usual = past.mean(axis=1)
    beyond = (now > (1 + rule.threshold) * usual) & (now - usual > rule.noise * np.sqrt(now))
    return np.asarray(beyond & (now >= rule.min_expected))


def test_the_vectorised_rise_here_is_the_catalogues() -> None:
    for usual in (0, 5, 40):
        now = np.arange(200)
        found = risen(now, np.full((200, 4), usual), NEGATIVE_RISE)
        assert [NEGATIVE_RISE.fires(one, MEMBERS, usual / MEMBERS) for one in now] == list(found)


@pytest.mark.parametrize("usual", [1, 5, 10, 20, 40, 100, 1_000])
def test_an_ordinary_day_looks_like_a_rise_less_than_once_in_three_thousand(usual: int) -> None:
    """Where days differ by 20 %, and however few are usual: for these the root is there."""
    seen = counts(usual, day_shape=25, hour_shape=None, hours=1)[:, :, 0]
    assert float(risen(seen[:, 4], seen[:, :4], NEGATIVE_RISE).mean()) < 1 / 3_000


def test_without_the_noise_what_is_seldom_would_cry_wolf() -> None:
    seen = counts(8, day_shape=25, hour_shape=None, hours=1)[:, :, 0]
    eager = replace(NEGATIVE_RISE, noise=0, min_expected=20)
    assert float(risen(seen[:, 4], seen[:, :4], eager).mean()) > 1 / 2_000


def lost_share(days: int, ever_joined: int) -> npt.NDArray[np.float64]:
    """Net leavers of `days` at 0.5 % a day, each day in clumps: negative binomial of shape 2."""
    mean = 0.005 * ever_joined
    random = np.random.default_rng(11)
    leavers = random.negative_binomial(2, 2 / (2 + mean), (GROUPS, days)).sum(axis=1)
    return np.asarray(leavers / ever_joined)


@pytest.mark.parametrize(("rule", "days"), [(IN_GROUP_AGAINST_DAY, 1), (IN_GROUP_AGAINST_WEEK, 7)])
def test_ordinary_leaving_looks_like_an_in_group_drop_less_than_once_in_three_thousand(
    rule: Drop, days: int
) -> None:
    lost = lost_share(days, rule.min_sample)
    assert float((lost > rule.threshold).mean()) < 1 / 3_000
