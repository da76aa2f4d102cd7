"""Which parts of a whole pulled its rate down, or up: the few that say most, none of them twice.

The whole is cut into cells, each labelled by every split at once (channel, age of membership, ...).
A part is what has one label; parts of different splits overlap, so they are named one after the
other, each of what the earlier ones left over. What is named and the rest are then a partition,
and the contributions of `pipeline.core.decomposition` add up to the change exactly.

A part is worth naming by how far its share of the change exceeds its size: were all parts to fall
alike, each would have as large a share of the change as it had of the numerator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.core.decomposition import Contribution, Part, contribution_of, rate_of

Labels = tuple[str, ...]
"""What a cell is called by each split, in the order of the splits."""

Cells = Mapping[Labels, Part]
"""The whole, cell by cell."""

LEAST_SHARE = 0.1
"""A part with less of the change than this is not worth a line."""

LEAST_EXCESS = 0.05
"""A part whose share exceeds its size by less than this fell as all did."""

NOTHING = Part(0, 0)


@dataclass(frozen=True)
class Pull:
    """What one part did: `by` a split, its `part`, and its `share` of the whole change."""

    by: str
    part: str
    contribution: Contribution
    share: float


@dataclass(frozen=True)
class Attribution:
    """The rate before and after, and the parts that made the difference, largest first.

    `alike`: no part stands out, so these are the largest of one split.
    """

    before: float
    after: float
    pulls: tuple[Pull, ...]
    alike: bool = False

    @property
    def change(self) -> float:
        """How far the rate rose; negative where it fell."""
        return self.after - self.before


def attribute(
    splits: Sequence[str], before: Cells, after: Cells, *, most: int = 3
) -> Attribution | None:
    """At most `most` parts that pulled the way the rate went; None without a rate before or after.

    A split into one part says nothing. Of parts that say as much, the earlier split is named.
    """
    first, last = rate_of(before.values()), rate_of(after.values())
    if first is None or last is None:
        return None
    whole = _Whole(before, after, first, last, total(before.values()), total(after.values()))
    left = sorted(before.keys() | after.keys())
    telling = [place for place in range(len(splits)) if len({labels[place] for labels in left}) > 1]
    if not telling or abs(whole.change) < 1e-12:
        return Attribution(first, last, ())
    named: list[Pull] = []
    while len(named) < most:
        found = [
            one
            for place in telling
            for one in _candidates(splits[place], place, left, whole)
            if one.pull.share >= LEAST_SHARE and one.excess >= LEAST_EXCESS
        ]
        if not found:
            break
        best = max(found, key=lambda one: (round(one.excess, 9), -one.place))
        named.append(best.pull)
        left = [labels for labels in left if labels[best.place] != best.pull.part]
    alike = not named
    if alike:
        named = _largest(splits, telling, left, whole)[:most]
    return Attribution(first, last, tuple(sorted(named, key=_largest_first)), alike)


@dataclass(frozen=True)
class _Whole:
    before: Cells
    after: Cells
    first: float
    last: float
    was: Part
    now: Part

    @property
    def change(self) -> float:
        return self.last - self.first


@dataclass(frozen=True)
class _Candidate:
    pull: Pull
    place: int
    excess: float
    """How far its share exceeds that of a part of its size, had all rates changed by one factor."""


def total(parts: Iterable[Part]) -> Part:
    """Parts taken together."""
    numerator = denominator = 0.0
    for part in parts:
        numerator += part.numerator
        denominator += part.denominator
    return Part(numerator, denominator)


def _candidates(by: str, place: int, left: Iterable[Labels], whole: _Whole) -> Iterator[_Candidate]:
    """What each part of one split did, of the cells that are left."""
    cells: dict[str, list[Labels]] = {}
    for labels in left:
        cells.setdefault(labels[place], []).append(labels)
    for part, mine in cells.items():
        was = total(whole.before[labels] for labels in mine if labels in whole.before)
        now = total(whole.after[labels] for labels in mine if labels in whole.after)
        contribution = contribution_of(
            part,
            was,
            now,
            weights=(whole.was.denominator, whole.now.denominator),
            middle=(whole.first + whole.last) / 2,
        )
        size = (
            was.numerator / whole.was.numerator
            if whole.was.numerator
            else was.denominator / whole.was.denominator
        )
        share = contribution.total / whole.change
        yield _Candidate(Pull(by, part, contribution, share), place, share - size)


def _largest(
    splits: Sequence[str], telling: Sequence[int], left: Sequence[Labels], whole: _Whole
) -> list[Pull]:
    """The parts of one split, the one whose parts' shares differ most from their sizes."""

    def unevenness(found: Sequence[_Candidate]) -> float:
        return sum(max(0.0, one.excess) for one in found)

    by_split = [list(_candidates(splits[place], place, left, whole)) for place in telling]
    pulls = [one.pull for one in max(by_split, key=unevenness) if one.pull.share >= LEAST_SHARE]
    return sorted(pulls, key=_largest_first)


def _largest_first(pull: Pull) -> tuple[float, str]:
    return -pull.share, pull.part
