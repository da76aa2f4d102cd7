"""One channel: what waits for it, its pace, its patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from pipeline.alerting.messages.incident import Incident
from pipeline.alerting.messages.message import Message, message_of
from pipeline.alerting.messages.notification import Bout, Notification
from pipeline.bridge.ledger import Ledger
from pipeline.bridge.metrics import Metrics
from sinks.delivery.outcome import DeliveryError, Later, Refused
from sinks.delivery.pace import Pace

log = structlog.get_logger("pulse.bridge")

FIRST_SECONDS = 1.0
LONGEST_SECONDS = 60.0
TRIES = 6
"""Attempts at one group's news in a row."""
MOST_WAITING = 1_000
"""Groups that may wait for one channel; of each only the newest state waits."""

Deliver = Callable[[Message], Awaitable[None]]
"""Sends one message; raises Later or Refused."""


@dataclass(frozen=True)
class Clock:
    """The two clocks: epoch milliseconds, and seconds that never jump; and how to wait."""

    now_ms: Callable[[], int]
    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass
class _Waiting:
    """The newest state of one group, until the channel took it or refused it."""

    told: Notification
    incidents: Mapping[Bout, Incident | None]
    made_ms: int
    done: asyncio.Future[DeliveryError | None] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class Channel:
    """Delivers to one place, one message at a time, in order of the groups' first news.

    Later is waited for as long as it takes, up to a minute at a time or as long as the other side
    asks for; after some tries the next group has its turn. Refused ends the attempt; who asked
    hears of it and may ask again.
    """

    def __init__(
        self,
        name: str,
        deliver: Deliver,
        *,
        per_minute: int,
        ledger: Ledger,
        metrics: Metrics,
        clock: Clock,
    ) -> None:
        self.name = name
        self._deliver = deliver
        self._pace = Pace(per_minute)
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock
        self._waiting: dict[str, _Waiting] = {}
        self._work = asyncio.Event()
        self.sending = False
        self.failing_since_ms: int | None = None
        self.failed_ms = 0
        self.last_error = ""
        self.last_told_ms: int | None = None

    @property
    def waiting(self) -> int:
        """Groups with something to tell."""
        return len(self._waiting)

    def stuck(self, now_ms: int, longest_ms: int) -> bool:
        """Whether it has taken nothing for so long although there was something to tell."""
        since = self.failing_since_ms
        recently = bool(self._waiting) or now_ms - self.failed_ms < longest_ms
        return since is not None and recently and now_ms - since >= longest_ms

    def offer(
        self, told: Notification, incidents: Mapping[Bout, Incident | None]
    ) -> asyncio.Future[DeliveryError | None]:
        """Take in a group's state; the result is None once the channel has all that is news.

        A newer state takes the place of one that still waits, and answers for it.
        """
        now_ms = self._clock.now_ms()
        before = self._waiting.get(told.group_key)
        if before is None and not self._ledger.news(self.name, told.alerts, now_ms):
            return _settled(None)
        if before is None and len(self._waiting) >= MOST_WAITING:
            self._metrics.failed(self.name, "full")
            log.error("too much waits for a channel", channel=self.name, groups=MOST_WAITING)
            return _settled(Later(f"{MOST_WAITING} groups wait already", where=self.name))
        if before is None:
            self._waiting[told.group_key] = _Waiting(told, incidents, now_ms)
        else:
            before.told, before.incidents = told, {**before.incidents, **incidents}
        self._metrics.waits(self.name, self.waiting)
        self._work.set()
        return self._waiting[told.group_key].done

    async def run(self) -> None:
        """Deliver until cancelled."""
        while True:
            while not self._waiting:
                self._work.clear()
                await self._work.wait()
            group_key = next(iter(self._waiting))
            failed: DeliveryError | None = None
            try:
                await self._patiently(group_key)
            except Later:  # others first: it may be this one message that is not taken
                self._waiting[group_key] = self._waiting.pop(group_key)
                continue
            except Refused as refused:
                failed = refused
                self._note(refused, "refused")
            except Exception as error:  # a fault of ours must not silence a channel
                log.exception("a message could not be made", channel=self.name)
                failed = Refused(f"A fault of this program: {error!r}", where=self.name)
                self._note(failed, "fault")
            waiting = self._waiting.pop(group_key)
            self._metrics.waits(self.name, self.waiting)
            if not waiting.done.done():
                waiting.done.set_result(failed)

    async def _patiently(self, group_key: str) -> None:
        """Until the newest state of the group is told; Later after some tries."""
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(Later),
            wait=_wait,
            stop=stop_after_attempt(TRIES),
            sleep=self._clock.sleep,
            after=self._hear,
            reraise=True,
        )
        while not await retrying(self._attempt, group_key):
            pass

    async def _attempt(self, group_key: str) -> bool:
        """Tell what is news of the group now; True if nothing newer came meanwhile."""
        if wait_s := self._pace.wait_s(self._clock.monotonic()):
            await self._clock.sleep(wait_s)
        waiting = self._waiting[group_key]
        told, now_ms = waiting.told, self._clock.now_ms()
        news = self._ledger.news(self.name, told.alerts, now_ms)
        if news:
            message = message_of(told, waiting.incidents, news=news, made_ms=waiting.made_ms)
            self._pace.use(self._clock.monotonic())
            self.sending = True
            try:
                await self._deliver(message)
            finally:
                self.sending = False
            self._ledger.tell(self.name, message, self._clock.now_ms())
            self._metrics.told(self.name, firing=bool(message.firing))
            self.last_told_ms = self._clock.now_ms()
            log.info("told", channel=self.name, alerts=len(message.items), new=len(news))
        self.failing_since_ms, self.last_error = None, ""
        return waiting.told is told

    def _hear(self, attempt: RetryCallState) -> None:
        failure = attempt.outcome.exception() if attempt.outcome else None
        if isinstance(failure, Later):
            self._note(failure, "later")

    def _note(self, failure: DeliveryError, outcome: str) -> None:
        self._metrics.failed(self.name, outcome)
        self.failed_ms = self._clock.now_ms()
        self.failing_since_ms = self.failing_since_ms or self.failed_ms
        self.last_error = failure.what
        log.warning(
            "not delivered",
            channel=self.name,
            outcome=outcome,
            error=failure.what,
            remedy=failure.remedy,
        )


_backoff = wait_random_exponential(multiplier=FIRST_SECONDS, max=LONGEST_SECONDS)


def _wait(attempt: RetryCallState) -> float:
    """Random, so that channels do not come back all at once; never less than was asked for."""
    failure = attempt.outcome.exception() if attempt.outcome else None
    asked = failure.after_s if isinstance(failure, Later) else 0.0
    return max(asked, _backoff(attempt))


def _settled(result: DeliveryError | None) -> asyncio.Future[DeliveryError | None]:
    future: asyncio.Future[DeliveryError | None] = asyncio.get_running_loop().create_future()
    future.set_result(result)
    return future
