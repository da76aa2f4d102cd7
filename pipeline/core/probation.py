"""PURE: which records to try by themselves after deaths, and which of them are to blame.

A failure is what was being worked on when a worker ended. It need not be its fault: a kill -9
looks the same. So only a record that ended workers several times, while nothing else was under
way, is guilty; and in whatever order failures come, each narrows down where it can lie.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

DEATHS = 3
"""So often the same records, and in the end the one record, must have ended a worker."""

PARTS = 16
"""Into so many is cut what failed alone: each death then tells a sixteenth of it, not a half."""

IN_A_ROW = 10
"""More neighbours than this are not to blame one by one: then it is the program."""


@dataclass(frozen=True)
class Failure:
    """First and last offset that was worked on, and whether nothing else was."""

    first: int
    last: int
    alone: bool


def meeting(failures: Iterable[Failure], first: int, last: int) -> list[Failure]:
    """The failures that have an offset between `first` and `last`, both included."""
    return [each for each in failures if each.first <= last and first <= each.last]


def suspicious(failures: Sequence[Failure]) -> bool:
    """Whether the records that these failures meet are to be tried in parts."""
    return len(failures) >= DEATHS


def guilty(failures: Iterable[Failure]) -> set[int]:
    """The offsets that ended a worker each time they were tried, or often enough."""
    single = Counter(each.first for each in failures if each.alone and each.first == each.last)
    return {offset for offset, deaths in single.items() if deaths >= DEATHS}


def steps(offsets: Sequence[int], failures: Iterable[Failure]) -> list[tuple[int, int]]:
    """Cut ascending `offsets` into what is tried one after another, as [start, stop) indices.

    What failed alone is cut finely. What failed among others is tried whole first: most likely one
    of the others is to blame.
    """
    cuts = {0, len(offsets)}
    for failure in failures:
        start, stop = bisect_left(offsets, failure.first), bisect_right(offsets, failure.last)
        cuts |= {start, stop}
        if failure.alone:
            cuts |= {begin for begin, _ in parts(start, stop)}
    return list(pairwise(sorted(cuts)))


def parts(start: int, stop: int) -> list[tuple[int, int]]:
    """[start, stop) in at most PARTS parts of one size, the last one perhaps smaller."""
    size = max(1, -(-(stop - start) // PARTS))
    return [(begin, min(begin + size, stop)) for begin in range(start, stop, size)]


def blames_everything(offset: int, condemned: Set[int]) -> bool:
    """Whether so many neighbours before `offset` are condemned that it cannot be the records."""
    return condemned >= set(range(offset - IN_A_ROW, offset))
