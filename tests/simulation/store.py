"""The simulated store: the tables' own semantics, the worker's queries, and faults.

Facts and windows keep every row that was written until `merge`, as ReplacingMergeTree does;
readers see what the product's queries would see of them. A call rests twice, on its way there and
on its way back: between the two anything may happen, its worker's death included.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from agents import live_facts, readthrough
from pipeline.core.live import COLUMNS
from pipeline.core.measures import MEASURES, MONEY, WINDOW_COLUMNS
from pipeline.core.readback import FACT_COLUMNS
from pipeline.core.rows import Source, fact_rows
from pipeline.errors import Fatal, Retryable
from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks.store_errors import ABOUT_ROWS
from tests.simulation.log import TOPICS, Log, Partition, Record
from tests.simulation.scheduler import Killed, Scheduler

WindowPlace = tuple[Source, str, int]
"""Where a window lies: its source, group and minute."""

QUERIES_STALL = 4.0
"""How much more often a query is slow than an insert: what was read before is old by then."""

INSERT_FAULTS = ("refused", "ack lost", "partial", "late")
REFUSAL = next(iter(ABOUT_ROWS))
_FACT_TABLES = {f"fact_{event_type.value}": event_type for event_type in TOPICS.values()}
_WINDOW_SCHEMA = {
    name: pl.Decimal(18, 2) if name in MONEY else pl.UInt64() for name in WINDOW_COLUMNS
}


class WindowRow(NamedTuple):
    """A row of group_minute: what it says, by column."""

    version: int
    values: tuple[int | Decimal, ...]


def newest(rows: Sequence[WindowRow]) -> WindowRow:
    """The row that ReplacingMergeTree(version) keeps."""
    return max(rows, key=lambda row: row.version)


def first_copy(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The row that ReplacingMergeTree(version_inverse) keeps."""
    return max(rows, key=lambda row: row["version_inverse"])


