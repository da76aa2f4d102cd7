"""The stored milestones as series: how much there is of each, and how it differs by chance.

Each rule has its own; none is measured from a real community, as none is public. What they are
worth is that thresholds are held to something said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.catalog.catalogue import STORED_MILESTONES
from pipeline.catalog.drop import Drop
from pipeline.catalog.metric import Metric

RULES: Mapping[str, tuple[Metric, Drop]] = {
    f"{metric.id}.{drop.key}": (metric, drop)
    for metric in STORED_MILESTONES
    for drop in metric.drops
}


class Flow(Enum):
    """What the denominator is."""

    EVENTS = "things that happen through the day"
    PUSHES = "pushes: in half of the groups at three set hours, in the others through the day"
    MEMBERS = "all members"
    ACTIVITIES = "all members, on days with an activity: three of seven by chance"
    NOTHING = "nothing: it is a count"


Candidate = tuple[float, float, int]
"""Threshold, noise, and hold in seconds."""


@dataclass(frozen=True)
class Kind:
    """A rule's series. `volume`: of the denominator a member and window; `rate`: what is usual.

    `sway`: how much the odds of days, and of hours, differ by chance (standard deviation of their
    logarithm). `clumps`: shape of the gamma that a day's number varies by beside (0 = not at all).
    `candidates`: what its numbers were chosen among; the first is what held before.
    """

    rule: str
    flow: Flow
    volume: float
    rate: float
    candidates: Sequence[Candidate]
    sway: float = 0.1
    clumps: float = 0.0

    @property
    def metric(self) -> Metric:
        return RULES[self.rule][0]

    @property
    def drop(self) -> Drop:
        return RULES[self.rule][1]


_ONCE, _TWICE = 30 * 60, 65 * 60


def _rises(*shapes: tuple[float, float], hold_s: int = _TWICE) -> tuple[Candidate, ...]:
    return tuple((threshold, noise, hold_s) for threshold, noise in shapes)


_RISES = ((1.0, 0.0), (1.0, 4.0), (1.0, 6.0), (1.5, 6.0), (2.0, 0.0), (2.0, 8.0), (3.0, 10.0))
_DROPS = ((0.5, 0.0), (0.5, 4.0), (0.4, 4.0), (0.4, 5.0), (0.3, 4.0), (0.3, 5.0))

KINDS: Sequence[Kind] = (
    Kind("A09.slow.4w_mean", Flow.MEMBERS, 1, 0.002, _rises(*_RISES, (5.0, 10.0)), clumps=2),
    Kind("A19.day.4_before", Flow.EVENTS, 0.01, 0.4, _rises(*_DROPS, hold_s=_ONCE)),
    Kind("A25.day.4w_mean", Flow.MEMBERS, 1, 0.002,
         _rises(*_RISES, (5.0, 10.0), hold_s=_ONCE), clumps=2),
    Kind("B02.slow.7d_mean", Flow.EVENTS, 0.05, 0.3, _rises(*_DROPS)),
    Kind("B17.fast.7d_mean", Flow.PUSHES, 0.2, 0.95,
         ((0.2, 0.0, _TWICE), (0.2, 0.0, _ONCE), (0.15, 0.0, _ONCE), (0.1, 0.0, _ONCE),
          (0.1, 1.5, _ONCE)), sway=0.3),
    Kind("C21.day.earlier", Flow.ACTIVITIES, 1, 0.1, _rises(*_DROPS, (0.6, 5.0), hold_s=_ONCE),
         sway=0.2),
    Kind("C27.slow.4w_mean", Flow.EVENTS, 1, 0.05, _rises(*_RISES), sway=0.2),
    Kind("F15.month.before", Flow.EVENTS, 0.2, 0.3,
         _rises((0.25, 0.0), (0.25, 3.0), (0.25, 4.0), (0.3, 4.0), (0.4, 4.0), hold_s=_ONCE)),
    Kind("F21.slow.7d_mean", Flow.EVENTS, 0.03, 0.2, _rises(*_DROPS)),
    Kind("F21.day.plan", Flow.EVENTS, 0.03, 0.2,
         _rises((0.2, 0.0), (0.2, 3.0), (0.2, 4.0), (0.3, 4.0), (0.4, 4.0), (0.4, 4.5),
                (0.5, 4.0), hold_s=_ONCE)),
    Kind("G03.fast.7d_mean", Flow.EVENTS, 0.002, 0.9,
         ((0.3, 0.0, _TWICE), (0.3, 0.0, _ONCE), (0.3, 2.0, _TWICE), (0.2, 2.0, _TWICE),
          (0.2, 1.5, _TWICE), (0.2, 0.0, _TWICE)), sway=0.3),
    Kind("G08.slow.4w_mean", Flow.EVENTS, 0.05, 0.04, _rises(*_RISES), sway=0.2),
    Kind("G09.slow.4w_mean", Flow.NOTHING, 1, 0.002, _rises(*_RISES), sway=0.2),
    Kind("H13.slow.4w_mean", Flow.EVENTS, 0.01, 0.5, _rises(*_DROPS)),
)  # fmt: skip
"""Every rule of a stored milestone. Of H13 it is one step: those who joined, of them the active."""
