"""When a milestone has dropped. Every number is a default chosen here; none is a given norm.

The aim: less than one false alarm a month for someone who watches 200 groups of all sizes, at the
price of seeing nothing in groups too small to tell. `deploy/prometheus/BACKTEST.md` has what was
measured, `pipeline/decisions/drop-thresholds.md` why it is so, a test holds its figures, and
`tuned` (in `tuning.py`) changes any of the numbers.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.catalog.drop import Drop
from pipeline.catalog.vocabulary import Against, Change, Severity, Signal, Turn

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

# The stored milestones are read once an hour, so 65 minutes are two readings that agree.
_TWICE_S = 65 * 60
_ONCE_S = 30 * 60

# A rate near 1 has little room: of 100 pushes, 95 delivered, noise alone takes 20 % off never.
REACH_DROP = Drop(
    signal=Signal.FAST,
    against=Against.WEEK_MEAN,
    change=Change.RELATIVE,
    threshold=0.2,
    min_sample=100,
    min_expected=80,
    severity=Severity.WARNING,
    hold_s=_TWICE_S,
)
# 20 conversations an hour, 90 % usual: 12 or fewer in time is 4 hours in 10,000, two running none.
TIMELY_DROP = replace(
    REACH_DROP,
    threshold=0.3,
    min_sample=20,
    min_expected=15,
    severities={"service": Severity.CRITICAL},
)
INVITED_DROP = replace(
    REACH_DROP, signal=Signal.SLOW, threshold=0.5, min_sample=50, min_expected=50
)
"""As the slow signal of the daily active rate: a day's persons, halved."""
INQUIRIES_DROP = replace(INVITED_DROP, min_sample=20, min_expected=30)
INQUIRIES_BELOW_PLAN = replace(
    INQUIRIES_DROP,
    signal=Signal.DAY,
    against=Against.PLAN,
    threshold=0.2,
    min_expected=5,
    hold_s=_ONCE_S,
)
"""METRICS has the 5: fewer than that in a day's plan is no pace."""
STAGES_DROP = replace(INVITED_DROP, against=Against.WEEKDAY_MEAN)
ACTIVITIES_DROP = replace(
    INVITED_DROP, signal=Signal.DAY, against=Against.EARLIER, min_expected=30, hold_s=_ONCE_S
)
COHORTS_DROP = replace(
    ACTIVITIES_DROP,
    against=Against.FOUR_BEFORE,
    severities={"service": Severity.CRITICAL},
)
REPURCHASE_DROP = replace(
    ACTIVITIES_DROP,
    signal=Signal.MONTH,
    against=Against.BEFORE,
    threshold=0.25,
    min_sample=200,
    min_expected=80,
)

# What is seldom doubles by chance: 10 persons where 5 are usual is a day in 30, and in two readings
# an hour apart the same persons. So it takes ten, and more than twice the usual.
LEAVING_RISE = Drop(
    turn=Turn.RISE,
    signal=Signal.SLOW,
    against=Against.WEEKDAY_MEAN,
    change=Change.RELATIVE,
    threshold=1.0,
    min_sample=200,
    min_expected=10,
    severity=Severity.WARNING,
    hold_s=_TWICE_S,
)
COMPLAINTS_RISE = replace(
    LEAVING_RISE, min_sample=50, min_expected=5, severities={"service": Severity.CRITICAL}
)
NEGATIVE_RISE = replace(LEAVING_RISE, min_sample=100)
DELETED_RISE = replace(LEAVING_RISE, signal=Signal.DAY, hold_s=_ONCE_S)
OVERDUE_RISE = replace(LEAVING_RISE, min_sample=1, min_expected=5)
