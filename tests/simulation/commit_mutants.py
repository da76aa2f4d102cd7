"""Known-wrong variants of how commits are folded, stored and acked: see mutants.py."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any
from unittest.mock import patch

from agents import commit
from agents.commit import Committer
from agents.pieces import Piece
from agents.storing import Storing


def ack_before_insert() -> AbstractContextManager[object]:
    """Records are acked when they are folded, not when they are stored."""
    real = Storing.store

    def store(self: Storing, folded: Any, piece: Piece, *, more: bool) -> Awaitable[None]:
        _ack(self, piece.done)
        return real(self, folded, piece, more=more)

    return patch.object(Storing, "store", store)


def acked_while_open() -> AbstractContextManager[object]:
    """Records are acked although a few facts, offsets and windows of theirs still wait."""
    real = Storing.store

    def store(self: Storing, folded: Any, piece: Piece, *, more: bool) -> Awaitable[None]:
        storing = real(self, folded, piece, more=more)

        async def store_and_ack() -> None:
            await storing
            _ack(self, piece.done)

        return store_and_ack()

    return patch.object(Storing, "store", store)


def windows_before_facts() -> AbstractContextManager[object]:
    """Windows are stored first, facts after them."""

    real = Storing._write_facts

    def write_facts(self: Storing, commits: Any, least: int) -> Any:
        for one in commits:
            for share in one.folded.shares.values():
                for windows in share.windows:
                    self._writer.insert("group_minute", windows)
        return real(self, commits, least)

    return patch.object(Storing, "_write_facts", write_facts)


def refused_while_windows_wait() -> AbstractContextManager[object]:
    """What the store refuses is folded anew before the other windows of its commit are stored."""

    real = Storing._fold_anew

    async def fold_anew(self: Storing, refusals: Any, commits: list[Any]) -> None:
        before = list(commits)
        with patch.object(self, "_write_rest", lambda _: None):
            await real(self, refusals, commits)
        for one in before:
            one.parts, one.done = [], []
        commits[:0] = before

    return patch.object(Storing, "_fold_anew", fold_anew)


def order_beside_what_is_open() -> AbstractContextManager[object]:
    """An order is carried out while a part of what lies before it still waits to be stored."""

    async def close(self: Committer, storing: Any) -> None:
        if storing is not None:
            await storing

    return patch.object(Committer, "_close", close)


def order_beside_others() -> AbstractContextManager[object]:
    """An order is carried out while what lies before it is still being stored."""
    real = commit.pieces

    def pieces(events: Sequence[Any]) -> list[Piece]:
        found = real(events)
        for piece in found:
            piece.alone = False
        return found

    return patch.object(commit, "pieces", pieces)


def stored_after_a_given_up_commit() -> AbstractContextManager[object]:
    """A commit is stored although the one before it was given up for a stop."""
    return patch.object(Committer, "_commit_next", _commit_next(minds_a_stop=False))


def folded_beside_an_order() -> AbstractContextManager[object]:
    """The commit after an order is folded while the order is still being stored."""
    return patch.object(Committer, "_commit_next", _commit_next(minds_an_order=False))


def _commit_next(*, minds_a_stop: bool = True, minds_an_order: bool = True) -> Any:
    async def commit_next(self: Committer, storing: Any) -> Any:
        taken = await self._gather()
        more = bool(self._waiting)
        found = commit.pieces(taken)
        if not found:
            await self._close(storing)
        for piece in found:
            if piece.alone:
                await self._close(storing)
            folded = await self._fold(piece)
            if storing is not None:
                await storing
            if folded.incarnation != self._folder.incarnation:
                folded = await self._fold(piece)
            if minds_a_stop and self._stopping.is_set():
                break
            behind = more and piece is found[-1] and not piece.alone
            store = self._storing.store(folded, piece, more=behind)
            storing = asyncio.create_task(self._guarded(store))
            if minds_an_order and piece.alone:
                await storing
        return storing

    return commit_next


def _ack(self: Storing, events: Iterable[Any]) -> None:
    for event in events:
        if self._is_ours(event):
            event.ack()
