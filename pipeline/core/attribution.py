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

LEAST_EXCESS = 0.1
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
    whole = _Whole.of(before, after)
    if whole is None:
        return None
    left = [*before.keys() | after.keys()]
    telling = [place for place in range(len(splits)) if len({labels[place] for labels in left}) > 1]
    named: list[Pull] = []
    while whole.change and len(named) < most:
        found = [
            pull
            for place in telling
            for pull in _pulls(splits, place, left, whole)
            if pull.share >= LEAST_SHARE and _excess(pull, place, left, whole) >= LEAST_EXCESS
        ]
        if not found:
            break
        best = max(
            found,
            key=lambda one: (
                round(_excess(one, splits.index(one.by), left, whole), 9),
                -splits.index(one.by),
                one.part,
            ),
        )
        named.append(best)
        place = splits.index(best.by)
        left = [labels for labels in left if labels[place] != best.part]
    if named or not telling or not whole.change:
        return Attribution(whole.first, whole.last, tuple(sorted(named, key=_largest_first)))
    return Attribution(whole.first, whole.last, _largest(splits, telling, left, whole, most), True)


@dataclass(frozen=True)
class _Whole:
    before: Cells
    after: Cells
    first: float
    last: float

    @staticmethod
    def of(before: Cells, after: Cells) -> _Whole | None:
        first, last = rate_of(before.values()), rate_of(after.values())
        return None if first is None or last is None else _Whole(before, after, first, last)

    @property
    def change(self) -> float:
        change = self.last - self.first
        return change if abs(change) > 1e-12 else 0.0

    @property
    def totals(self) -> tuple[float, float]:
        return total(self.before.values()).denominator, total(self.after.values()).denominator

    def size(self, cells: Sequence[Labels]) -> float:
        """The share of the change that cells would have if all rates changed by one factor."""
        whole, part = total(self.before.values()), total(_of(self.before, cells))
        if whole.numerator:
            return part.numerator / whole.numerator
        return part.denominator / whole.denominator


def total(parts: Iterable[Part]) -> Part:
    """Parts taken together."""
    numerator = denominator = 0.0
    for part in parts:
        numerator += part.numerator
        denominator += part.denominator
    return Part(numerator, denominator)


def _of(cells: Cells, chosen: Iterable[Labels]) -> Iterator[Part]:
    return (cells[labels] for labels in chosen if labels in cells)


def _pulls(
    splits: Sequence[str], place: int, left: Sequence[Labels], whole: _Whole
) -> Iterator[Pull]:
    """What each part of one split did, of the cells that are left."""
    for part, mine in _parts(place, left).items():
        contribution = contribution_of(
            part,
            total(_of(whole.before, mine)),
            total(_of(whole.after, mine)),
            weights=whole.totals,
            middle=(whole.first + whole.last) / 2,
        )
        yield Pull(splits[place], part, contribution, contribution.total / whole.change)


def _parts(place: int, left: Sequence[Labels]) -> dict[str, list[Labels]]:
    found: dict[str, list[Labels]] = {}
    for labels in left:
        found.setdefault(labels[place], []).append(labels)
    return found


def _excess(pull: Pull, place: int, left: Sequence[Labels], whole: _Whole) -> float:
    return pull.share - whole.size([labels for labels in left if labels[place] == pull.part])


def _largest(
    splits: Sequence[str],
    telling: Sequence[int],
    left: Sequence[Labels],
    whole: _Whole,
    most: int,
) -> tuple[Pull, ...]:
    """The largest parts of the split whose parts fell least alike."""
    by_split = [
        [pull for pull in _pulls(splits, place, left, whole) if pull.share >= LEAST_SHARE]
        for place in telling
    ]
    best = max(by_split, key=lambda pulls: (bool(pulls), -abs(len(pulls) - most)))
    return tuple(sorted(best, key=_largest_first)[:most])


def _largest_first(pull: Pull) -> tuple[float, str]:
    return -pull.share, pull.part
