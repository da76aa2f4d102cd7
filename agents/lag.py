"""How far behind the worker is, partition by partition: records, seconds, caught up or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FRESH_MS = 10_000

TopicPartition = tuple[str, int]


@dataclass(frozen=True)
class Lag:
    """Records not yet stored, and the age in seconds of the oldest that may wait."""

    records: int
    seconds: float
    caught_up: bool


@dataclass
class _Reached:
    next_offset: int = 0
    nothing_older_ms: int = 0


class LagMeter:
    """Remembers what is stored, and when nothing waited; knows no clock and no consumer.

    What waits is newer than the last stored record, and newer than the last moment at which
    nothing waited: the later of the two bounds its age, so a record after a quiet hour is not
    taken for an hour's lag.
    """

    def __init__(self) -> None:
        self._reached: dict[TopicPartition, _Reached] = {}

    def forget(self) -> None:
        """Start anew after a rebalance."""
        self._reached.clear()

    def stored(self, place: TopicPartition, last_offset: int, appended_ms: int) -> None:
        """Everything up to `last_offset`, appended at `appended_ms`, is stored."""
        reached = self._reached.setdefault(place, _Reached())
        reached.next_offset = max(reached.next_offset, last_offset + 1)
        reached.nothing_older_ms = max(reached.nothing_older_ms, appended_ms)

    def next_offset(self, place: TopicPartition, *, committed: int) -> int:
        """The offset below which everything is stored, as far as this worker knows."""
        reached = self._reached.get(place)
        return max(reached.next_offset if reached else 0, committed)

    def measure(
        self,
        place: TopicPartition,
        *,
        end_offset: int | None,
        polled_ms: int | None,
        committed: int,
        now_ms: int,
    ) -> Lag:
        """Lag at wall time `now_ms`; `end_offset` and `polled_ms` are of the last fetch answer.

        Caught up: that answer is under 10 s old, and nothing older than 10 s waits.
        """
        if end_offset is None or polled_ms is None:
            return Lag(0, 0.0, caught_up=False)
        reached = self._reached.setdefault(place, _Reached())
        waiting = max(0, end_offset - self.next_offset(place, committed=committed))
        if not waiting:
            reached.nothing_older_ms = max(reached.nothing_older_ms, polled_ms)
        age_ms = max(0, now_ms - reached.nothing_older_ms) if waiting else 0
        fresh = now_ms - polled_ms < FRESH_MS
        return Lag(waiting, age_ms / 1000, caught_up=fresh and age_ms < FRESH_MS)


def caught_up_partitions(
    lags: dict[TopicPartition, Lag], topics: Iterable[str], partitions: Iterable[int]
) -> frozenset[int]:
    """Partition numbers that are caught up in every one of `topics`."""
    needed = list(topics)
    return frozenset(
        partition
        for partition in partitions
        if all((topic, partition) in lags and lags[topic, partition].caught_up for topic in needed)
    )
