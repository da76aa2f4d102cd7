"""The live view in the worker: rebuilt from the store on assignment, fed by commits, published.

All of it runs on one thread. The view of a partition number holds what the store held when it
was rebuilt (`offsets` first, then facts up to them) and after that every newer counted event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import polars as pl

from agents.patience import PatientStore
from pipeline.core.export_choice import FED_WITHIN_MS
from pipeline.core.live import COLUMNS, HORIZON_MS, LIVE_TYPES, LiveView
from pipeline.core.routing import partition_for, routing_key
from pipeline.core.rows import Source
from pipeline.core.signals import DAY_MS
from pipeline.core.snapshot import Snapshot
from schemas.event_type import EventType
from sinks.topics import topic_of

_STORED_TO = """
SELECT topic, max(last) AS reached FROM offsets
WHERE epoch = %(epoch)s AND partition = %(partition)s GROUP BY topic
"""

_FACTS = """
SELECT {columns} FROM {table} FINAL
WHERE event_date >= toDate(%(since)s)
  AND ((epoch = %(epoch)s AND partition = %(partition)s AND offset <= %(reached)s)
       OR epoch < %(epoch)s)
"""

_FED = """
SELECT source, group_id, max(event_ms) AS event_ms FROM {table}
WHERE event_date >= toDate(%(since)s) AND epoch = %(epoch)s AND partition = %(partition)s
GROUP BY source, group_id
"""


class LiveKeeper:
    """Owns one `LiveView` per partition number that this worker has.

    `rebuilding`: it reads the store, which takes as long as there is history.
    """

    def __init__(self, store: PatientStore, *, grace_ms: int, epoch: int, partitions: int) -> None:
        self._store = store
        self._grace_ms = grace_ms
        self._epoch = epoch
        self._partitions = partitions
        self._views: dict[int, LiveView] = {}
        self._reached: dict[tuple[int, str], int] = {}
        self._now_ms = 0
        self._thread = ThreadPoolExecutor(1, "live")
        self.rebuilding = False

    def assign(self, partitions: Iterable[int], now_ms: int) -> Future[None]:
        """Rebuild the views of exactly these partition numbers."""
        return self._thread.submit(self._rebuild, list(partitions), now_ms)

    def revoke(self) -> None:
        """Drop every view."""
        self._thread.submit(self._views.clear)

    def take(
        self, counted: list[tuple[EventType, pl.DataFrame]], replayed: Mapping[Source, int]
    ) -> None:
        """Feed the facts of one durable commit; `replayed`: each source's last replayed offset.

        Only what is looked at waits: in a backlog commits come faster than the view takes them.
        """
        needed = [
            (event_type, facts.select("partition", "offset", *COLUMNS[event_type]))
            for event_type, facts in counted
            if event_type in LIVE_TYPES
        ]
        self._thread.submit(self._take, needed, replayed)

    def snapshots(self, now_ms: int) -> Future[Mapping[int, Snapshot]]:
        """Each partition number's view, advanced to `now_ms`."""
        return self._thread.submit(self._snapshots, now_ms)

    def close(self) -> None:
        """Forget what waits; the store has it."""
        self._thread.shutdown(cancel_futures=True)

    def _rebuild(self, partitions: list[int], now_ms: int) -> None:
        self._views.clear()
        self.rebuilding = True
        try:
            for partition in partitions:
                self._views[partition] = self._view(partition, now_ms)
        finally:
            self.rebuilding = False

    def _view(self, partition: int, now_ms: int) -> LiveView:
        self._now_ms = now_ms
        view = LiveView(grace_ms=self._grace_ms)
        view.advance(now_ms)
        stored = self._store.query(_STORED_TO, {"epoch": self._epoch, "partition": partition})
        reached = dict(zip(stored["topic"].to_list(), stored["reached"].to_list(), strict=True))
        for event_type in LIVE_TYPES:
            topic = topic_of(event_type)
            self._reached[partition, topic] = reached.get(topic, -1)
            view.apply(event_type, self._read(event_type, partition, topic, now_ms))
            view.note_sources(self._read_fed(event_type, partition, now_ms))
        return view

    def _read(self, event_type: EventType, partition: int, topic: str, now_ms: int) -> pl.DataFrame:
        whole_history = event_type in (EventType.JOIN, EventType.LEAVE)
        since = 0 if whole_history else max(0, now_ms - HORIZON_MS) // DAY_MS
        columns = ", ".join(dict.fromkeys((*COLUMNS[event_type], "event_id")))
        facts = self._store.query(
            _FACTS.format(columns=columns, table=f"fact_{event_type.value}"),
            {
                "since": since,
                "epoch": self._epoch,
                "partition": partition,
                "reached": self._reached[partition, topic],
            },
        )
        if self._epoch > 1:
            facts = facts.filter(
                pl.struct("group_id", "user_id", "event_id").map_elements(
                    lambda row: self._home(row) == partition, return_dtype=pl.Boolean
                )
            )
        return facts

    def _read_fed(self, event_type: EventType, partition: int, now_ms: int) -> pl.DataFrame:
        """Which sources fed which groups of late: a quiet group must not lose its source."""
        return self._store.query(
            _FED.format(table=f"fact_{event_type.value}"),
            {
                "since": (now_ms - FED_WITHIN_MS) // DAY_MS,
                "epoch": self._epoch,
                "partition": partition,
            },
        )

    def _home(self, row: Mapping[str, str]) -> int:
        key = routing_key(row["group_id"], row["user_id"], row["event_id"])
        return partition_for(key, self._partitions)

    def _take(
        self, counted: list[tuple[EventType, pl.DataFrame]], replayed: Mapping[Source, int]
    ) -> None:
        for source, offset in replayed.items():
            reached = self._reached.get((source.partition, source.topic))
            if source.partition in self._views and reached is not None and offset > reached:
                # Whoever had the partition before stored it after the view was read.
                self._views[source.partition] = self._view(source.partition, self._now_ms)
        for event_type, facts in counted:
            for (partition,), its_facts in facts.partition_by("partition", as_dict=True).items():
                view = self._views.get(partition)
                if view is None:
                    continue
                reached = self._reached[partition, topic_of(event_type)]
                is_new = its_facts["offset"][0] > reached  # else the view was read with some of it
                newer = pl.col("offset").cast(pl.Int64) > reached
                view.apply(event_type, its_facts if is_new else its_facts.filter(newer))

    def _snapshots(self, now_ms: int) -> Mapping[int, Snapshot]:
        self._now_ms = now_ms
        result = {}
        for partition, view in self._views.items():
            view.advance(now_ms)
            result[partition] = view.snapshot()
        return result
