"""What a commit came to when it was folded: rows that are not stored yet, one share for a topic."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from agents.intake import Taken
from pipeline.core.records import Record
from pipeline.core.rows import Source
from schemas.event_type import EventType

Outcomes = Counter[tuple[str, str, str]]
"""Records by topic, outcome and reason."""


@dataclass
class Share:
    """What the records of one topic came to; `carries` as in Source.

    `facts` are its rows until they are stored, `counted` what readers beside the store take of
    them, `replayed` each source's last offset that was, `letters` what importers sent.
    """

    carries: EventType | None
    taken: list[Taken] = field(default_factory=list)
    outcomes: Outcomes = field(default_factory=Counter)
    facts: pl.DataFrame | None = None
    windows: list[pl.DataFrame] = field(default_factory=list)
    counted: pl.DataFrame | None = None
    replayed: dict[Source, int] = field(default_factory=dict)
    letters: list[tuple[Source, Sequence[Record]]] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of it that are not stored."""
        frames = self.windows if self.facts is None else [self.facts, *self.windows]
        return sum(frame.height for frame in frames)


@dataclass
class Folded:
    """One commit, folded but not stored, by what its topics carry.

    `seconds`: how long the fold took. `incarnation`: of the cache that it was folded over.
    """

    number: int
    incarnation: int
    seconds: float = 0.0
    shares: dict[EventType | None, Share] = field(default_factory=dict)

    def share(self, carries: EventType | None) -> Share:
        """The share of a topic, made if there is none."""
        if carries not in self.shares:
            self.shares[carries] = Share(carries)
        return self.shares[carries]

    def part(self, types: Iterable[EventType | None]) -> Folded:
        """The shares of these alone."""
        its = {carries: self.shares[carries] for carries in types if carries in self.shares}
        return Folded(self.number, self.incarnation, self.seconds, its)

    @property
    def taken(self) -> list[Taken]:
        """Every stretch that was read."""
        return [taken for share in self.shares.values() for taken in share.taken]

    @property
    def records(self) -> int:
        """Records read for this commit."""
        return sum(taken.records for taken in self.taken)

    @property
    def outcomes(self) -> Outcomes:
        """What became of them."""
        found: Outcomes = Counter()
        for share in self.shares.values():
            found.update(share.outcomes)
        return found