class SimulatedStore:
    """Stands in for sinks.store.Store; `fault_rate` is how often a call goes wrong."""

    def __init__(self, scheduler: Scheduler, log: Log, fault_rate: float) -> None:
        self._scheduler = scheduler
        self._log = log
        self.fault_rate = fault_rate
        self.planned: list[str] = []
        """Insert faults that come next, whatever the rate."""
        self.away_until = 0.0
        self.full_until = 0.0
        self.flying: list[tuple[str, pl.DataFrame]] = []
        self.facts: dict[str, dict[tuple[Any, ...], list[dict[str, Any]]]] = {
            table: defaultdict(list) for table in _FACT_TABLES
        }
        self.windows: dict[WindowPlace, list[WindowRow]] = defaultdict(list)
        self.damaged: dict[WindowPlace, int] = {}
        """Windows that were spoiled, and the offset of the order that puts each right."""
        self.offsets: set[tuple[Source, int, int, int]] = set()
        self.letters: dict[tuple[Source, int], str] = {}

    # What the product calls.

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Store the frame, or raise as a store does: perhaps after it has stored it."""
        self._on_its_way(table, frame)
        scheduler = self._scheduler
        if self._refuses(table, frame):
            scheduler.note(f"{table}: refused for good")
            raise Fatal("no such value", code=REFUSAL)
        if self.planned or scheduler.happens(self.fault_rate):
            self._fail(table, frame)
        self.land(table, frame)
        scheduler.note(f"{table}: {frame.height} rows stored")
        scheduler.pause()

    def query(self, sql: str, params: Mapping[str, Any] | None = None) -> pl.DataFrame:
        """The rows of one of the queries of agents/readthrough.py and agents/live_facts.py."""
        scheduler = self._scheduler
        scheduler.pause(stalls=QUERIES_STALL)
        self._be_there()
        if scheduler.happens(self.fault_rate / 2):
            scheduler.note("a query failed")
            raise Retryable("away")
        answer = self._answer(sql, params or {})
        scheduler.note(f"asked {sql.split(None, 3)[1][:12]}: {answer.height} rows")
        scheduler.pause()
        return answer

    def _refuses(self, table: str, frame: pl.DataFrame) -> bool:
        unstorable = self._log.unstorable
        return (
            bool(unstorable)
            and table in _FACT_TABLES
            and not unstorable.isdisjoint(frame["event_id"])
        )

    def be_away(self, seconds: float) -> None:
        """Answer nobody for a while."""
        self._scheduler.note(f"the store is away for {seconds} s")
        self.away_until = self._scheduler.now + seconds

    def be_full(self, seconds: float) -> None:
        """Take no insert for a while, as with too many parts; queries are answered."""
        self._scheduler.note(f"the store is full for {seconds} s")
        self.full_until = self._scheduler.now + seconds

    def _on_its_way(self, table: str, frame: pl.DataFrame) -> None:
        try:
            self._scheduler.pause()
        except Killed:
            if not self._refuses(table, frame) and self._scheduler.happens(
                0.5
            ):  # its bytes are with the server already
                self.flying.append((table, frame))
            raise
        self._be_there()
        if self._scheduler.now < self.full_until:
            raise Retryable("too many parts")

    def _be_there(self) -> None:
        if self._scheduler.now < self.away_until:
            raise Retryable("the store is away")

    def _fail(self, table: str, frame: pl.DataFrame) -> None:
        fault = self.planned.pop() if self.planned else self._scheduler.chance.choice(INSERT_FAULTS)
        self._scheduler.note(f"{table}: {fault}")
        if fault == "ack lost":
            self.land(table, frame)
        elif fault == "partial":
            self.land(table, frame.sort(frame.columns[:5])[: frame.height // 2])
        elif fault == "late":
            self.flying.append((table, frame))
        self._scheduler.pause()
        raise Retryable("connection lost")

    # What happens inside.

    def take_past(self, past: Sequence[Partition]) -> None:
        """Take in what was stored of the epoch before."""
        for partition in past:
            outcomes = np.zeros(partition.events.height, dtype=np.int8)
            facts = fact_rows(partition.events, outcomes, partition.source)
            self._take_facts(f"fact_{partition.source.event_type}", facts)
            for group_id, event_ms in partition.events.select("group_id", "event_ms").rows():
                place = (partition.source, group_id, event_ms // 60_000)
                self.windows[place] = [WindowRow(partition.end, ())]

    def stored_windows(self, source: Source, order: Record) -> list[WindowPlace]:
        """The windows of `source` that have a row and that `order` is about."""
        assert order.order is not None
        span = range(order.order.from_minute, order.order.until_minute)
        return [place for place in self.windows if place[0] == source and place[2] in span]

    def damage(self, place: WindowPlace, order: int) -> None:
        """Lose a window, or let it say something wrong, until the order at offset `order`."""
        self.damaged[place] = max(order, self.damaged.get(place, 0))
        self._scheduler.note(f"the window {place} is damaged")
        rows = self.windows.pop(place)
        if self._scheduler.happens(0.5):
            wrong = [
                row._replace(values=tuple(value + (value > 0) for value in row.values))
                for row in rows
            ]
            self.windows[place] = wrong

    def land(self, table: str, frame: pl.DataFrame) -> None:
        """Take the rows in."""
        if table in _FACT_TABLES:
            self._take_facts(table, frame)
        elif table == "group_minute":
            self._take_windows(frame)
        elif table == "offsets":
            for row in frame.iter_rows(named=True):
                source = self._log.source(row["topic"], row["partition"])
                self.offsets.add((source, row["first"], row["last"], row["n"]))
        else:
            for row in frame.iter_rows(named=True):
                source = self._log.source(row["topic"], row["partition"])
                self.letters[source, row["offset"]] = row["reason"]

    def land_one(self) -> None:
        """Let an insert arrive whose worker has given it up, or is dead."""
        table, frame = self.flying.pop(self._scheduler.chance.randrange(len(self.flying)))
        self._scheduler.note(f"{table}: {frame.height} rows arrive late")
        self.land(table, frame)

    def merge(self) -> None:
        """Merge all parts: only the rows that count stay."""
        for table in self.facts.values():
            for key, copies in table.items():
                table[key] = [first_copy(copies)]
        for place, rows in self.windows.items():
            self.windows[place] = [newest(rows)]

    def _take_facts(self, table: str, frame: pl.DataFrame) -> None:
        columns = _kept_columns(_FACT_TABLES[table])
        for row in frame[columns].iter_rows(named=True):
            key = (row["group_id"], row["event_ms"], row["event_id"], row["owner"])
            self.facts[table][key].append(row)

    def _take_windows(self, frame: pl.DataFrame) -> None:
        own = frame[["minute", "topic", "partition", "group_id", "version", *WINDOW_COLUMNS]]
        for moment, topic, partition, group_id, version, *values in sorted(own.rows()):
            minute = int(moment.timestamp()) // 60
            place = (self._log.source(topic, partition), group_id, minute)
            row = WindowRow(version, tuple(values))
            for other in self.windows[place] if version > self.damaged.get(place, 0) else ():
                if other.version == version and other != row:
                    raise self._scheduler.broken(
                        f"two values of one version: {place} {row} {other}"
                    )
            self.windows[place].append(row)

    def _answer(self, sql: str, params: Mapping[str, Any]) -> pl.DataFrame:
        for template, answer in (
            (readthrough._FLOOR, self._floor),
            (readthrough._VERDICTS, self._verdicts),
            (readthrough._NEWEST, self._newest),
            (readthrough._FACTS, self._facts),
            (readthrough._COUNTS, self._counts),
            (readthrough._NEWEST_OF_MINUTES, self._newest),
            (readthrough._FACTS_OF_MINUTES, self._facts_of_minutes),
            (readthrough._STORED, self._stored),
            (readthrough._FACTS_OF_A_DAY, self._facts_of_a_day),
            (live_facts._STORED_TO, self._stored_to),
            (live_facts._FACTS, self._facts_to),
            (live_facts._FED, self._fed),
        ):
            found = _pattern(template).fullmatch(sql)
            if found:
                return answer(params, *found.groups())
        raise AssertionError(f"the worker asks what nobody can answer: {sql}")

    def _floor(self, params: Mapping[str, Any]) -> pl.DataFrame:
        minutes = [m for source, _, m in self.windows if source.topic == params["topic"]]
        return pl.DataFrame({"m": [max(minutes, default=0)]}, schema={"m": pl.Int64})

    def _verdicts(self, params: Mapping[str, Any]) -> pl.DataFrame:
        here = self._log.source(params["topic"], params["partition"])
        offsets = [
            offset
            for (source, offset), reason in self.letters.items()
            if source == here and reason == params["reason"]
        ]
        return pl.DataFrame({"offset": offsets}, schema={"offset": pl.UInt64})

    def _newest(self, params: Mapping[str, Any], values: str) -> pl.DataFrame:
        here = self._log.source(params["topic"], params["partition"])
        keys = params["keys"] if "keys" in params else self._keys_in(here, params["minutes"])
        names = re.findall(r"AS newest_(\w+)", values)
        places = [WINDOW_COLUMNS.index(name) for name in names]
        found = []
        for group_id, minute in keys:
            rows = self.windows.get((here, group_id, minute))
            if rows:
                row = newest(rows)
                found.append((group_id, minute, *(row.values[at] for at in places), row.version))
        schema = {"group_id": pl.String(), "m": pl.Int64()}
        schema |= {f"newest_{name}": _WINDOW_SCHEMA[name] for name in names}
        return pl.DataFrame(found, schema={**schema, "newest": pl.UInt64()}, orient="row")

    def _counts(self, params: Mapping[str, Any]) -> pl.DataFrame:
        here = self._log.source(params["topic"], params["partition"])
        counts = Counter(minute for _, minute in self._keys_in(here, params["minutes"]))
        schema = {"m": pl.Int64, "n": pl.Int64}
        return pl.DataFrame(list(counts.items()), schema=schema, orient="row")

    def _keys_in(self, here: Source, minutes: Sequence[int]) -> list[tuple[str, int]]:
        return [
            (group_id, minute)
            for source, group_id, minute in self.windows
            if source == here and minute in minutes
        ]

    def _facts_of_minutes(
        self, params: Mapping[str, Any], columns: str, table: str
    ) -> pl.DataFrame:
        rows = [
            row
            for row in self._all_facts(table)
            if row["event_ms"] // 60_000 in params["minutes"]
            and _is_of(row, params["epoch"], params["partition"])
        ]
        return _fact_frame(rows, columns, table)

    def _facts(self, params: Mapping[str, Any], columns: str, table: str) -> pl.DataFrame:
        keys = set(params["keys"])
        rows = [
            row
            for row in self._all_facts(table)
            if (row["group_id"], row["event_ms"] // 60_000) in keys
        ]
        return _fact_frame(rows, columns, table)

    def _stored(self, params: Mapping[str, Any]) -> pl.DataFrame:
        here = self._log.source(params["topic"], params["partition"])
        found = [
            (group_id, minute)
            for source, group_id, minute in self.windows
            if source == here
            and _day(minute) == params["date"]
            and params["from"] <= minute < params["until"]
        ]
        return pl.DataFrame(found, schema={"group_id": pl.String, "m": pl.Int64}, orient="row")

    def _facts_of_a_day(self, params: Mapping[str, Any], columns: str, table: str) -> pl.DataFrame:
        rows = [
            row
            for row in self._all_facts(table)
            if _day(row["event_ms"] // 60_000) == params["date"]
            and params["from"] <= row["event_ms"] // 60_000 < params["until"]
            and _is_of(row, params["epoch"], params["partition"])
        ]
        return _fact_frame(rows, columns, table)

    def _stored_to(self, params: Mapping[str, Any]) -> pl.DataFrame:
        reached: dict[str, int] = {}
        for source, _, last, _ in self.offsets:
            if source.partition == params["partition"]:
                reached[source.topic] = max(last, reached.get(source.topic, 0))
        schema = {"topic": pl.String, "reached": pl.UInt64}
        return pl.DataFrame(list(reached.items()), schema=schema, orient="row")

    def _facts_to(self, params: Mapping[str, Any], columns: str, table: str) -> pl.DataFrame:
        firsts = [first_copy(copies) for copies in self.facts[table].values()]
        rows = [
            row
            for row in firsts
            if row["partition"] == params["partition"]
            and params["after"] < row["offset"] <= params["reached"]
        ]
        return _fact_frame(rows, columns, table)

    def _fed(self, params: Mapping[str, Any], table: str) -> pl.DataFrame:
        latest: dict[tuple[str, str], dict[str, Any]] = {}
        for row in self._all_facts(table):
            if row["partition"] == params["partition"]:
                before = latest.setdefault((row["source"], row["group_id"]), row)
                if row["event_ms"] > before["event_ms"]:
                    latest[row["source"], row["group_id"]] = row
        return _fact_frame(list(latest.values()), "source, group_id, event_ms", table)

    def _all_facts(self, table: str) -> Iterator[dict[str, Any]]:
        return (row for copies in self.facts[table].values() for row in copies)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", r"(.+)", re.escape(template)))


@cache
def _kept_columns(event_type: EventType) -> list[str]:
    looked_at = [
        name for each in MEASURES[event_type].expressions for name in each.meta.root_names()
    ]
    needed = [*FACT_COLUMNS, *looked_at, *COLUMNS[event_type], "version_inverse"]
    return list(dict.fromkeys(needed))


def _fact_frame(rows: Sequence[dict[str, Any]], columns: str, table: str) -> pl.DataFrame:
    types = {column.name: column.dtype for column in FACTS[_FACT_TABLES[table]]}
    names = columns.split(", ")
    found = [tuple(row[name] for name in names) for row in rows]
    return pl.DataFrame(found, schema={name: types[name] for name in names}, orient="row")


def _is_of(row: Mapping[str, Any], epoch: int, partition: int) -> bool:
    """Whether a fact is of this epoch and partition, or of an earlier epoch."""
    return bool(row["epoch"] < epoch or (row["epoch"], row["partition"]) == (epoch, partition))


def _day(minute: int) -> date:
    return datetime.fromtimestamp(minute * 60, UTC).date()
