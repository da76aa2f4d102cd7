"""The live view: what every group of one partition number looks like in its trailing windows.

A cache of what the catalogue's SQL (`sql_signals`) says of the same facts; equality of the two is
a property test. Events may come in any order and at any time, each once (copies never reach it).
The view keeps what can matter at the t of its next snapshots and later: every join and leave,
and the chats and orders of the last 24 hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import polars as pl

from pipeline.core.measures import MINUTE_MS
from pipeline.core.membership import moves
from pipeline.core.pairs import Numbers
from pipeline.core.people import WIDTH, People
from pipeline.core.person_columns import Ints
from pipeline.core.signals import DAY_MS, HOUR_MS, Count, slow_end
from pipeline.core.snapshot import Snapshot
from schemas.event_type import EventType

COLUMNS: Mapping[EventType, tuple[str, ...]] = MappingProxyType(
    {
        event_type: ("event_ms", "group_id", "user_id", "actor_role", "source", *own)
        for event_type, own in {
            EventType.JOIN: ("source_seq", "join_method"),
            EventType.LEAVE: ("source_seq",),
            EventType.CHAT: ("msg_type",),
            EventType.ORDER: ("status",),
        }.items()
    }
)
"""The fact columns it looks at."""

LIVE_TYPES: tuple[EventType, ...] = tuple(COLUMNS)
"""The event types it is made of."""

HORIZON_MS = DAY_MS + 7 * HOUR_MS
"""Chats and orders older than this need not be read back from the store (grace up to 6 h)."""

FOLD_ROWS = 20_000
"""Rows that may wait before they are folded; `advance` folds them anyway."""

_MEMBER = (pl.col("actor_role") == "member") & (pl.col("group_id") != "")
_MESSAGE = (pl.col("msg_type") != "system") & (pl.col("group_id") != "")
_KEY = pl.struct("group_id", "user_id").hash().alias("key")


class LiveView:
    """The groups of one partition number; dropped when another worker takes it over.

    Call `advance` once before the first `apply`, so that history is summed up as it comes.
    A person is known by a 64-bit hash of group and user: among a million, two share one with a
    probability of 3e-8, and the comparison with SQL would show it.
    """

    def __init__(self, grace_ms: int) -> None:
        self._grace_ms = grace_ms
        self._people = People(grace_ms)
        self._rows: dict[str, int] = {}
        self._waiting: dict[EventType, list[pl.DataFrame]] = {}
        self._waiting_rows = 0
        self._fed: dict[str, dict[str, int]] = {}
        self._last_event_ms: dict[str, int] = {}

    @property
    def since_ms(self) -> int:
        """Chats and orders before this matter no more: the store need not be asked for them."""
        return self._people.since_ms

    @property
    def persons(self) -> int:
        """How many persons it remembers, each once per group."""
        return len(self._people)

    def apply(self, event_type: EventType, facts: pl.DataFrame) -> None:
        """Take in newly counted facts, in any order; `COLUMNS` names what is looked at."""
        if event_type not in COLUMNS:
            return
        self._waiting.setdefault(event_type, []).append(facts.select(COLUMNS[event_type]))
        self._waiting_rows += facts.height
        if self._waiting_rows >= FOLD_ROWS:
            self._fold()

    def advance(self, now_ms: int) -> None:
        """Move every count on to the t of `now_ms`; an earlier time changes nothing."""
        self._people.advance(slow_end(now_ms, self._grace_ms))
        self._fold()

    def snapshot(self) -> Snapshot:
        """Everything applied so far, at the t last advanced to."""
        self._fold()
        people = self._people
        return Snapshot(
            slow_end_ms=people.slow.t_ms,
            fast_end_ms=people.fast.t_ms,
            rows=dict(self._rows),
            slow=people.slow.values(WIDTH),
            fast=people.fast.values(WIDTH),
            fed={source: dict(groups) for source, groups in self._fed.items()},
            last_event_ms=dict(self._last_event_ms),
            anomalies=dict(people.anomalies),
        )

    def _fold(self) -> None:
        frames = {kind: pl.concat(waiting) for kind, waiting in self._waiting.items()}
        self._waiting = {}
        self._waiting_rows = 0
        for frame in frames.values():
            self.note_sources(frame)
        self._fold_moves(frames)
        if EventType.CHAT in frames:
            self._fold_chats(frames[EventType.CHAT])
        if EventType.ORDER in frames:
            self._fold_orders(frames[EventType.ORDER])

    def note_sources(self, facts: pl.DataFrame) -> None:
        """Take in when each source last fed each group (source, group_id, event_ms); count nothing.

        Facts applied do this by themselves; it is for those that are older than what is read back.
        """
        latest = facts.group_by("source", "group_id").agg(pl.col("event_ms").max())
        for source, group_id, event_ms in latest.iter_rows():
            if event_ms > self._last_event_ms.get(source, 0):
                self._last_event_ms[source] = event_ms
            if group_id:
                fed = self._fed.setdefault(source, {})
                if event_ms > fed.get(group_id, 0):
                    fed[group_id] = event_ms

    def _fold_moves(self, frames: Mapping[EventType, pl.DataFrame]) -> None:
        found = [
            frames[kind]
            .filter(_MEMBER)
            .select("group_id", _KEY, moves(leave=kind is EventType.LEAVE).alias("move"))
            for kind in (EventType.JOIN, EventType.LEAVE)
            if kind in frames
        ]
        if found:
            self._people.move(*self._by_person(pl.concat(found), "move"))

    def _fold_chats(self, facts: pl.DataFrame) -> None:
        chats = facts.filter(_MESSAGE, pl.col("event_ms") >= self.since_ms)
        minute = (pl.col("event_ms") // MINUTE_MS * MINUTE_MS).alias("minute")
        said = chats.filter(pl.col("actor_role").is_in(["member", "staff"]))
        for group_id, start_ms, messages in said.group_by("group_id", minute).len().iter_rows():
            slot = self._row(group_id) * WIDTH + Count.MESSAGES
            self._people.slow.add(slot, (start_ms, start_ms + DAY_MS), messages)
        talked = chats.filter(_MEMBER).select("group_id", _KEY, "event_ms")
        self._people.act(Count.ACTIVE, *self._by_person(talked, "event_ms"))

    def _fold_orders(self, facts: pl.DataFrame) -> None:
        recently = pl.col("event_ms") >= self.since_ms
        paid = facts.filter(_MEMBER, pl.col("status") == "paid", recently)
        ordered = paid.select("group_id", _KEY, "event_ms")
        self._people.act(Count.PAYERS, *self._by_person(ordered, "event_ms"))

    def _row(self, group_id: str) -> int:
        row = self._rows.get(group_id)
        if row is None:
            row = self._rows[group_id] = len(self._rows)
            for sweep in (self._people.slow, self._people.fast):
                sweep.grow(len(self._rows) * WIDTH)
        return row

    def _by_person(
        self, events: pl.DataFrame, column: str
    ) -> tuple[Ints, Numbers, list[list[int]]]:
        """Row of the group, number, and sorted values of each person in `events`."""
        grouped = events.group_by("group_id", "key").agg(pl.col(column).sort())
        rows = np.array(
            [self._row(group_id) for group_id in grouped["group_id"].to_list()], np.int64
        )
        numbers = self._people.numbers(grouped["key"].to_numpy())
        return rows, numbers, grouped[column].to_list()
