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
# persons it takes 74 % for two hours, at 100 half, from 169 on 40 %.
SLOW_AGAINST_WEEKS = Drop(
    signal=Signal.SLOW,
    against=Against.WEEKS,
    change=Change.RELATIVE,
    threshold=0.4,
    noise=5.2,
    min_sample=50,
    min_expected=50,
    severity=Severity.CRITICAL,
    hold_s=120 * 60,
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

# The stored milestones are read once an hour, so 65 minutes are two readings that agree. Their
# numbers were chosen by `deploy/prometheus/BACKTEST_STORED.md`: what days that differ by chance do
# bounds the threshold, the few that are expected the noise.
_TWICE_S = 65 * 60
_ONCE_S = 30 * 60

# A rate near 1 has little room: of 100 pushes, 95 delivered, chance alone takes 30 % off never. A
# push at noon has one reading, so it has to do: two would never agree.
REACH_DROP = Drop(
    signal=Signal.FAST,
    against=Against.WEEK_MEAN,
    change=Change.RELATIVE,
    threshold=0.3,
    min_sample=100,
    min_expected=80,
    severity=Severity.WARNING,
    hold_s=_ONCE_S,
)
# 20 conversations an hour, 90 % usual: 12 or fewer in time is 4 hours in 10,000, two running none.
TIMELY_DROP = replace(
    REACH_DROP,
    noise=2.0,
    min_sample=20,
    min_expected=15,
    hold_s=_TWICE_S,
    severities={"service": Severity.CRITICAL},
)
INVITED_DROP = replace(
    REACH_DROP,
    signal=Signal.SLOW,
    threshold=0.4,
    noise=4.0,
    min_sample=50,
    min_expected=50,
    hold_s=_TWICE_S,
)
"""As the slow signal of the daily active rate: 40 %, and more where fewer are expected."""
INQUIRIES_DROP = replace(INVITED_DROP, noise=5.0, min_sample=20, min_expected=30)
INQUIRIES_BELOW_PLAN = replace(
    INQUIRIES_DROP,
    signal=Signal.DAY,
    against=Against.PLAN,
    noise=4.0,
    min_expected=5,
    hold_s=_ONCE_S,
)
"""METRICS has the 5: fewer than that in a day's plan is no pace. 20 % below plan is no alert: a day
of 30 is that short by chance alone, each seventh."""
CAMPAIGN_BELOW_PLAN = replace(
    INQUIRIES_BELOW_PLAN, noise=5.0, severity=Severity.CRITICAL, min_sample=50, min_expected=30
)
"""As a day of inquiries below its plan, 40 % short, and more where fewer were to have paid: whoever
is a member differs more from day to day than whoever asks."""
STAGES_DROP = replace(INVITED_DROP, against=Against.WEEKDAY_MEAN)
COHORTS_DROP = replace(
    INVITED_DROP,
    signal=Signal.DAY,
    against=Against.FOUR_BEFORE,
    min_expected=30,
    hold_s=_ONCE_S,
    severities={"service": Severity.CRITICAL},
)
# Activities differ more than days do: the same members come to one and not to another.
ACTIVITIES_DROP = replace(
    COHORTS_DROP, against=Against.EARLIER, threshold=0.6, noise=5.0, severities={}
)
# Months differ less than days.
REPURCHASE_DROP = replace(
    ACTIVITIES_DROP,
    signal=Signal.MONTH,
    against=Against.BEFORE,
    threshold=0.3,
    noise=4.0,
    min_sample=200,
    min_expected=80,
)

# What is seldom doubles by chance: 10 persons where 5 are usual is a day in 30, and in two readings
# an hour apart the same persons. So 30 are told where fewer than 3 are usual, 50 where fewer than
# 15 are, and from 74 on what is 2.4 times the usual.
NEGATIVE_RISE = Drop(
    turn=Turn.RISE,
    signal=Signal.SLOW,
    against=Against.WEEKDAY_MEAN,
    change=Change.RELATIVE,
    threshold=1.4,
    noise=5.0,
    min_sample=100,
    min_expected=25,
    severity=Severity.WARNING,
    hold_s=_TWICE_S,
)
COMPLAINTS_RISE = replace(NEGATIVE_RISE, min_sample=50, severities={"service": Severity.CRITICAL})
# Leaving comes in clumps: a day has three times its usual number without any cause.
LEAVING_RISE = replace(NEGATIVE_RISE, threshold=5.0, noise=0.0, min_sample=200, min_expected=50)
DELETED_RISE = replace(LEAVING_RISE, signal=Signal.DAY, hold_s=_ONCE_S)
# A queue is long for an hour and short in the next.
OVERDUE_RISE = replace(NEGATIVE_RISE, threshold=4.0, noise=0.0, min_sample=1, min_expected=30)
