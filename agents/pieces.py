"""A commit in pieces: what is folded and stored together, and what must be stored before that.

A commit is one piece, unless control records lie in it: an order is carried out over all that lies
before it, so that has to be stored first, and what comes after has to find what it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pipeline.core.probation import Failure, parts, steps
from schemas.control import order_of

Place = tuple[str, int]
"""Topic and partition."""

Part = tuple[Any, Sequence[Any]]
"""Consecutive records, and the Faust event of the batch they came in."""


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
    if not any(event.value.has_headers for event in events):
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
        flat = [(event, record) for event in done for record in event.value.records]
        found += _careful(flat, steps([record.offset for _, record in flat], its_failures), done)
    return found


def smaller(piece: Piece) -> list[Piece]:
    """A careful piece in parts, to find the record in it that cannot be folded."""
    flat = [(event, record) for event, records in piece.parts for record in records]
    return _careful(flat, parts(0, len(flat)), piece.done)


def _careful(
    flat: Sequence[tuple[Any, Any]], cuts: Sequence[tuple[int, int]], done: Sequence[Any]
) -> list[Piece]:
    found = [
        Piece([(event, records)], alone=True, careful=True)
        for start, stop in cuts
        for event, its in groupby(flat[start:stop], lambda one: one[0])
        for _, records in _runs([record for _, record in its])
    ]
    found[-1].done = done
    return found


def _place(event: Any) -> Place:
    return event.value.topic, event.value.partition


def _runs(records: Sequence[Any]) -> Iterator[tuple[bool, Sequence[Any]]]:
    """Runs of records that are orders (each by itself), and of records that are not."""
    for ordered, run in groupby(records, lambda one: order_of(one.value, one.headers) is not None):
        if ordered:
            yield from ((True, [record]) for record in run)
        else:
            yield False, list(run)
