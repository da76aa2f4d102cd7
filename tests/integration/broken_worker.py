"""`pulse worker` with one part broken on purpose: `python -m tests.integration.broken_worker KIND`.

Of BROKEN and WELL, what stands still gives up after 12 s instead of a minute.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import agents.worker
from agents import intake, live
from agents.commit import Committer
from agents.folder import Folder
from agents.overseer import Overseer
from agents.transport import BatchConsumer
from agents.worker import Worker
from pipeline.cli import running
from pipeline.cli.main import main

STUCK_S = 12.0
BROKEN_TOPIC = "community.chat"
POISON = b"poison-"


async def _for_ever() -> None:
    await asyncio.Event().wait()


def _agent(broken: Callable[[], Any]) -> None:
    offer = Committer.offer

    async def offered(self: Committer, event: Any) -> None:
        if event.value.topic == BROKEN_TOPIC:
            await broken()
        await offer(self, event)

    Committer.offer = offered  # type: ignore[method-assign]


async def _crash() -> None:
    raise RuntimeError("this agent is broken on purpose")


def hung_agent() -> None:
    _agent(_for_ever)


def crashed_agent() -> None:
    _agent(_crash)


def hung_committer() -> None:
    Folder.fold = lambda *_: threading.Event().wait()  # type: ignore[method-assign]


def hung_fetch() -> None:
    async def never(*_: Any, **__: Any) -> None:
        await _for_ever()

    BatchConsumer._getmany = never


def dead_tick() -> None:
    async def dies(self: Worker) -> None:
        raise asyncio.CancelledError

    Worker.tick = dies  # type: ignore[method-assign]


def blocked_loop() -> None:
    async def blocks(self: Worker) -> None:
        threading.Event().wait()

    Worker.tick = blocks  # type: ignore[method-assign]


def hung_stop() -> None:
    """It does all it should, but does not come to an end when it is asked to."""

    async def stays(*_: Any, **__: Any) -> None:
        await _for_ever()

    Worker.on_shutdown = stays  # type: ignore[method-assign]
    running.LEAVE_S = 4.0


def slow_fold() -> None:
    """Not broken: each commit takes a while, and the interpreter is held for most of it."""
    fold = Folder.fold

    def folded(self: Folder, records: Any) -> Any:
        until = time.monotonic() + 3
        while time.monotonic() < until:
            sum(range(100_000))
        return fold(self, records)

    Folder.fold = folded  # type: ignore[method-assign]


def views_behind() -> None:
    """Not broken: no commit may wait for the live views, so they read all from the store."""
    live.WAITING_ROWS = -1


def _poison(end: Callable[[], Any]) -> None:
    decode = intake._decode

    def decoded(source: Any, values: Any, *given: Any) -> Any:
        if any(POISON in value for value in values if value):
            end()
        return decode(source, values, *given)

    intake._decode = decoded


def dies() -> None:
    """Not by a segfault: the engine's own handler prints stacks for minutes before it ends."""
    _poison(lambda: os.kill(os.getpid(), signal.SIGKILL))


def raises() -> None:
    _poison(lambda: 1 // 0)


BROKEN = {
    each.__name__: each
    for each in (hung_agent, crashed_agent, hung_committer, hung_fetch, dead_tick, blocked_loop)
}
WELL = {"as_it_is": lambda: None, "slow_fold": slow_fold, "hung_stop": hung_stop}
POISONED = {"dies": dies, "raises": raises}
"""Broken by a record that has POISON in it, and by nothing else."""
BEHIND = {"views_behind": views_behind}

if __name__ == "__main__":
    (BROKEN | WELL | POISONED | BEHIND)[sys.argv[1]]()
    if sys.argv[1] in BROKEN | WELL:
        agents.worker.Overseer = partial(Overseer, stuck_s=STUCK_S)  # type: ignore[misc,assignment]
    main(["worker"])
