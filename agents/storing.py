"""Stores folded commits and acks them: many facts of a type at once, the rest of a few together.

An insert costs the store some 10 ms, however few its rows are: it makes a part of up to 80 files,
which is merged again later. So in a backlog a commit stays *open*: facts of a type are stored once
many have gathered, and its other facts, dead letters, offsets and windows together with those of
the commits right behind it. The first of a backlog is *closed* at once, so that rows show soon, as
is one with nothing behind it.

Delivery: a record is acked only when its facts, its offsets and its windows are in the store.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import polars as pl
import structlog

from agents.faults import FaultPoint, Faults
from agents.folded import Folded, Share
from agents.letters import Letters, own_letters, sent_letters
from agents.pieces import Part, Piece
from agents.probation import Probation
from agents.transport import Room
from agents.writer import Refused, Writer
from pipeline.core.rows import Source, offset_rows
from schemas.event_type import EventType
from sinks.dead_letter import rows as letter_rows
from sinks.topics import SOURCES

log = structlog.get_logger("pulse.storing")

OPEN_COMMITS = 4
"""So many are open at most: what a crash has folded again, and a reader of windows waits for."""

T = TypeVar("T")
Counted = tuple[EventType, pl.DataFrame]
OnFacts = Callable[[list[Counted], dict[Source, int]], None]
Refold = Callable[[list[Part]], Awaitable[Folded]]
"""Lets go of all windows, and folds anew."""


@dataclass
class _Open:
    """A commit on its way, the records whose facts are not stored, and the events to ack."""

    folded: Folded
    parts: list[Part]
    done: Sequence[Any]
    seconds: float = 0.0


class Storing:
    """Carries folded commits, one after the other, into the store and to their ack.

    `on_facts` is told of facts that are stored, in order, and of what was replayed before them;
    `on_stored` of each commit once it is durable, before its records are acked, and how long it
    took in seconds.
    """

    def __init__(
        self,
        room: Room,
        writer: Writer,
        letters: Letters,
        *,
        rows_limit: int,
        refold: Refold,
        is_ours: Callable[[Any], bool],
        on_facts: OnFacts,
        on_stored: Callable[[Folded, float], None],
        faults: Faults,
        probation: Probation,
    ) -> None:
        self._room = room
        self._writer = writer
        self._letters = letters
        self._many_facts = rows_limit // 10
        self._open_rows = rows_limit // 2
        self._refold = refold
        self._is_ours = is_ours
        self._on_facts = on_facts
        self._on_stored = on_stored
        self._faults = faults
        self._probation = probation
        self._thread = ThreadPoolExecutor(1, "store")
        self._open: list[_Open] = []
        self._in_backlog = False

    def store(self, folded: Folded, piece: Piece, *, more: bool) -> Awaitable[None]:
        """Store a commit; it may stay open if there is `more` right behind it, as behind the last.

        It is one of those that are open from the call on, whenever it is awaited.
        """
        self._open.append(_Open(folded, piece.parts, piece.done))
        may_wait = more and self._in_backlog and len(self._open) < OPEN_COMMITS
        self._in_backlog = more
        return self._go_on(self._open, may_wait=may_wait)

    async def close(self) -> None:
        """Store what is open."""
        if self._open:
            await self._go_on(self._open, may_wait=False)

    def drop(self) -> None:
        """Let go of what is open: it is read again."""
        self._open, self._in_backlog = [], False

    async def _go_on(self, commits: list[_Open], *, may_wait: bool) -> None:
        started = time.perf_counter()
        refusals: list[Refused] = []
        if may_wait:
            refusals = await self._run(self._write_facts, commits, self._many_facts)
            may_wait = not refusals and _rows(commits) <= self._open_rows
        if not may_wait:
            refusals = await self._run(self._write_facts, commits, 0)
        while refusals:
            await self._fold_anew(refusals, commits)
            refusals = await self._run(self._write_facts, commits, 0)
        self._release(commits)
        if may_wait:
            commits[-1].seconds = time.perf_counter() - started
            return
        await self._run(self._write_rest, commits)
        commits[-1].seconds = time.perf_counter() - started
        self._tell_stored(commits)
        self._ack(commits)

    async def _run(self, work: Callable[..., T], *given: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def _write_facts(self, commits: Sequence[_Open], least: int) -> list[Refused]:
        """Store the facts of each type of which there are so many; what is refused of them."""
        waiting = _waiting(commits)
        frames = {
            event_type: [share.facts for share in shares if share.facts is not None]
            for event_type, shares in waiting.items()
        }
        facts = {
            event_type: pl.concat(its)
            for event_type, its in frames.items()
            if sum(frame.height for frame in its) >= least
        }
        refusals = self._writer.facts(facts)
        for event_type in facts.keys() - {refused.event_type for refused in refusals}:
            for share in waiting[event_type]:
                share.facts = None
        return refusals

    def _write_rest(self, commits: Sequence[_Open]) -> None:
        taken = [taken for one in commits for taken in one.folded.taken]
        shares = [share for one in commits for share in one.folded.shares.values()]
        own = own_letters(taken)
        sent = sent_letters([letters for share in shares for letters in share.letters])
        offsets = [
            (each.source, each.first_offset, each.last_offset, each.records, each.appended_ms)
            for each in taken
        ]
        windows = [frame for share in shares for frame in share.windows]
        self._writer.rest(letter_rows([*own, *sent]), offset_rows(offsets), windows)
        self._letters.publish(own)
        self._probation.passed({each.source: each.last_offset for each in taken})

    def _release(self, commits: list[_Open]) -> None:
        """Show the facts that are stored to who waits for them, and let go of their records.

        Those of a commit that was dropped are not shown: of what was open before it none may come,
        and whoever reads next would take them for all up to their offsets.
        """
        waiting = _waiting(commits)
        for one in commits:
            counted, replayed = list[Counted](), dict[Source, int]()
            for carries, share in one.folded.shares.items():
                if carries not in waiting:
                    if carries is not None and share.counted is not None:
                        counted.append((carries, share.counted))
                    replayed |= share.replayed
                    share.counted, share.replayed = None, {}
            if (counted or replayed) and commits is self._open:
                self._on_facts(counted, replayed)
            one.parts = [part for part in one.parts if _carries(part[0]) in waiting]
            for event in one.done:
                if _carries(event) not in waiting:
                    event.value.release(self._room)

    async def _fold_anew(self, refusals: Sequence[Refused], commits: list[_Open]) -> None:
        """Fold the records of the refused types again, which the verdicts are stored of by then.

        Everything else is stored first: the windows of the other types are let go of as well.
        """
        for refused in refusals:
            log.error("the store refused facts", rows=refused.rows.height, code=refused.code)
        await self._run(self._write_verdicts, refusals)
        self._release(commits)
        anew = [part for one in commits for part in one.parts]
        for one in commits:
            waiting = {_carries(event) for event, _ in one.parts}
            one.folded = one.folded.part(one.folded.shares.keys() - waiting)
        await self._run(self._write_rest, commits)
        self._tell_stored(commits)
        done = [event for one in commits for event in one.done]
        commits[:] = [_Open(await self._refold(anew), anew, done)]

    def _write_verdicts(self, refusals: Iterable[Refused]) -> None:
        for refused in refusals:
            self._writer.insert("dead_letter", self._letters.verdicts(refused))

    def _tell_stored(self, commits: Iterable[_Open]) -> None:
        for one in commits:
            if one.folded.records:
                self._on_stored(one.folded, one.seconds)

    def _ack(self, commits: list[_Open]) -> None:
        self._faults.reach(FaultPoint.BEFORE_ACK)
        for one in commits:
            for event in one.done:
                if self._is_ours(event):
                    event.ack()
        commits.clear()
        self._faults.reach(FaultPoint.AFTER_ACK)


def _carries(event: Any) -> EventType | None:
    return SOURCES.get(event.value.topic)


def _waiting(commits: Iterable[_Open]) -> dict[EventType, list[Share]]:
    """The shares of each type of which facts wait to be stored."""
    found: dict[EventType, list[Share]] = {}
    for one in commits:
        for carries, share in one.folded.shares.items():
            if carries is not None and share.facts is not None:
                found.setdefault(carries, []).append(share)
    return found


def _rows(commits: Iterable[_Open]) -> int:
    """Rows that are not stored."""
    return sum(share.rows for one in commits for share in one.folded.shares.values())
