"""Which groups may be shown to Prometheus: the ranked ones, and of these the ones we can see.

Two questions kept apart. `rank` bounds the number of series: a place in the ranking is stable,
so that a group does not vanish by falling silent, which is what its alert is for. `visible`
answers from second to second whether a group's numbers can be trusted: a live source feeds it,
none of these is stale, and the worker keeps up with its partition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import NamedTuple

from pipeline.core.signals import WEEK_MS

STALE_AFTER_S = 90
"""Wall seconds without a heartbeat after which a live source is stale: three beats missed."""

FED_WITHIN_MS = WEEK_MS
"""A source feeds a group while its last event there is at most this old, in event time."""

FORGET_AFTER_MS = WEEK_MS
"""A source without a heartbeat for this long, in wall time, is retired rather than stale."""

INCUMBENT_WEIGHT = 2
"""An exported group's volume counts double when places are given anew, so that one that falls
silent keeps its place for about two weeks of its four-week volume running out."""


@dataclass(frozen=True)
class Ranking:
    """The groups with a place, and how many have none. `week`: number of the week it holds for.

    Asked again within that week for the same volumes, `rank` says the same.
    """

    week: int
    groups: frozenset[str]
    left_out: int

    def holds_at(self, now_ms: int) -> bool:
        """Whether its week is not over."""
        return self.week == _week(now_ms)


class Fed(NamedTuple):
    """A group of this worker: last event (event ms) by source, and whether it is caught up."""

    group_id: str
    last_event_ms: Mapping[str, int]
    caught_up: bool = True


def rank(
    volumes: Mapping[str, int],
    *,
    limit: int,
    now_ms: int,
    previous: Ranking | None = None,
    allowed: Collection[str] = (),
) -> Ranking:
    """Give out `limit` places by four-week volume; `allowed`, when given, is the whole list.

    Called at any time. Within a week the places stand, and free ones go to new groups; with a new
    week all are given anew, incumbents counting double. Ties go to the smaller group_id.
    """
    if allowed:
        groups = frozenset(allowed)
        return Ranking(_week(now_ms), groups, len(volumes.keys() - groups))
    kept = previous.groups if previous is not None else frozenset()
    stands = previous is not None and previous.holds_at(now_ms)

    def order(group_id: str) -> tuple[bool, int, str]:
        incumbent = group_id in kept
        weight = INCUMBENT_WEIGHT if incumbent else 1
        return not (stands and incumbent), -weight * volumes.get(group_id, 0), group_id

    if stands and len(kept) == limit:
        groups = kept
    else:
        candidates = volumes.keys() | kept if stands else volumes.keys()
        groups = frozenset(nsmallest(limit, candidates, key=order))
    return Ranking(_week(now_ms), groups, len(volumes) - sum(map(volumes.__contains__, groups)))


def staleness(
    heartbeats: Mapping[str, int], wall_ms: int, stale_after_s: int = STALE_AFTER_S
) -> dict[str, bool]:
    """Whether each live source is stale; one that is retired is none."""
    return {
        source: wall_ms - beat > stale_after_s * 1_000
        for source, beat in heartbeats.items()
        if wall_ms - beat <= FORGET_AFTER_MS
    }


def visible(
    groups: Iterable[Fed],
    *,
    ranking: Ranking,
    heartbeats: Mapping[str, int],
    now_ms: int,
    wall_ms: int,
    stale_after_s: int = STALE_AFTER_S,
) -> frozenset[str]:
    """Ids of the groups to export now; `heartbeats`: wall ms of each live source's last beat.

    Importers never beat, so what they fed long ago neither shows nor silences a group.
    """
    stale = staleness(heartbeats, wall_ms, stale_after_s)

    def trusted(group: Fed) -> bool:
        fed = False
        for source, event_ms in group.last_event_ms.items():
            if source in stale and now_ms - event_ms <= FED_WITHIN_MS:
                if stale[source]:
                    return False
                fed = True
        return fed

    return frozenset(
        group.group_id
        for group in groups
        if group.caught_up and group.group_id in ranking.groups and trusted(group)
    )


def _week(now_ms: int) -> int:
    return now_ms // WEEK_MS
