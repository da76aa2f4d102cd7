"""Who runs next: one seeded choice at every turn of an event loop and at every call of the store.

A simulated process has an event loop of its own (`Loop`), which turns only when it is told to, and
its executor's calls (`Call`) run in real threads of which only one ever runs: it rests at each
`pause` until it is chosen again. Time is virtual. So a seed decides everything.
"""

from __future__ import annotations

import asyncio
import heapq
import inspect
import random
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

STEP_S = 0.004
"""Virtual seconds that one turn takes."""


class Killed(BaseException):
    """Raised in a thread whose process was killed; nothing of the product catches it."""


class Broken(AssertionError):
    """An invariant does not hold."""


class Scheduler:
    """The virtual clock, the one source of chance, and the trace of a run."""

    def __init__(self, seed: int, tell: Callable[[str], None] | None = None) -> None:
        self.chance = random.Random(seed)
        self.now = 0.0
        self.trace: list[str] = []
        self.running: Call | None = None
        self.failure: BaseException | None = None
        self.stall_rate = 0.0
        self._tell = tell

    def note(self, what: str) -> None:
        """Write a line into the trace."""
        self.trace.append(what)
        if self._tell:
            self._tell(f"{self.now:8.3f}  {what}")

    def happens(self, probability: float) -> bool:
        """Whether a fault of this probability comes now."""
        return self.chance.random() < probability

    def broken(self, what: str) -> Broken:
        """The error of an invariant that does not hold, for whoever might swallow it."""
        self.failure = Broken(what)
        return self.failure

    def pause(self, stalls: float = 1.0) -> None:
        """In a thread: rest until chosen again, perhaps long; may be the end of it.

        `stalls`: how much more often than others this call stalls.
        """
        call = self.running
        if call is not None:
            if self.happens(self.stall_rate * stalls):
                call.stalled_until = self.now + self.chance.choice((0.2, 1.0))
            call.rest()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run a coroutine that waits for nothing."""
        try:
            while True:
                coroutine.send(None)
        except StopIteration:
            pass


class VirtualEvent:
    """A threading.Event whose waiting is resting: nobody sleeps."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._is_set = False

    def is_set(self) -> bool:
        return self._is_set

    def set(self) -> None:
        self._is_set = True

    def wait(self, timeout: float | None = None) -> bool:
        self._scheduler.pause()
        return self._is_set


class _Carrier:
    """A thread that carries calls, one after the other, for whichever run needs it."""

    idle: list[_Carrier] = []  # noqa: RUF012  (threads are shared on purpose)

    def __init__(self) -> None:
        self._go = threading.Lock()
        self._back = threading.Lock()
        self._go.acquire()
        self._back.acquire()
        self.call: Callable[[], None] | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def turn(self) -> None:
        """From outside: let it run until it rests or is done."""
        self._go.release()
        self._back.acquire()

    def rest(self) -> None:
        """From inside: give the turn back."""
        self._back.release()
        self._go.acquire()

    def _run(self) -> None:
        while True:
            self._go.acquire()
            if self.call is not None:
                self.call()
            self.call = None
            self.idle.append(self)
            self._back.release()


class Call:
    """One call in a process's thread, step by step."""

    def __init__(self, loop: Loop, future: asyncio.Future[Any], work: Callable[[], Any]) -> None:
        self._loop = loop
        self._future = future
        self._work = work
        self._carrier: _Carrier | None = None
        self._killed = False
        self._result: Any = None
        self._error: BaseException | None = None
        self.is_done = False
        self.stalled_until = 0.0

    def step(self) -> None:
        """Run it to its next rest or its end."""
        scheduler = self._loop.scheduler
        if self._carrier is None:
            self._carrier = _Carrier.idle.pop() if _Carrier.idle else _Carrier()
            self._carrier.call = self._carry
        scheduler.running = self
        self._carrier.turn()
        scheduler.running = None
        if self.is_done and not self._killed:
            self._loop.call_soon(self._settle)

    def rest(self) -> None:
        """In its thread: wait for the next step."""
        assert self._carrier is not None
        self._carrier.rest()
        if self._killed:
            raise Killed

    def kill(self) -> None:
        """End its thread where it rests."""
        self._killed = True
        if self._carrier is not None and not self.is_done:
            self.step()

    def _carry(self) -> None:
        try:
            self._result = self._work()
        except Killed:
            pass
        except BaseException as error:  # the loop hands it to whoever awaits the call
            self._error = error
        self.is_done = True

    def _settle(self) -> None:
        if self._future.cancelled():
            return
        if self._error is not None:
            self._future.set_exception(self._error)
        else:
            self._future.set_result(self._result)


class Loop(asyncio.AbstractEventLoop):
    """The event loop of one simulated process: it turns when chosen, one callback at a time."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self.failures: list[BaseException] = []
        self._ready: deque[asyncio.Handle] = deque()
        self._timers: list[tuple[float, int, asyncio.TimerHandle]] = []
        self._timer_count = 0
        self._calls: dict[int, deque[Call]] = {}
        self._coroutines: list[Coroutine[Any, Any, Any]] = []

    @property
    def has_turn(self) -> bool:
        """Whether some callback is due."""
        timers = self._timers
        while timers and timers[0][0] <= self.scheduler.now:
            handle = heapq.heappop(timers)[2]
            if not handle.cancelled():
                self._ready.append(handle)
        return bool(self._ready)

    def waking(self) -> Iterator[float]:
        """When something is due that is not yet."""
        if self._timers:
            yield self._timers[0][0]
        for queue in self._calls.values():
            if queue:
                yield queue[0].stalled_until

    def turn(self) -> None:
        """Run the oldest callback that is due."""
        handle = self._ready.popleft()
        if not handle.cancelled():
            asyncio._set_running_loop(self)
            try:
                handle._run()
            finally:
                asyncio._set_running_loop(None)

    def calls(self) -> list[Call]:
        """The calls that may take a step: each executor has one thread, so its first one."""
        found = []
        for queue in self._calls.values():
            while queue and queue[0].is_done:
                queue.popleft()
            if queue and queue[0].stalled_until <= self.scheduler.now:
                found.append(queue[0])
        return found

    def kill(self) -> None:
        """End all threads; no callback runs again."""
        for queue in self._calls.values():
            for call in queue:
                call.kill()
        for coroutine in self._coroutines:
            if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
                coroutine.close()  # else Python would complain that nobody ever awaited it
        self._calls.clear()
        self._ready.clear()
        self._timers.clear()

    # What asyncio asks of a loop.

    def time(self) -> float:
        return self.scheduler.now

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: Any = None, context: Any = None) -> Any:
        self._coroutines.append(coro)
        return asyncio.Task(coro, loop=self, name=name, context=context)

    def call_soon(self, callback: Any, *args: Any, context: Any = None) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        return self.call_at(self.scheduler.now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Any, *args: Any, context: Any = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._timer_count += 1
        heapq.heappush(self._timers, (when, self._timer_count, handle))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """A cancelled timer is passed over when it is due."""

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        future = self.create_future()
        call = Call(self, future, lambda: func(*args))
        self._calls.setdefault(id(executor), deque()).append(call)
        return future

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        failure = context.get("exception")
        if failure is not None:
            self.failures.append(failure)
