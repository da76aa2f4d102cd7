"""Group commit: queued batches of all partitions into one commit, stored, then acked in order.

One commit is folded while the one before is stored. Delivery: a record is acked only when its
facts, its offsets and its windows are in the store (writer.py); an unexpected error leaves the
process, because Faust would ack the record that raised it.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import polars as pl
import structlog

from agents.faults import NO_FAULTS, FaultPoint, Faults
from agents.folder import Folded, Folder
from agents.letters import Letters, own_letters, sent_letters
from agents.pace import merge_age
from agents.pieces import Piece, pieces
from agents.probation import NO_PROBATION, NO_RECORDS_FAULT, Probation
from agents.transport import Batch, BatchApp
from agents.writer import Refused, Writer
from pipeline.core.records import Records
from pipeline.core.rows import Source, offset_rows
from sinks.dead_letter import rows as letter_rows

log = structlog.get_logger("pulse.commit")

LEFT_ON_AN_ERROR = 70

T = TypeVar("T")


class Committer:
    """Gathers what the agents offer and carries it through fold, store and ack.

    `on_stored` is told of each commit once it is durable, before its records are acked. `crowded`,
    set from outside, makes commits wait longer for company.
    """

    def __init__(
        self,
        app: BatchApp,
        folder: Folder,
        writer: Writer,
        letters: Letters,
        *,
        source_of: Callable[[str, int], Source],
        on_stored: Callable[[Folded, float], None],
        stopping: threading.Event,
        rows_limit: int,
        longest_age_s: float,
        faults: Faults = NO_FAULTS,
        probation: Probation = NO_PROBATION,
    ) -> None:
        self._app = app
        self._folder = folder
        self._writer = writer
        self._letters = letters
        self._source_of = source_of
        self._on_stored = on_stored
        self._rows_limit = rows_limit
        self._longest_age_s = longest_age_s
        self._faults = faults
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
        self._store_thread = ThreadPoolExecutor(1, "store")
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
            await self._in_fold_thread(self._probation.forget)

    async def _commit_next(self, storing: asyncio.Task[None] | None) -> asyncio.Task[None] | None:
        """Fold one commit while the one before is stored; the task that stores this one."""
        waiting = deque(await self._cut(await self._gather()))
        while waiting:
            piece = waiting.popleft()
            if piece.alone and storing is not None:
                await storing
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
            storing = asyncio.create_task(self._store(folded, piece))
            if piece.alone:
                await storing
        return storing

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

    async def _store(self, folded: Folded, piece: Piece) -> None:
        with self._leaving_on_errors():
            await self._store_and_ack(folded, piece)

    async def _store_and_ack(self, folded: Folded, piece: Piece) -> None:
        loop = asyncio.get_running_loop()
        started = time.perf_counter()
        while True:
            try:
                await loop.run_in_executor(self._store_thread, self._write, folded)
                break
            except Refused as refused:
                log.error("the store refused facts", rows=refused.rows.height, code=refused.code)
                async with self._folding:
                    await loop.run_in_executor(self._store_thread, self._write_verdict, refused)
                    self._folder.forget()
                    folded = await self._fold_now(piece)
        self._folder.durable = folded.number
        self._on_stored(folded, time.perf_counter() - started)
        self._faults.reach(FaultPoint.BEFORE_ACK)
        for event in piece.done:
            self._app.room.give_back(event.value.size, event.value.turn)
            if self._is_ours(event):
                event.ack()
        self._faults.reach(FaultPoint.AFTER_ACK)

    def _write(self, folded: Folded) -> None:
        own = own_letters(folded.taken)
        letters = letter_rows([*own, *sent_letters(folded.letters)])
        self._writer.write(folded, letters, _offsets(folded))
        self._letters.publish(own)
        self._probation.passed({taken.source: taken.last_offset for taken in folded.taken})

    def _write_verdict(self, refused: Refused) -> None:
        self._writer.insert("dead_letter", self._letters.verdicts(refused))

    def _is_ours(self, event: Any) -> bool:
        """Whether no rebalance has come since it was fetched.

        Faust names the next generation only when it assigns, the room turns when it revokes.
        """
        current = event.message.generation_id == self._app.consumer_generation_id
        return bool(current and self._app.room.holds(event.value.turn))


def _offsets(folded: Folded) -> pl.DataFrame:
    return offset_rows(
        [
            (taken.source, taken.first_offset, taken.last_offset, taken.records, taken.appended_ms)
            for taken in folded.taken
        ]
    )
