"""What must be in the store, computed from the log in plain Python, and checks against it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from pipeline.core.measures import WINDOW_COLUMNS
from pipeline.core.rows import Source
from schemas.chat import Chat
from schemas.commerce import Order
from schemas.event import Event
from schemas.membership import Join, Leave
from schemas.rejection import Reason
from tests.simulation.log import Log, Partition
from tests.simulation.scheduler import Broken
from tests.simulation.store import SimulatedStore, WindowPlace, first_copy, newest

Identity = tuple[str, int, str, str]
"""group_id, event_ms, event_id, owner: of one topic."""

Values = tuple[int | Decimal, ...]


def identity(event: Event) -> Identity:
    """What makes two records copies of one event."""
    group_id = event.group_id or ""
    return group_id, event.event_time, event.event_id, "" if group_id else event.user_id or ""


@dataclass
class Counting:
    """One window as its partition makes it: after each counted offset, what it says."""

    offsets: list[int]
    values: list[Values]

    def at(self, version: int) -> Values:
        """What a row of `version` must say."""
        place = bisect_right(self.offsets, version - 1)
        return self.values[place - 1] if place else (0,) * len(WINDOW_COLUMNS)


class Truth:
    """The log, counted once and for all."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.firsts: dict[Source, dict[Identity, int]] = {}
        self.windows: dict[WindowPlace, Counting] = {}
        self.events: list[Event] = []
        """Every event that counts, of this epoch."""
        self._copies: dict[Source, set[int]] = {}
        self._letters: dict[Source, dict[int, str]] = {}
        past = [r.event for each in log.past for r in each.records if r.event is not None]
        for partition in log.partitions.values():
            known = [event for event in past if event.event_type is partition.source.carries]
            self._count(partition, known)

    def _count(self, partition: Partition, past: list[Event]) -> None:
        source = partition.source
        firsts = self.firsts.setdefault(source, {})
        copies = self._copies.setdefault(source, set())
        letters = self._letters.setdefault(source, {})
        by_window: dict[WindowPlace, list[tuple[int, Event]]] = defaultdict(list)
        known = set(map(identity, past))
        for record in partition.records:
            event = record.event
            if record.order is not None:
                continue
            if event is None:
                letters[record.offset] = Reason.NOT_JSON
            elif event.event_id in self._log.unstorable:
                letters[record.offset] = Reason.STORE_REFUSED
            elif identity(event) in firsts or identity(event) in known:
                copies.add(record.offset)
            else:
                firsts[identity(event)] = record.offset
                self.events.append(event)
                place = (source, *_window_of(event))
                by_window[place].append((record.offset, event))
        for place, counted in by_window.items():
            earlier = [event for event in past if _window_of(event) == place[1:]]
            self.windows[place] = _counting(counted, earlier)

    def copies_within(self, source: Source, first: int, last: int) -> int:
        """How many records of [first, last] are copies of earlier ones."""
        return sum(first <= offset <= last for offset in self._copies[source])

    def check_stored(self, store: SimulatedStore, source: Source, end: int) -> None:
        """Everything of `source` before `end` is in the facts or dead letters, and the windows."""
        facts = store.facts[f"fact_{source.event_type}"]
        for key, offset in self.firsts[source].items():
            if offset < end and key not in facts:
                raise Broken(f"{source} is committed to {end}, but {offset} has no fact")
        for offset in self._letters[source]:
            if offset < end and (source, offset) not in store.letters:
                raise Broken(f"{source} is committed to {end}, but {offset} has no dead letter")
        for place, counting in self.windows.items():
            if place[0] != source or counting.offsets[0] >= end:
                continue
            rows = store.windows.get(place)
            if end <= store.damaged.get(place, 0):
                continue
            if not rows:
                raise Broken(f"{source} is committed to {end}, but there is no window {place}")
            row = newest(rows)
            last = max(offset for offset in counting.offsets if offset < end)
            if row.version <= last:
                raise Broken(f"{place} has version {row.version}, but {last} is committed")
            if row.values != counting.at(row.version):
                raise Broken(f"{place} says {row}, it is {counting.at(row.version)}")

    def check_all(self, store: SimulatedStore) -> None:
        """Nothing is missing, nothing is too much."""
        for partition in self._log.partitions.values():
            source = partition.source
            self.check_stored(store, source, partition.end)
            self._check_facts(store, source)
            self._check_offsets(store, partition)
        for place, rows in store.windows.items():
            if place[0] not in self.firsts:  # of the epoch before
                continue
            counting = self.windows.get(place, Counting([], []))
            row = newest(rows)
            if row.values != counting.at(row.version):
                raise Broken(f"{place} says {row}, it is {counting.at(row.version)}")
            if row.version > self._log.partitions[place[0].topic, place[0].partition].end:
                raise Broken(f"{place} has a version after the log's end: {row}")
        letters = {
            (source, offset): reason
            for source, its_letters in self._letters.items()
            for offset, reason in its_letters.items()
        }
        if store.letters != letters:
            raise Broken(f"dead letters are {store.letters}, must be {letters}")

    def _check_facts(self, store: SimulatedStore, source: Source) -> None:
        facts = {
            key: first_copy(copies)["offset"]
            for key, copies in store.facts[f"fact_{source.event_type}"].items()
            if (first_copy(copies)["epoch"], first_copy(copies)["partition"])
            == (source.epoch, source.partition)
        }
        if facts != self.firsts[source]:
            wrong = set(facts.items()) ^ set(self.firsts[source].items())
            raise Broken(f"facts of {source} are not the first occurrences: {sorted(wrong)}")

    def _check_offsets(self, store: SimulatedStore, partition: Partition) -> None:
        covered: set[int] = set()
        for source, first, last, count in store.offsets:
            if source == partition.source:
                inside = [r.offset for r in partition.records if first <= r.offset <= last]
                if len(inside) != count:
                    raise Broken(f"offsets {first} to {last} of {source} tell {count} records")
                covered.update(inside)
        missing = {record.offset for record in partition.records} - covered
        if missing:
            raise Broken(f"offsets of {partition.source} lack {sorted(missing)}")


