"""Checks `holes` and `committed`: every record up to where we are was stored.

A range of offsets is stored after the facts and dead letters of its records, so their union may
have no hole but for what Kafka itself wrote: the markers of transactions take an offset each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

from agents.readthrough import stored_ends
from pipeline.audit.scope import FOREVER_MS, Check, Result, Scope
from pipeline.core.coverage import Hole, holes
from sinks.group_offsets import Place
from sinks.log import LogReader

PAGE = 500_000

_BEFORE = """
SELECT toInt64(max(last)) + 1 AS reached FROM offsets
WHERE epoch = %(epoch)s AND topic = %(topic)s AND partition = %(partition)s
  AND stored_ms < %(since)s
HAVING count() > 0
"""

_RANGES = """
SELECT first, last FROM offsets
WHERE epoch = %(epoch)s AND topic = %(topic)s AND partition = %(partition)s
  AND stored_ms >= %(since)s AND stored_ms < %(until)s
  AND (first > %(first)s OR (first = %(first)s AND last > %(last)s))
ORDER BY first, last LIMIT {page}
"""


def check_committed(scope: Scope) -> Result:
    """What the group has committed is stored: committed <= stored."""
    result = Result(Check.COMMITTED, "partitions", looked_at=len(scope.committed))
    stored = stored_ends(scope.store, scope.settings.epoch)
    for (topic, partition), committed in sorted(scope.committed.items()):
        here = stored.get((topic, partition), 0)
        if committed > here:
            result.add(topic=topic, partition=partition, committed=committed, stored=here)
    return result


def check_holes(scope: Scope, *, page: int = PAGE) -> Result:
    """The union of the stored ranges has no hole that holds a record."""
    result = Result(Check.HOLES, "offsets")
    lost, holes_lost = 0, 0
    with ExitStack() as opened:
        log: LogReader | None = None
        stops = {place: offset for place, offset in scope.committed.items() if offset}
        for place, stored in stored_ends(scope.store, scope.settings.epoch).items():
            stops[place] = max(stored, stops.get(place, 0))
        for done, (place, stop) in enumerate(sorted(stops.items())):
            scope.progress("Offsets: partitions", done, len(stops))
            begin = _begin(scope, place)
            result.looked_at += max(0, stop - begin)
            for hole in _holes(scope, place, begin, page):
                log = log or opened.enter_context(LogReader(scope.settings.kafka, role="audit"))
                start = log.start(*place)
                if hole.first < start:
                    holes_lost += 1
                    lost += min(hole.stop, start) - hole.first
                stop_here = min(hole.stop, log.end(*place))
                _look_into(log, place, Hole(max(hole.first, start), stop_here), result)
    if lost:
        result.note = (
            f"{lost} offsets in {holes_lost} holes lie before what Kafka still has: markers of"
            " transactions, or records that no worker read in time"
        )
    return result


def _begin(scope: Scope, place: Place) -> int:
    """Where the span begins in a partition: behind what was stored before it."""
    topic, partition = place
    if not scope.since_ms:
        return 0
    before = scope.store.query(_BEFORE, scope.span | {"topic": topic, "partition": partition})
    return int(before["reached"][0]) if before.height else 0


def _holes(scope: Scope, place: Place, begin: int, page: int) -> Iterator[Hole]:
    topic, partition = place
    covered, first, last = begin, -1, -1
    while True:
        asked = {"topic": topic, "partition": partition, "first": first, "last": last}
        ranges = scope.store.query(_RANGES.format(page=page), scope.span | asked)
        found, covered = holes(ranges, covered)
        yield from found
        if ranges.height < page:
            committed = scope.committed.get(place, 0)
            if scope.until_ms == FOREVER_MS and committed > covered:
                yield Hole(covered, committed)
            return
        first, last = ranges.row(-1)


def _look_into(log: LogReader, place: Place, hole: Hole, result: Result) -> None:
    topic, partition = place
    for records in log.read(topic, partition, hole.first, hole.stop):
        offsets = [record.offset for record in records]
        result.add(
            times=len(offsets), topic=topic, partition=partition,
            first=offsets[0], last=offsets[-1], records=len(offsets),
            fault="in the log, in no stored range",
        )  # fmt: skip
