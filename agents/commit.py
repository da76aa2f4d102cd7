"""Group commit: queued batches of all partitions into one commit, stored, then acked in order.

One commit is folded while the one before is stored (storing.py). An unexpected error leaves the
process, because Faust would ack the record that raised it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog

from agents.faults import NO_FAULTS, Faults
from agents.folded import Folded
from agents.folder import Folder
from agents.letters import Letters
from agents.pace import merge_age
from agents.pieces import Part, Piece, pieces
from agents.probation import NO_PROBATION, NO_RECORDS_FAULT, Probation
from agents.storing import OnFacts, Storing
from agents.transport import Batch, BatchApp
from agents.writer import Writer
from pipeline.core.records import Records
from pipeline.core.rows import Source

log = structlog.get_logger("pulse.commit")

LEFT_ON_AN_ERROR = 70

T = TypeVar("T")


class Committer:
    """Gathers what the agents offer and carries it through fold, store and ack.

    `on_facts` and `on_stored`: see Storing. `crowded`, set from outside, makes commits wait longer
    for company.
    """

    def __init__(
        self,
        app: BatchApp,
        folder: Folder,
        writer: Writer,
        letters: Letters,
        *,
        source_of: Callable[[str, int], Source],
        on_facts: OnFacts,
        on_stored: Callable[[Folded, float], None],
        stopping: threading.Event,
        rows_limit: int,
        longest_age_s: float,
        faults: Faults = NO_FAULTS,
        probation: Probation = NO_PROBATION,
    ) -> None:
        self._app = app
        self._folder = folder
        self._source_of = source_of
        self._on_stored = on_stored
        self._storing = Storing(
            app.room,
            writer,
            letters,
            rows_limit=rows_limit,
            refold=self._refold,
            is_ours=self._is_ours,
            on_facts=on_facts,
            on_stored=self._note_stored,
            faults=faults,
            probation=probation,
        )
        self._rows_limit = rows_limit
        self._longest_age_s = longest_age_s
        self._probation = probation
        self._waiting: deque[Any] = deque()
        self._waiting_rows = 0
        self._waiting_since = 0.0
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._folding = asyncio.Lock()
        self._events_per_s = 0.0
        self._last_commit = time.monotonic()
        self._fold_thread = ThreadPoolExecutor(1, "fold")
        self._stopping = stopping
        self.crowded = False

    async def offer(self, event: Any) -> None:
        """Queue one batch; called by the agents, in offset order within a partition."""
        if not self._waiting:
            self._waiting_since = time.monotonic()
        self._waiting.append(event)
        self._waiting_rows += len(event.value.records)
        self._arrived.set()
        if self._waiting_rows >= self._rows_limit:
            self._full.set()

    async def run(self) -> None:
        """Commit until stopped; leave the process on anything unexpected."""
        with self._leaving_on_errors():
            storing: asyncio.Task[None] | None = None
            while not self._stopping.is_set():
                storing = await self._commit_next(storing)
            if storing is not None:
                await storing

    async def stop(self) -> None:
        """Give up waiting for the store; what is not stored is read again after a start."""
        self._stopping.set()
        self._arrived.set()
        self._full.set()
        await asyncio.get_running_loop().run_in_executor(None, self._probation.leave)

    async def on_revoked(self) -> None:
        """Drop all state: whoever owns the partitions next, this worker included, reads it back."""
        self._app.room.clear()  # first: from here on nothing fetched before is folded
        self._waiting.clear()
        self._waiting_rows = 0
        async with self._folding:
            self._folder.forget()
            self._storing.drop()
            await self._in_fold_thread(self._probation.forget)

    async def _commit_next(self, storing: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        """Fold one commit while the one before is stored; the task that stores this one."""
        taken = await self._gather()
        more = bool(self._waiting)
        waiting = deque(await self._cut(taken))
        if not waiting:  # what stood behind an open commit is no longer ours
            await self._close(storing)
        while waiting:
            piece = waiting.popleft()
            if piece.alone:
                await self._close(storing)
            try:
                folded = await self._fold(piece)
            except BaseException as error:  # a panic of a library in Rust is no Exception
                if not piece.careful or isinstance(error, asyncio.CancelledError):
                    raise
                waiting.extendleft(reversed(await self._spare(piece, error)))
                continue
            if storing is not None:
                await storing
            if folded.incarnation != self._folder.incarnation:
                folded = await self._fold(piece)
            if self._stopping.is_set():
                break  # the one before may have been given up, and this one builds on it
            behind = more and not waiting and not piece.alone
            storing = asyncio.create_task(
                self._guarded(self._storing.store(folded, piece, more=behind))
            )
            if piece.alone:
                await storing
        return storing

    async def _close(self, storing: asyncio.Task[None] | None) -> None:
        """Have everything stored that was folded."""
        if storing is not None:
            await storing
        if not self._stopping.is_set():
            await self._storing.close()

    async def _cut(self, events: list[Any]) -> list[Piece]:
        if self._probation.trusts(events):
            return pieces(events)
        async with self._folding:
            return await self._in_fold_thread(self._probation.pieces, events)

    async def _spare(self, piece: Piece, error: BaseException) -> list[Piece]:
        async with self._folding:
            found = await self._in_fold_thread(self._probation.spare, piece, error)
            self._folder.forget()  # it was left in the middle
            return found

    async def _in_fold_thread(self, work: Callable[..., T], *given: Any) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._fold_thread, work, *given)

    @contextmanager
    def _leaving_on_errors(self) -> Iterator[None]:
        try:
            yield
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            if not self._stopping.is_set():
                if isinstance(error, NO_RECORDS_FAULT):
                    self._probation.leave()
                log.exception("commit failed for an unknown reason; leaving, a restart replays it")
                os._exit(LEFT_ON_AN_ERROR)

    async def _gather(self) -> list[Any]:
        while not self._stopping.is_set():
            if not self._waiting:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            age = merge_age(self._events_per_s, longest_s=self._longest_age_s, crowded=self.crowded)
            left = self._waiting_since + age - time.monotonic()
            if left <= 0 or self._waiting_rows >= self._rows_limit:
                break
            self._full.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._full.wait(), left)
        return self._take()

    def _take(self) -> list[Any]:
        taken: list[Any] = []
        rows = 0
        while self._waiting:
            size = len(self._waiting[0].value.records)
            if rows and rows + size > self._rows_limit:
                break
            event = self._waiting.popleft()
            rows += size
            self._waiting_rows -= size
            if self._is_ours(event):
                taken.append(event)
        now = time.monotonic()
        rate = rows / max(now - self._last_commit, 1e-3)
        self._events_per_s += (rate - self._events_per_s) * 0.3
        self._last_commit = self._waiting_since = now
        return taken

    async def _fold(self, piece: Piece) -> Folded:
        async with self._folding:
            return await self._fold_now(piece)

    async def _fold_now(self, piece: Piece) -> Folded:
        parts: dict[Source, list[Records]] = {}
        for event, records in piece.parts:
            if self._is_ours(event):
                batch: Batch = event.value
                source = self._source_of(batch.topic, batch.partition)
                parts.setdefault(source, []).append(records)
        return await self._in_fold_thread(self._try, parts, piece.careful)

    def _try(self, parts: Mapping[Source, list[Records]], careful: bool) -> Folded:
        records = {source: Records.joined(its) for source, its in parts.items()}
        self._probation.begin(records, alone=careful)
        started = time.perf_counter()
        folded = self._folder.fold(records)
        folded.seconds = time.perf_counter() - started
        return folded

    async def _guarded(self, storing: Awaitable[None]) -> None:
        with self._leaving_on_errors():
            await storing

    async def _refold(self, parts: list[Part]) -> Folded:
        """Fold again what the store refused some facts of, over windows that are read back."""
        async with self._folding:
            self._folder.forget()
            return await self._fold_now(Piece(parts))

    def _note_stored(self, folded: Folded, seconds: float) -> None:
        self._folder.durable = folded.number
        self._on_stored(folded, seconds)

    def _is_ours(self, event: Any) -> bool:
        """Whether no rebalance has come since it was fetched.

        Faust names the next generation only when it assigns, the room turns when it revokes.
        """
        current = event.message.generation_id == self._app.consumer_generation_id
        return bool(current and self._app.room.holds(event.value.turn))
