"""The words of the catalogue: the kinds, windows, grains and rules that metrics are told in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from pipeline.core.calendar import Period


class Kind(StrEnum):
    """A result is what the community is run for; a process metric leads to it."""

    RESULT = "result"
    PROCESS = "process"


class Direction(StrEnum):
    """Which way is better."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Zero(StrEnum):
    """What an empty denominator or set gives."""

    COUNT = "Z0"  # a count or sum of nothing is 0
    RATIO = "ZN"  # denominator 0: no value, no sample, no alert
    STATISTIC = "ZE"  # a statistic of nothing, such as a median, has no value


class Grain(StrEnum):
    """What one value is about."""

    GROUP = "G"
    TYPE = "T"  # community type of the group
    CHANNEL = "C"
    CAMPAIGN = "K"  # or script, or activity
    STAFF = "S"
    OBJECT = "P"  # product, content or topic
    USER = "U"
    OVERALL = "O"


class Window(StrEnum):
    """The trailing span of event time that a live value covers, half-open."""

    NOW = "now"
    MINUTE = "1m"
    HOUR = "1h"  # the last closed hour
    DAY = "24h"  # the trailing 24 hours up to the last closed minute less the grace


class Mode(StrEnum):
    """Where a metric is computed: by the worker, by SQL over the facts, or by both alike."""

    LIVE = "live"
    SQL = "sql"
    BOTH = "both"


class Signal(StrEnum):
    """What is watched of a milestone: two trailing windows, or the last calendar window."""

    FAST = "fast"  # Window.HOUR
    SLOW = "slow"  # Window.DAY
    DAY = "day"  # the last day in the reporting zone that is closed, and final
    MONTH = "month"  # the last month likewise


TRAILING_WINDOWS: Mapping[Signal, Window] = {Signal.FAST: Window.HOUR, Signal.SLOW: Window.DAY}
CLOSED_PERIODS: Mapping[Signal, Period] = {Signal.DAY: Period.DAY, Signal.MONTH: Period.MONTH}
"""What each signal is read from: a trailing window, or a calendar window that is closed."""


class Against(StrEnum):
    """What a signal is compared with."""

    WEEKS = "4w"  # median of the same weekday and clock time in the last four weeks
    DAY = "24h"  # the value 24 hours ago
    WEEK = "7d"  # the value 7 days ago
    WEEK_MEAN = "7d_mean"  # the last seven days at the same clock time, taken together
    WEEKDAY_MEAN = "4w_mean"  # the same weekday and clock time of the last four weeks, together
    FOUR_BEFORE = "4_before"  # the four windows before, together
    BEFORE = "before"  # the window before
    EARLIER = "earlier"  # the last four windows that had any, together
    PLAN = "plan"  # the agreed target in kpi_target


class Turn(StrEnum):
    """Which way is bad."""

    DROP = "drop"
    RISE = "rise"


class Change(StrEnum):
    """How a drop or rise is measured."""

    RELATIVE = "relative"  # (baseline - ratio) / baseline
    POINTS = "points"  # baseline - ratio, in percentage points (0.05 is 5 points)


class Severity(StrEnum):
    """Who hears of it: critical wakes the on-call, warning waits, info is only shown."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"
    NONE = "none"


DAILY = (Period.DAY,)
DW = (Period.DAY, Period.WEEK)
DWM = (Period.DAY, Period.WEEK, Period.MONTH)
WM = (Period.WEEK, Period.MONTH)
"""Sets of periods that many metrics have."""
