"""The live view: what every group of one partition number looks like in its trailing windows.

A cache of what the catalogue's SQL (`sql_signals`) says of the same facts; equality of the two is
a property test. Events may come in any order and at any time, each once (copies never reach it).
The view keeps what can matter at the t of its next snapshots and later: every join and leave,
and the chats and orders of the last 24 hours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import cast

import numpy as np
import polars as pl

from pipeline.core.fold import Places
from pipeline.core.hashes import hashed
from pipeline.core.intervals import FOREVER
from pipeline.core.latest import latest
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
"""Rows that may wait before they are folded, whether or not they count yet."""

_MOVES = (EventType.JOIN, EventType.LEAVE)
_NOTED = ("source", "group_id", "event_ms")

_MEMBER = (pl.col("actor_role") == "member") & (pl.col("group_id") != "")
_MESSAGE = (pl.col("msg_type") != "system") & (pl.col("group_id") != "")
_PERSON = ("group_id", "user_id")
_CHATS = (
    (_MESSAGE & pl.col("actor_role").is_in(["member", "staff"])).alias("said"),
    (_MESSAGE & _MEMBER).alias("talked"),
)
_PAID = _MEMBER & (pl.col("status") == "paid")
_MINUTE_BITS = 32


@dataclass
class _Waiting:
    """Facts of one type that are not folded, and the earliest time among them."""

    frames: list[pl.DataFrame] = field(default_factory=list)
    rows: int = 0
    earliest_ms: int = FOREVER

    def add(self, facts: pl.DataFrame) -> None:
        self.frames.append(facts)
        self.rows += facts.height
        self.earliest_ms = min(self.earliest_ms, cast(int, facts["event_ms"].min()))


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
        self._rows_told: dict[str, int] = {}
        self._waiting: dict[EventType, _Waiting] = {}
        self._unnoted: list[pl.DataFrame] = []
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
        if event_type not in COLUMNS or facts.is_empty():
            return
        self._waiting.setdefault(event_type, _Waiting()).add(facts[COLUMNS[event_type]])
        self._unnoted.append(facts[_NOTED])
        if sum(waiting.rows for waiting in self._waiting.values()) >= FOLD_ROWS:
            self._fold(list(self._waiting))

    def fold(self) -> None:
        """Fold all that waits, whether or not it counts yet, and hold no facts any longer."""
        self._fold(list(self._waiting))

    def advance(self, now_ms: int) -> None:
        """Move every count on to the t of `now_ms`; an earlier time changes nothing."""
        self._people.advance(slow_end(now_ms, self._grace_ms))
        self._fold_due()

    def snapshot(self) -> Snapshot:
        """What is applied so far says at the t last advanced to.

        Oddities of chats and orders, and a group that has nothing else, may be told only when
        these count.
        """
        self._fold_due()
        people = self._people
        if len(self._rows_told) < len(self._rows):  # a row stays its group's
            self._rows_told = self._rows.copy()
        return Snapshot(
            slow_end_ms=people.slow.t_ms,
            fast_end_ms=people.fast.t_ms,
            rows=self._rows_told,
            slow=people.slow.values(WIDTH),
            fast=people.fast.values(WIDTH),
            fed={source: dict(groups) for source, groups in self._fed.items()},
            last_event_ms=dict(self._last_event_ms),
            anomalies=dict(people.anomalies),
        )

    def _fold_due(self) -> None:
        """Fold what makes a difference at t.

        A chat or an order counts only from the next t on, so those that come as they happen are
        folded together, once a minute. A join may undo a leave before t.
        """
        if self._note():
            self._fold(list(self._waiting))
        t_ms = self._people.slow.t_ms
        self._fold(
            [
                kind
                for kind, waiting in self._waiting.items()
                if kind in _MOVES or waiting.earliest_ms < t_ms
            ]
        )

    def _fold(self, kinds: Iterable[EventType]) -> None:
        self._note()
        frames = {kind: _joined(self._waiting.pop(kind).frames) for kind in kinds}
        self._fold_moves(frames)
        for kind, fold in (
            (EventType.CHAT, self._fold_chats),
            (EventType.ORDER, self._fold_orders),
        ):
            if kind in frames and (facts := self._lately(frames[kind])).height:
                fold(facts)

    def _note(self) -> bool:
        """Take in the sources of what was applied; whether one feeds a group for the first time."""
        if not self._unnoted:
            return False
        facts = _joined(self._unnoted)
        self._unnoted = []
        return self.note_sources(facts)

    def note_sources(self, facts: pl.DataFrame) -> bool:
        """Take in when each source last fed each group (source, group_id, event_ms); count nothing.

        Whether one did so for the first time. Facts applied do this by themselves; it is for those
        that are older than what is read back.
        """
        is_first = False
        for source, group_id, event_ms in latest(facts, ("source", "group_id"), "event_ms"):
            if event_ms > self._last_event_ms.get(source, 0):
                self._last_event_ms[source] = event_ms
            if group_id:
                fed = self._fed.setdefault(source, {})
                is_first |= group_id not in fed
                if event_ms > fed.get(group_id, 0):
                    fed[group_id] = event_ms
        return is_first

    def _fold_moves(self, frames: Mapping[EventType, pl.DataFrame]) -> None:
        found = []
        for kind in _MOVES:
            if kind in frames:
                its = frames[kind].filter(_MEMBER)
                key = pl.Series("key", hashed(its, _PERSON)[0])
                move = moves(leave=kind is EventType.LEAVE).alias("move")
                found.append(its.select("group_id", key, move))
        if found:
            self._people.move(*self._by_person(pl.concat(found), "move"))

    def _fold_chats(self, facts: pl.DataFrame) -> None:
        chats = facts.select(_CHATS)
        said = np.flatnonzero(chats["said"].to_numpy())
        minutes = facts["event_ms"].to_numpy()[said] // MINUTE_MS
        slots = self._rows_of(facts, said) * WIDTH + Count.MESSAGES
        found, counts = np.unique(slots << _MINUTE_BITS | minutes, return_counts=True)
        for slot_minute, messages in zip(found.tolist(), counts.tolist(), strict=True):
            slot, minute = divmod(slot_minute, 1 << _MINUTE_BITS)
            start_ms = minute * MINUTE_MS
            self._people.slow.add(slot, (start_ms, start_ms + DAY_MS), messages)
        self._act(Count.ACTIVE, facts, np.flatnonzero(chats["talked"].to_numpy()))

    def _fold_orders(self, facts: pl.DataFrame) -> None:
        paid = facts.select(_PAID).to_series()
        self._act(Count.PAYERS, facts, np.flatnonzero(paid.to_numpy()))

    def _lately(self, facts: pl.DataFrame) -> pl.DataFrame:
        """Those that matter still: where history is read, none does."""
        lately = facts["event_ms"].to_numpy() >= self.since_ms
        if lately.all():
            return facts
        return facts.filter(lately) if lately.any() else facts.clear()

    def _act(self, count: Count, events: pl.DataFrame, places: Places) -> None:
        """Count the persons of the events at `places`, each once, with times in order."""
        rows = self._rows_of(events, places)
        numbers = self._people.numbers(hashed(events, _PERSON)[0][places])
        times = events["event_ms"].to_numpy()[places]
        order = np.lexsort((times, numbers))
        numbers, in_order = numbers[order], times[order].tolist()
        starts = np.flatnonzero(np.diff(numbers, prepend=np.int32(-1)))
        stops = [*starts[1:].tolist(), len(in_order)]
        self._people.act(
            count,
            rows[order[starts]],
            numbers[starts],
            [in_order[a:b] for a, b in zip(starts.tolist(), stops, strict=False)],
        )

    def _rows_of(self, events: pl.DataFrame, places: Places) -> Ints:
        """The row of the group of each event at `places`."""
        groups = events["group_id"]
        if len(places) < len(groups):
            groups = groups[places]
        return np.fromiter(map(self._row, groups.to_list()), np.int64, len(places))

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


def _joined(frames: list[pl.DataFrame]) -> pl.DataFrame:
    return pl.concat(frames) if len(frames) > 1 else frames[0]
