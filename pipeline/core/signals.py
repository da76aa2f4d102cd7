"""What is counted per group at a moment t, the milestones made of it, and when t is.

Every t is a minute boundary (epoch ms), and its window is half-open: [t - W, t). So an event at e
counts at every t in (e, e + W], and a member who joined at j and left at l is one at t in (j, l].
Staff and bots are in no count but `MESSAGES`, which has staff (METRICS section 0).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType

from pipeline.core.measures import MINUTE_MS

HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS


class Count(IntEnum):
    """One number per group and t; the value is its place in a row of numbers."""

    MEMBERS = 0
    """A01: distinct users with an open membership at t."""
    EVER = 1
    """Distinct users with any join before t, rosters included: what A11 is a share of."""
    JOINS = 2
    """A02: memberships opened in the window, re-joins within the grace netted, no rosters."""
    LEAVES = 3
    """A03: memberships closed in the window, netted likewise."""
    ACTIVE = 4
    """C06: members at t with a chat in the window."""
    PAYERS = 5
    """F11: members at t with a paid order of the group in the window."""
    JOINED = 6
    """Funnel: users who opened a membership (A02) in the window."""
    SPOKE = 7
    """Funnel: of these, who chatted after such a join."""
    ORDERED = 8
    """Funnel: of these, who paid an order after such a chat."""
    MESSAGES = 9
    """C01: chats in the window, without system notices and bots."""


@dataclass(frozen=True)
class Pace:
    """How a signal moves: its window in ms, and the step in ms between the t it is taken at."""

    name: str
    window_ms: int
    step_ms: int
    counts: tuple[Count, ...]


SLOW = Pace("slow", DAY_MS, MINUTE_MS, tuple(Count))
"""The trailing 24 hours, at each minute."""

FAST = Pace("fast", HOUR_MS, HOUR_MS, (Count.MEMBERS, Count.ACTIVE, Count.PAYERS))
"""The last closed hour."""


COLUMN: Mapping[tuple[Pace, Count], str] = MappingProxyType(
    {
        (SLOW, Count.MEMBERS): "member_count",
        (SLOW, Count.EVER): "ever_joined",
        (SLOW, Count.JOINS): "joins_24h",
        (SLOW, Count.LEAVES): "leaves_24h",
        (SLOW, Count.ACTIVE): "active_24h",
        (SLOW, Count.PAYERS): "payers_24h",
        (SLOW, Count.JOINED): "funnel_joined",
        (SLOW, Count.SPOKE): "funnel_spoke",
        (SLOW, Count.ORDERED): "funnel_ordered",
        (SLOW, Count.MESSAGES): "messages_24h",
        (FAST, Count.MEMBERS): "member_count",
        (FAST, Count.ACTIVE): "active_1h",
        (FAST, Count.PAYERS): "payers_1h",
    }
)
"""What a count is called where it is a column: in the catalogue's SQL and all that reads it."""


@dataclass(frozen=True)
class Against:
    """What a signal is compared with: the median of its values `shifts_ms` earlier.

    At least `least` of them must be there, and after a roster was imported none holds for
    `settles_ms`: its members have no past here. `skips_unusual`: holidays and planned events are
    no measure (`core.unusual`).
    """

    name: str
    shifts_ms: tuple[int, ...]
    least: int = 1
    settles_ms: int = 0
    skips_unusual: bool = False


FOUR_WEEKS = Against("4w", tuple(n * WEEK_MS for n in (1, 2, 3, 4)), 3, 4 * WEEK_MS, True)
"""Same weekday and clock time of the last four weeks."""
DAY_AGO = Against("24h", (DAY_MS,))
WEEK_AGO = Against("7d", (WEEK_MS,))


@dataclass(frozen=True)
class Milestone:
    """A rate that is watched: `stem` names its gauges, `metric` is its name in the catalogue."""

    stem: str
    metric: str
    numerator: Count
    denominator: Count
    paces: tuple[Pace, ...]
    against: tuple[Against, ...]


MILESTONES: tuple[Milestone, ...] = (
    Milestone("in_group", "in_group_rate", Count.MEMBERS, Count.EVER, (SLOW,), (DAY_AGO, WEEK_AGO)),
    Milestone(
        "daily_active",
        "daily_active_rate",
        Count.ACTIVE,
        Count.MEMBERS,
        (SLOW, FAST),
        (FOUR_WEEKS,),
    ),
    Milestone(
        "conversion", "conversion_rate", Count.PAYERS, Count.MEMBERS, (SLOW, FAST), (FOUR_WEEKS,)
    ),
)

FUNNEL: Mapping[str, Count] = MappingProxyType(
    {"joined": Count.JOINED, "spoke": Count.SPOKE, "ordered": Count.ORDERED}
)
"""The steps of the funnel, in order."""


def slow_end(now_ms: int, grace_ms: int) -> int:
    """The t of the slow signals at `now_ms`: the last closed minute whose leaves are settled.

    A leave may be undone for `grace_ms`; before that nobody knows whether it was one.
    """
    return (now_ms - grace_ms) // MINUTE_MS * MINUTE_MS


def fast_end(slow_end_ms: int) -> int:
    """The t of the fast signals beside a slow one: the last closed hour."""
    return slow_end_ms // HOUR_MS * HOUR_MS
