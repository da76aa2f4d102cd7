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


Candidate = tuple[float, float, int, float]
"""Threshold, noise, hold in seconds, and the least that is expected (of a rise: counted)."""


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

    @property
    def now(self) -> Candidate:
        """What holds."""
        its = self.drop
        return its.threshold, its.noise, its.hold_s, its.min_expected


_ONCE, _TWICE = 30 * 60, 65 * 60


def _held(
    *shapes: tuple[float, float], least: float, hold_s: int = _TWICE
) -> tuple[Candidate, ...]:
    return tuple((threshold, noise, hold_s, least) for threshold, noise in shapes)


_DROPS = ((0.5, 0.0), (0.5, 4.0), (0.4, 4.0), (0.4, 5.0), (0.3, 4.0), (0.3, 5.0))
_RARE = (
    (1.5, 0.0),
    (1.0, 5.0),
    (1.25, 5.0),
    (1.3, 5.0),
    (1.4, 4.0),
    (1.4, 5.0),
    (1.5, 4.0),
    (1.5, 5.0),
    (2.0, 5.0),
)


def _clumped(hold_s: int) -> tuple[Candidate, ...]:
    shapes = ((3.0, 0.0), (4.0, 0.0), (5.0, 0.0), (7.0, 0.0))
    return (
        (1.0, 0.0, hold_s, 10),
        *_held(*shapes, (4.0, 5.0), least=30, hold_s=hold_s),
        *_held(*shapes, least=50, hold_s=hold_s),
    )


KINDS: Sequence[Kind] = (
    Kind("A09.slow.4w_mean", Flow.MEMBERS, 1, 0.002, _clumped(_TWICE), clumps=5),
    Kind("A19.day.4_before", Flow.EVENTS, 0.01, 0.4, _held(*_DROPS, least=30, hold_s=_ONCE)),
    Kind("A25.day.4w_mean", Flow.MEMBERS, 1, 0.002, _clumped(_ONCE), clumps=5),
    Kind("B02.slow.7d_mean", Flow.EVENTS, 0.05, 0.3, _held(*_DROPS, least=50)),
    Kind(
        "B17.fast.7d_mean",
        Flow.PUSHES,
        0.2,
        0.95,
        (
            (0.2, 0.0, _TWICE, 80),
            (0.2, 0.0, _ONCE, 80),
            (0.15, 0.0, _ONCE, 80),
            (0.25, 0.0, _ONCE, 80),
            (0.3, 0.0, _ONCE, 80),
        ),
        sway=0.3,
    ),
    Kind(
        "C21.day.earlier",
        Flow.ACTIVITIES,
        1,
        0.1,
        _held(*_DROPS, (0.6, 5.0), least=30, hold_s=_ONCE),
        sway=0.2,
    ),
    Kind(
        "C27.slow.4w_mean",
        Flow.EVENTS,
        1,
        0.05,
        ((1.0, 0.0, _TWICE, 10), *_held(*_RARE, least=25)),
        sway=0.2,
    ),
    Kind(
        "F15.month.before",
        Flow.EVENTS,
        0.2,
        0.3,
        _held(
            (0.25, 0.0), (0.25, 3.0), (0.25, 4.0), (0.3, 4.0), (0.4, 4.0), least=80, hold_s=_ONCE
        ),
    ),
    Kind("F21.slow.7d_mean", Flow.EVENTS, 0.03, 0.2, _held(*_DROPS, least=30)),
    Kind(
        "F21.day.plan",
        Flow.EVENTS,
        0.03,
        0.2,
        _held(
            (0.2, 0.0),
            (0.2, 3.0),
            (0.2, 4.0),
            (0.3, 4.0),
            (0.4, 4.0),
            (0.4, 4.5),
            (0.5, 4.0),
            least=5,
            hold_s=_ONCE,
        ),
    ),
    Kind(
        "F11.day.plan",
        Flow.MEMBERS,
        1,
        0.05,
        _held(
            (0.2, 4.0),
            (0.3, 4.0),
            (0.4, 4.0),
            (0.4, 5.0),
            (0.4, 5.5),
            (0.5, 4.0),
            least=30,
            hold_s=_ONCE,
        ),
    ),
    Kind(
        "G03.fast.7d_mean",
        Flow.EVENTS,
        0.002,
        0.9,
        (
            (0.3, 0.0, _TWICE, 15),
            (0.3, 0.0, _ONCE, 15),
            (0.3, 2.0, _TWICE, 15),
            (0.2, 2.0, _TWICE, 15),
            (0.2, 1.5, _TWICE, 15),
            (0.2, 0.0, _TWICE, 15),
        ),
        sway=0.3,
    ),
    Kind(
        "G08.slow.4w_mean",
        Flow.EVENTS,
        0.05,
        0.04,
        ((1.0, 0.0, _TWICE, 5), *_held(*_RARE, least=25)),
        sway=0.2,
    ),
    Kind(
        "G09.slow.4w_mean",
        Flow.NOTHING,
        1,
        0.002,
        (
            (1.0, 0.0, _TWICE, 5),
            *_held((2.0, 0.0), (3.0, 0.0), (4.0, 0.0), least=20),
            *_held((3.0, 0.0), (3.0, 5.0), (4.0, 0.0), (4.0, 5.0), least=30),
        ),
        sway=0.2,
    ),
    Kind("H13.slow.4w_mean", Flow.EVENTS, 0.01, 0.5, _held(*_DROPS, least=50)),
)
"""Every rule of a stored milestone. Of H13 it is one step: those who joined, of them the active."""
