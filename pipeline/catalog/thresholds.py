"""When a milestone has dropped. Every number is a default chosen here; none is a given norm.

The aim: less than one false alarm a month for someone who watches 200 groups of all sizes, at the
price of seeing nothing in groups too small to tell. `deploy/prometheus/BACKTEST.md` has what was
measured, `pipeline/decisions/drop-thresholds.md` why it is so, a test holds its figures, and
`tuned` (in `tuning.py`) changes any of the numbers.
"""

from __future__ import annotations

from pipeline.catalog.drop import Drop
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal

# One hour of chat is noisy: at an expected 30 persons it takes 73 % off two closed hours running
# (they need 65 minutes) to tell a drop from chance, from 53 persons on 55 % do.
FAST_AGAINST_WEEKS = Drop(
    signal=Signal.FAST,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.55,
    noise=4.0,
    min_sample=50,
    min_expected=30,
    severity=Severity.WARNING,
    hold_s=65 * 60,
)

# A whole day averages the hours out; what stays is the difference between days. At an expected 50
# persons it takes 74 % for an hour, at 100 half, from 169 on 40 %.
SLOW_AGAINST_WEEKS = Drop(
    signal=Signal.SLOW,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.4,
    noise=5.2,
    min_sample=50,
    min_expected=50,
    severity=Severity.CRITICAL,
    hold_s=60 * 60,
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