def _window_of(event: Event) -> tuple[str, int]:
    return event.group_id or "", event.event_time // 60_000


def _counting(counted: list[tuple[int, Event]], earlier: list[Event]) -> Counting:
    """`earlier`: what the epoch before counted in this window; its persons count no more."""
    known = {_person(event) for event in earlier}
    people: set[str] = set()
    sums: dict[str, int | Decimal] = dict.fromkeys(WINDOW_COLUMNS, 0)
    values: list[Values] = []
    for _, event in counted:
        for name, value in _counts(event).items():
            sums[name] += value
        person = _person(event)
        if person and person not in known:
            people.add(person)
            sums["chatters" if isinstance(event, Chat) else "payers"] = len(people)
        values.append(tuple(sums.values()))
    return Counting([offset for offset, _ in counted], values)


def _counts(event: Event) -> dict[str, int | Decimal]:
    if isinstance(event, Chat):
        if event.msg_type == "system":
            return {}
        return {"messages": 1, "member_messages": int(event.actor_role == "member")}
    if isinstance(event, Join):
        return {"join_events": int(event.join_method != "import")}
    if isinstance(event, Leave):
        return {"leave_events": 1}
    assert isinstance(event, Order)
    if event.status == "created":
        return {"orders_created": 1}
    return {"paid_orders": 1, "gmv": event.amount_paid or 0}


def _person(event: Event) -> str | None:
    if event.actor_role != "member":
        return None
    if isinstance(event, Chat):
        return event.user_id if event.msg_type != "system" else None
    return event.user_id if isinstance(event, Order) and event.status == "paid" else None
