"""A commit in pieces: what is folded and stored together, and what must be stored before that.

A commit is one piece, unless control records lie in it: an order is carried out over all that lies
before it, so that has to be stored first, and what comes after has to find what it left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from schemas.control import order_of

Part = tuple[Any, Sequence[Any]]
"""Consecutive records, and the Faust event of the batch they came in."""


@dataclass
class Piece:
    """Parts in offset order within each partition; `done` are acked once it is stored.

    `alone`: it is folded only when everything before it is stored.
    """

    parts: list[Part] = field(default_factory=list)
    done: Sequence[Any] = ()
    alone: bool = False


def pieces(events: Sequence[Any]) -> list[Piece]:
    """The pieces of a commit, in order; an order is in one without events of its partition."""
    if not events:
        return []
    if not any(event.value.has_headers for event in events):
        return [Piece([(event, event.value.records) for event in events], done=events)]
    steps: list[Piece] = [Piece()]
    reached: dict[tuple[str, int], int] = {}
    for event in events:
        place = event.value.topic, event.value.partition
        for ordered, records in _runs(event.value.records):
            step = reached.get(place, 0) + ordered
            steps += [Piece(alone=True) for _ in range(step + 1 - len(steps))]
            steps[step].parts.append((event, records))
            reached[place] = step + ordered
    steps[0].alone = len(steps) > 1
    steps[-1].done = events
    return [piece for piece in steps if piece.parts]


def _runs(records: Sequence[Any]) -> Iterator[tuple[bool, Sequence[Any]]]:
    """Runs of records that are orders (each by itself), and of records that are not."""
    for ordered, run in groupby(records, lambda one: order_of(one.value, one.headers) is not None):
        if ordered:
            yield from ((True, [record]) for record in run)
        else:
            yield False, list(run)
