"""What no test can do better: from how many expected on a drop is seen at so few false alarms.

The ideal test knows exactly what is usual, looks at one window or at two together, and calls every
count that chance makes too seldom. Counts are Poisson, or vary beside by a gamma factor whose
coefficient of variation is `cv`, anew in each window: negative binomial.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from tests.benchmarks.alerts.communities import Floats

GROUPS, MONTH_H = 200, 365.25 / 12 * 24
SHARE = 0.9
"""Of drops that is to be seen."""
MOST = 5_000
"""Where more would have to be expected, nothing is."""
STEP = 1.03


@cache
def least_expected(
    depth: float, *, window_h: int, windows: int = 1, cv: float = 0.0, rise: bool = False
) -> int | None:
    """From how many expected a window on `SHARE` of drops of `depth` are seen; None = never.

    At one false alarm a month in `GROUPS` groups. `rise`: of the rise to 1 / (1 - depth).
    """
    budget = window_h * windows / (GROUPS * MONTH_H)
    changed = 1 / (1 - depth) if rise else 1 - depth
    expected = 2.0
    while expected <= MOST:
        if _seen(expected * windows, changed, windows / cv**2 if cv else None, budget) >= SHARE:
            return round(expected)
        expected *= STEP
    return None


def _seen(mean: float, changed: float, shape: float | None, budget: float) -> float:
    """The chance to be called, of a count whose mean has become `changed` times as large."""
    most = int(12 * mean * max(changed, 1) + 100)
    usual, now = (_chances(one, shape, most) for one in (mean, mean * changed))
    as_far = np.cumsum(usual) if changed < 1 else np.cumsum(usual[::-1])[::-1]
    return float(now[as_far <= budget].sum())


def _chances(mean: float, shape: float | None, most: int) -> Floats:
    """Of the counts 0 to `most`; `shape` of the gamma, None = Poisson."""
    counts = np.arange(most)
    if shape is None:
        none, ratios = -mean, np.log(mean / (counts + 1))
    else:
        share = mean / (mean + shape)
        none = shape * np.log1p(-share)
        ratios = np.log((counts + shape) / (counts + 1) * share)
    return np.asarray(np.exp(none + np.concatenate([[0.0], np.cumsum(ratios)])))
