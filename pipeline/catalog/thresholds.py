"""When a milestone has dropped. Every number is a default chosen here; none is a given norm.

The aim: on the smallest group a rule looks at, a false page less than once in a year of ordinary
weeks, at the price of seeing nothing in groups too small to tell.
`pipeline/decisions/drop-thresholds.md` has the simulation, a test holds its figures, and
`tuned` (in `tuning.py`) changes any of the numbers.
"""

from __future__ import annotations

from pipeline.catalog.drop import Drop
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal

# One hour of chat is noisy: at an expected 30 persons, noise alone halves one hour in sixty. It
# takes 60 % off two closed hours running (they need 65 minutes) less than once in 10,000.
FAST_AGAINST_WEEKS = Drop(
    signal=Signal.FAST,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.6,
    min_sample=50,
    min_expected=30,
    severity=Severity.WARNING,
    hold_s=65 * 60,
)

# A whole day averages the hours out; what stays is the difference between days. At an expected 50
# persons noise halves less than one day in 1,000, at 100 less than one in 10,000.
SLOW_AGAINST_WEEKS = Drop(
    signal=Signal.SLOW,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.5,
    min_sample=50,
    min_expected=50,
    severity=Severity.CRITICAL,
    hold_s=30 * 60,
)

# The in-group rate drifts down by itself as a group ages, so it is judged by percentage points
# against the day before, and against the week before for what bleeds slowly. 5 points of at least
# 200 ever joined are more than ten members gone in a day.
IN_GROUP_AGAINST_DAY = Drop(
    signal=Signal.SLOW,
    against=Against.DAY,
    change=Change.POINTS,
    threshold=0.05,
    min_sample=200,
    min_expected=50,
    severity=Severity.CRITICAL,
    hold_s=30 * 60,
)
IN_GROUP_AGAINST_WEEK = Drop(
    signal=Signal.SLOW,
    against=Against.WEEK,
    change=Change.POINTS,
    threshold=0.12,
    min_sample=200,
    min_expected=50,
    severity=Severity.WARNING,
    hold_s=60 * 60,
)
