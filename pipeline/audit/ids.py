"""Check `ids`: each record of the log is a fact, a dead letter or a copy, and nothing else is.

The log is read again, below what was stored when the audit began, and judged as the worker judges
it. A record that is an event must be a fact at its own offset, or a copy of one stored from an
earlier place. One that is none, by today's settings, must be a dead letter or a fact of earlier
settings. Facts at offsets where the log has another record, or none, are told too.
Heartbeats leave nothing, and the letters' own topic holds letters; both are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from agents.intake import Intake
from agents.letters import VERDICTS
from agents.readthrough import stored_ends
from pipeline.audit.scope import FOREVER_MS, Check, Result, Scope
from pipeline.core.records import Records
from pipeline.core.rows import OFFSETS_OF_AN_EPOCH, Source
from schemas.control import order_of
from schemas.facts import FACTS
from sinks.key_guard import claimed_keys
from sinks.log import LogReader
from sinks.topics import SOURCES

RECORDS_AT_ONCE = 100_000
IDS_IN_A_QUERY = 2_000
IDENTITY = ("group_id", "event_ms", "event_id", "owner")

_FACTS = """
SELECT offset, group_id, event_ms, event_id, owner FROM {table}
WHERE epoch = %(epoch)s AND partition = %(partition)s AND offset >= %(first)s AND offset < %(stop)s
"""

_LETTERS = """
SELECT DISTINCT offset, reason FROM dead_letter
WHERE epoch = %(epoch)s AND topic = %(topic)s AND partition = %(partition)s
  AND offset >= %(first)s AND offset < %(stop)s
"""

_ELSEWHERE = """
SELECT group_id, event_ms, event_id, owner, min(toUInt64(epoch) * {epoch} + offset) AS stored_at
FROM {table} WHERE event_date IN %(dates)s AND event_id IN %(ids)s
GROUP BY group_id, event_ms, event_id, owner
"""


def check_ids(scope: Scope) -> Result:
    """Every record in the span that was stored is accounted for, by its own identity."""
    result = Result(Check.IDS, "records")
    stretches = {}
    with LogReader(scope.settings.kafka, role="audit") as log:
        for (topic, partition), stop in stored_ends(scope.store, scope.settings.epoch).items():
            source = Source(SOURCES.get(topic), topic, partition, scope.settings.epoch)
            if source.carries in FACTS:
                stretches[source] = _stretch(scope, log, source, stop)
        total = sum(max(0, stop - first) for first, stop in stretches.values())
        key_id = min(claimed_keys(scope.store), default="")  # the rollup is not given the key
        intake = Intake.of(scope.settings, scope.clock, key_id=key_id)
        for source, (first, stop) in stretches.items():
            for records in _chunks(log, source, first, stop):
                _account(scope, intake, source, records, result)
                scope.progress("Ids: records", result.looked_at, total)
    return result


def _stretch(scope: Scope, log: LogReader, source: Source, stop: int) -> tuple[int, int]:
    place = source.topic, source.partition
    first = log.since(*place, scope.since_ms) if scope.since_ms else log.start(*place)
    if scope.until_ms < FOREVER_MS:
        stop = min(stop, log.since(*place, scope.until_ms))
    return first, min(stop, log.end(*place))


def _chunks(log: LogReader, source: Source, first: int, stop: int) -> Iterator[list[Any]]:
    held: list[Any] = []
    for records in log.read(source.topic, source.partition, first, stop):
        held += records
        if len(held) >= RECORDS_AT_ONCE:
            yield held
            held = []
    if held:
        yield held


def _account(
    scope: Scope, intake: Intake, source: Source, records: Sequence[Any], result: Result
) -> None:
    result.looked_at += len(records)
    table = f"fact_{source.event_type}"
    asked = {
        "epoch": source.epoch,
        "topic": source.topic,
        "partition": source.partition,
        "first": records[0].offset,
        "stop": records[-1].offset + 1,
    }
    facts = scope.store.query(_FACTS.format(table=table), asked)
    letters = scope.store.query(_LETTERS, asked)
    lettered = set(letters["offset"].to_list())
    # What was refused or condemned once is not judged again: it could end this process as well.
    judged_once = set(letters.filter(pl.col("reason").is_in(list(VERDICTS)))["offset"].to_list())
    to_judge = [
        record
        for record in records
        if record.offset not in judged_once and order_of(record.value, record.headers) is None
    ]
    events, rejected = _events(intake, source, to_judge)
    here = ["offset", *IDENTITY]
    known = events.join(facts, on=here, how="semi")
    rest = events.join(facts, on=here, how="anti").filter(~pl.col("offset").is_in(list(lettered)))
    for row in _not_copies(scope, table, source, rest).select(here).iter_rows(named=True):
        _tell(result, source, **row, fault="in the log, no fact, no dead letter, no copy")
    at_facts = set(facts["offset"].to_list())
    for offset in rejected:
        if offset not in lettered and offset not in at_facts:
            _tell(result, source, offset=offset, fault="no event, and no dead letter")
    strange = facts.join(known, on=here, how="anti").filter(~pl.col("offset").is_in(rejected))
    for row in strange.iter_rows(named=True):
        _tell(result, source, **row, fault="a fact, but the log has no such event there")


def _events(
    intake: Intake, source: Source, records: Sequence[Any]
) -> tuple[pl.DataFrame, list[int]]:
    if not records:
        columns = {c.name: c.dtype for c in FACTS[source.event_type]}
        return pl.DataFrame(schema=columns).select("offset", *IDENTITY, "event_date"), []
    judged = intake.take({source: Records.of(records)}, {}, {})
    day = pl.from_epoch("event_ms", time_unit="ms").dt.date().alias("event_date")
    events = judged.events.select(pl.col("offset").cast(pl.UInt64), *IDENTITY, day)
    return events, [rejected.offset for rejected in judged.taken[0].rejected]


def _not_copies(scope: Scope, table: str, source: Source, events: pl.DataFrame) -> pl.DataFrame:
    """Those that no fact of an earlier place has the identity of."""
    left = []
    for part in events.iter_slices(IDS_IN_A_QUERY):
        asked = {
            "dates": part["event_date"].unique().to_list(),
            "ids": part["event_id"].unique().to_list(),
        }
        query = _ELSEWHERE.format(table=table, epoch=OFFSETS_OF_AN_EPOCH)
        stored = scope.store.query(query, asked)
        own = pl.lit(source.epoch * OFFSETS_OF_AN_EPOCH, pl.UInt64) + pl.col("offset")
        both = part.join(stored, on=list(IDENTITY), how="left")
        left.append(both.filter(pl.col("stored_at").fill_null(2**63) > own))
    return pl.concat(left) if left else events


def _tell(result: Result, source: Source, **row: Any) -> None:
    result.add(topic=source.topic, partition=source.partition, **row)
