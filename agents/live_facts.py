"""What a live view is read from: the offsets the store has reached, and the facts between two."""

from __future__ import annotations

import polars as pl

from agents.patience import PatientStore
from pipeline.core.export_choice import FED_WITHIN_MS
from pipeline.core.homes import homes
from pipeline.core.live import COLUMNS, HORIZON_MS
from pipeline.core.signals import DAY_MS
from schemas.event_type import EventType

NOWHERE = -1
"""The offset that is reached where nothing is stored."""

_STORED_TO = """
SELECT topic, max(last) AS reached FROM offsets
WHERE epoch = %(epoch)s AND partition = %(partition)s GROUP BY topic
"""

_FACTS = """
SELECT {columns} FROM {table} FINAL
WHERE event_date >= toDate(%(since)s)
  AND ((epoch = %(epoch)s AND partition = %(partition)s
        AND offset > %(after)s AND offset <= %(reached)s)
       OR epoch < %(before_epoch)s)
"""

_FED = """
SELECT source, group_id, max(event_ms) AS event_ms FROM {table}
WHERE event_date >= toDate(%(since)s) AND epoch = %(epoch)s AND partition = %(partition)s
GROUP BY source, group_id
"""


class LiveFacts:
    """Reads the facts of one partition number, of the epochs before as well."""

    def __init__(self, store: PatientStore, *, epoch: int, partitions: int) -> None:
        self._store = store
        self._epoch = epoch
        self._partitions = partitions

    def reached(self, partition: int) -> dict[str, int]:
        """The last stored offset by topic: every fact up to there is stored."""
        stored = self._store.query(_STORED_TO, {"epoch": self._epoch, "partition": partition})
        return dict(zip(stored["topic"].to_list(), stored["reached"].to_list(), strict=True))

    def between(
        self,
        event_type: EventType,
        partition: int,
        after: int | None,
        reached: int,
        *,
        now_ms: int,
    ) -> pl.DataFrame:
        """What matters at `now_ms` and later of the facts after one offset and up to another.

        `after` is None: from the first, and the facts of earlier epochs too.
        """
        whole_history = event_type in (EventType.JOIN, EventType.LEAVE)
        with_past = after is None and self._epoch > 1
        needed = (*COLUMNS[event_type], *(["event_id"] if with_past else []))
        facts = self._store.query(
            _FACTS.format(columns=", ".join(needed), table=f"fact_{event_type.value}"),
            {
                "since": 0 if whole_history else max(0, now_ms - HORIZON_MS) // DAY_MS,
                "epoch": self._epoch,
                "partition": partition,
                "after": NOWHERE if after is None else after,
                "reached": reached,
                "before_epoch": self._epoch if with_past else 0,
            },
        )
        if with_past:  # of an earlier epoch a partition number held others
            facts = facts.filter(homes(facts, self._partitions) == partition)
        return facts

    def fed(self, event_type: EventType, partition: int, *, now_ms: int) -> pl.DataFrame:
        """Which sources fed which groups of late: a quiet group must not lose its source."""
        return self._store.query(
            _FED.format(table=f"fact_{event_type.value}"),
            {
                "since": (now_ms - FED_WITHIN_MS) // DAY_MS,
                "epoch": self._epoch,
                "partition": partition,
            },
        )
