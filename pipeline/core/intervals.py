"""Intervals of t: (a, b] in epoch ms, in lists that are sorted and disjoint."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

Interval = tuple[int, int]

FOREVER = 1 << 62
"""An end that never comes."""


def cover(times: Sequence[int], window_ms: int, since_ms: int) -> list[Interval]:
    """Every t with one of the ascending `times`, none before `since_ms`, in [t - window, t).

    Leaps from the first time to the last within its reach, so the cost is of the gaps and of the
    span in windows, not of the number of times.
    """
    covered: list[Interval] = []
    place, end = bisect_left(times, since_ms), len(times)
    while place < end:
        first = last = times[place]
        while place < end and times[place] <= last + window_ms:
            place = bisect_right(times, last + window_ms, place)
            last = times[place - 1]
        covered.append((first, last + window_ms))
    return covered


def gain(
    times: Sequence[int], more: Sequence[int], window_ms: int, since_ms: int
) -> list[Interval]:
    """Every t that `cover` has with `more` times, which are ascending too, but not without."""
    gained = cover(more, window_ms, since_ms)
    if not times:
        return gained
    reach = times[-1] + window_ms
    if times[-1] <= more[0]:
        return [(max(start, reach), end) for start, end in gained if end > reach]
    return subtract(gained, cover(times, window_ms, since_ms))


def intersect(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Every t that lies in both."""
    common: list[Interval] = []
    i = j = 0
    while i < len(left) and j < len(right):
        start = max(left[i][0], right[j][0])
        end = min(left[i][1], right[j][1])
        if start < end:
            common.append((start, end))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return common


def subtract(left: Sequence[Interval], right: Sequence[Interval]) -> list[Interval]:
    """Every t that lies in `left` alone."""
    if not right:
        return list(left)
    ends = [-FOREVER, *(end for _, end in right)]
    starts = [*(start for start, _ in right), FOREVER]
    return intersect(left, list(zip(ends, starts, strict=True)))


def union(intervals: Sequence[Interval]) -> list[Interval]:
    """Every t that lies in one of `intervals`, which come in order of their starts."""
    joined: list[Interval] = []
    for start, end in intervals:
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
