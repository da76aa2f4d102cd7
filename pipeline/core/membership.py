"""Membership of one person in one group, from that person's joins and leaves alone.

In order of (event_ms, source_seq, join before leave) a join of someone present and a leave of
someone absent change nothing; they are legal, and counted. A leave undone by a re-join within the
grace is none, nor is the re-join: the membership goes on. Only event times decide, never a clock.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from pipeline.core.intervals import FOREVER, Interval

Move = int
"""A join or leave as one number, whose order is the order of moves:
event_ms, then source_seq (64 bits), then leave after join, then roster after join."""

LEAVE = 2
ROSTER = 1
MS_SHIFT = 66


def moves(leave: bool) -> pl.Expr:
    """Rows of fact_join or fact_leave as moves."""
    kind = pl.lit(LEAVE) if leave else (pl.col("join_method") == "import").cast(pl.Int128)
    order = (
        pl.col("event_ms").cast(pl.Int128) * 2**MS_SHIFT + pl.col("source_seq").cast(pl.Int128) * 4
    )
    move: pl.Expr = (order + kind).cast(pl.Int128)
    return move


def time_of(move: Move) -> int:
    """When it happened, epoch ms."""
    return move >> MS_SHIFT


class Spell(NamedTuple):
    """One membership: a member at every t in (opened_ms, closed_ms]."""

    opened_ms: int
    closed_ms: int
    roster: bool

    @property
    def interval(self) -> Interval:
        """When it makes a member."""
        return self.opened_ms, self.closed_ms


def spells(history: Sequence[Move], grace_ms: int) -> list[Spell]:
    """The memberships that sorted moves make, in order, netted; the last may be open."""
    turns = []
    absent = LEAVE
    for move in history:
        if (move & LEAVE) != absent:
            absent = move & LEAVE
            turns.append(move)
    if not turns:
        return []
    found = []
    opened = turns[0]
    for left, again in zip(turns[1::2], turns[2::2], strict=False):
        if time_of(again) - time_of(left) > grace_ms:
            found.append(_spell(opened, time_of(left)))
            opened = again
    found.append(_spell(opened, FOREVER if len(turns) % 2 else time_of(turns[-1])))
    return found


def _spell(opened: Move, closed_ms: int) -> Spell:
    return Spell(time_of(opened), closed_ms, bool(opened & ROSTER))


def recent(history: Sequence[Move], since_ms: int) -> Sequence[Move]:
    """The last moves that suffice for every t >= `since_ms`.

    From the last join that opened a membership before then: what a move does depends on the one
    before it alone, so who was in or out earlier changes nothing later. What happened before
    `since_ms` may look different without the rest.
    """
    start = bisect_left(history, since_ms << MS_SHIFT) - 1
    while start > 0 and (history[start] & LEAVE or not history[start - 1] & LEAVE):
        start -= 1
    return history[start:] if start > 0 else history


def first_join_ms(history: Sequence[Move]) -> int | None:
    """When the person first joined, None if never."""
    return next((time_of(move) for move in history if not move & LEAVE), None)


def changes_nothing(history: Sequence[Move], place: int) -> bool:
    """Whether the move at `place` is a join of someone present or a leave of someone absent."""
    before = history[place - 1] & LEAVE if place else LEAVE
    return history[place] & LEAVE == before
