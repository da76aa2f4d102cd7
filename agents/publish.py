"""Once a second: live views, baselines, lag and sightings become what /metrics shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from agents.lag import Lag, TopicPartition
from agents.sightings import Sightings
from agents.stored import StoredView
from pipeline.catalog.series import EVERY_GROUP
from pipeline.core.baseline import BaselineBook
from pipeline.core.export_choice import Fed, Ranking, rank, staleness, visible
from pipeline.core.signals import Count
from pipeline.core.snapshot import Snapshot
from sinks.prometheus import Exporter
from sinks.prometheus_snapshot import Baseline, ExportSnapshot, GroupSignals

T = TypeVar("T")
Rows = Mapping[int, Mapping[str, int]]
"""`Snapshot.rows` of partition numbers: equal at once where no group has come."""


@dataclass(frozen=True)
class Signals:
    """What some groups' snapshots say beside their baselines, told only when somebody asks.

    A snapshot is published each second and scraped every few: most are never asked.
    """

    shown: Mapping[str, Snapshot]
    book: BaselineBook

    def __iter__(self) -> Iterator[GroupSignals]:
        for group_id, snapshot in self.shown.items():
            for reading in snapshot.readings(group_id):
                yield GroupSignals(
                    group_id,
                    reading.stem,
                    reading.signal,
                    reading.numerator,
                    reading.denominator,
                    {
                        against: Baseline(ratio, weeks)
                        for against, (ratio, weeks) in self.book.of(reading, group_id).items()
                    },
                )


class Told(Mapping[str, T]):
    """What some groups' snapshots say by group, told only when somebody asks."""

    def __init__(self, shown: Mapping[str, Snapshot], what: Callable[[Snapshot, str], T]) -> None:
        self._shown = shown
        self._what = what

    def __getitem__(self, group_id: str) -> T:
        return self._what(self._shown[group_id], group_id)

    def __iter__(self) -> Iterator[str]:
        return iter(self._shown)

    def __len__(self) -> int:
        return len(self._shown)


class Publisher:
    """Chooses the groups that may be shown and publishes them with everything else.

    `volumes` (group -> four-week volume), `book` (baselines), `stored` (what the rollup read) and
    `audit` (check -> mismatches of the latest audit, done at `audit_last_s`) are set by whoever
    reads them from the store.
    """

    def __init__(self, exporter: Exporter, *, groups_limit: int, partitions: int) -> None:
        self._exporter = exporter
        self._groups_limit = groups_limit
        self._partitions = partitions
        self._ranking: Ranking | None = None
        self._ranked_of: tuple[Mapping[str, int], Rows] = ({}, {})
        self._anomalies: dict[tuple[int, str], int] = {}
        self.volumes: Mapping[str, int] = {}
        self.book = BaselineBook()
        self.stored = StoredView()
        self.audit: Mapping[str, int] = {}
        self.audit_last_s: float | None = None

    def publish(
        self,
        snapshots: Mapping[int, Snapshot],
        lags: Mapping[TopicPartition, Lag],
        caught_up: frozenset[int],
        sightings: Sightings,
        *,
        now_ms: int,
        wall_ms: int,
        clock_rate: float,
    ) -> None:
        """Show this moment; a group that cannot be trusted now is left out."""
        shown = self._shown(snapshots, caught_up, sightings, now_ms=now_ms, wall_ms=wall_ms)
        ranking = self._ranking
        stale = staleness(sightings.heartbeats, wall_ms)
        groups = {*shown, EVERY_GROUP} if shown and not any(stale.values()) else set(shown)
        stored = self.stored.at(now_ms, clock_rate).of(groups)
        self._exporter.publish(
            ExportSnapshot(
                signals=Signals(shown, self.book),
                stored=stored.milestones,
                types={group_id: stored.types.get(group_id, "") for group_id in sorted(groups)},
                indicators=stored.indicators,
                readings_last_s=self.stored.read_s,
                member_count=Told(shown, partial(Snapshot.count, count=Count.MEMBERS)),
                funnel=Told(shown, Snapshot.funnel),
                last_event_s={name: ms / 1000 for name, ms in sightings.events.items()},
                last_heartbeat_s={name: ms / 1000 for name, ms in sightings.heartbeats.items()},
                lag_records={place: lag.records for place, lag in lags.items()},
                lag_seconds={place: lag.seconds for place, lag in lags.items()},
                caught_up={number: number in caught_up for number in range(self._partitions)},
                clock_rate=clock_rate,
                left_out=ranking.left_out if ranking else 0,
                audit=self.audit,
                audit_last_s=self.audit_last_s,
            )
        )
        self._count_anomalies(snapshots)

    def forget_anomalies(self) -> None:
        """The views start to count anew after a rebalance."""
        self._anomalies.clear()

    def _shown(
        self,
        snapshots: Mapping[int, Snapshot],
        caught_up: frozenset[int],
        sightings: Sightings,
        *,
        now_ms: int,
        wall_ms: int,
    ) -> dict[str, Snapshot]:
        ranking = self._ranked(
            {number: snapshot.rows for number, snapshot in snapshots.items()}, now_ms
        )
        home = {
            group_id: (number, snapshot)
            for number, snapshot in snapshots.items()
            for group_id in ranking.groups
            if group_id in snapshot.rows
        }
        trusted = visible(
            _fed(home, caught_up),
            ranking=ranking,
            heartbeats=sightings.heartbeats,
            now_ms=now_ms,
            wall_ms=wall_ms,
        )
        return {group_id: home[group_id][1] for group_id in sorted(trusted)}

    def _ranked(self, home: Rows, now_ms: int) -> Ranking:
        """Of all groups, not only this worker's, so that every worker gives out the same places."""
        ranked = self.volumes, home
        if self._ranking is None or ranked != self._ranked_of or not self._ranking.holds_at(now_ms):
            self._ranked_of = ranked
            here = {group_id: 0 for rows in home.values() for group_id in rows if group_id}
            self._ranking = rank(
                {**here, **self.volumes},
                limit=self._groups_limit,
                now_ms=now_ms,
                previous=self._ranking,
            )
        return self._ranking

    def _count_anomalies(self, snapshots: Mapping[int, Snapshot]) -> None:
        for number, snapshot in snapshots.items():
            for kind, seen in snapshot.anomalies.items():
                before = self._anomalies.get((number, kind), 0)
                self._exporter.anomalies(kind, max(0, seen - before))
                self._anomalies[number, kind] = seen


def _fed(home: Mapping[str, tuple[int, Snapshot]], caught_up: frozenset[int]) -> Iterable[Fed]:
    for group_id, (number, snapshot) in home.items():
        yield Fed(group_id, snapshot.sources(group_id), caught_up=number in caught_up)
