"""A commit in pieces: what is folded and stored together, and what must be stored before that.

A commit is one piece, unless control records lie in it: an order is carried out over all that lies
before it, so that has to be stored first, and what comes after has to find what it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.core.probation import Failure, parts, steps
from pipeline.core.records import Records
from schemas.control import order_of

Place = tuple[str, int]
"""Topic and partition."""

Part = tuple[Any, Records]
"""The Faust event of a batch, and consecutive records of it."""


@dataclass
class Piece:
    """Parts in offset order within each partition; `done` are acked once it is stored.

    `alone`: it is folded only when everything before it is stored, and nothing after it until it
    is stored itself: what comes after must find what an order left. `careful`: it holds records of
    one partition that are suspected of ending the worker; it is alone as well.
    """

    parts: list[Part] = field(default_factory=list)
    done: Sequence[Any] = ()
    alone: bool = False
    careful: bool = False

    @property
    def size(self) -> int:
        """Records in it."""
        return sum(len(records) for _, records in self.parts)


def pieces(events: Sequence[Any]) -> list[Piece]:
    """The pieces of a commit, in order; an order is in one without events of its partition."""
    if not events:
        return []
    if not any(event.value.records.headers for event in events):
        return [Piece([(event, event.value.records) for event in events], done=events)]
    found: list[Piece] = [Piece()]
    reached: dict[Place, int] = {}
    for event in events:
        place = _place(event)
        for ordered, records in _runs(event.value.records):
            step = reached.get(place, 0) + ordered
            found += [Piece(alone=True) for _ in range(step + 1 - len(found))]
            found[step].parts.append((event, records))
            reached[place] = step + ordered
    found[0].alone = len(found) > 1
    found[-1].done = events
    return [piece for piece in found if piece.parts]


def careful_pieces(
    events: Sequence[Any], failures: Mapping[Place, Sequence[Failure]]
) -> list[Piece]:
    """The pieces of a commit, and behind them those of partitions that have `failures`.

    Suspected records are tried in steps, so that the next death tells more than the last.
    """
    found = pieces([event for event in events if _place(event) not in failures])
    for place, its_failures in failures.items():
        done = [event for event in events if _place(event) == place]
        whole = [(event, event.value.records) for event in done]
        offsets = Records.joined([records for _, records in whole]).offsets.tolist()
        found += _careful(whole, steps(offsets, its_failures), done)
    return found


def smaller(piece: Piece) -> list[Piece]:
    """A careful piece in parts, to find the record in it that cannot be folded."""
    return _careful(piece.parts, parts(0, piece.size), piece.done)


def _careful(
    whole: Sequence[Part], cuts: Sequence[tuple[int, int]], done: Sequence[Any]
) -> list[Piece]:
    """`whole` cut at [start, stop) of its records, and besides where batches end and at orders."""
    found = [
        Piece([(event, run)], alone=True, careful=True)
        for start, stop in cuts
        for event, records in _between(whole, start, stop)
        for _, run in _runs(records)
    ]
    found[-1].done = done
    return found


def _between(whole: Sequence[Part], start: int, stop: int) -> Iterator[Part]:
    first = 0
    for event, records in whole:
        inside = slice(max(start - first, 0), min(stop - first, len(records)))
        if inside.start < inside.stop:
            yield event, records[inside]
        first += len(records)


def _place(event: Any) -> Place:
    return event.value.topic, event.value.partition


def _runs(records: Records) -> Iterator[tuple[bool, Records]]:
    """Runs of records that are orders (each by itself), and of records that are not."""
    if not records.headers:
        yield False, records
        return
    start = 0
    for place, (value, headers) in enumerate(zip(records.values, records.headers, strict=True)):
        if order_of(value, headers) is not None:
            if start < place:
                yield False, records[start:place]
            yield True, records[place : place + 1]
            start = place + 1
    if start < len(records):
        yield False, records[start:]
