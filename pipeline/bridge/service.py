"""The bridge itself: what becomes of a call of Alertmanager's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import structlog

from pipeline.alerting.messages.notification import Notification
from pipeline.bridge.causes import Causes
from pipeline.bridge.channel import Channel, Clock
from pipeline.bridge.ledger import Ledger
from pipeline.bridge.metrics import Metrics
from pipeline.bridge.silence import FINGERPRINT, Silence
from sinks.delivery.outcome import DeliveryError

log = structlog.get_logger("pulse.bridge")

Kind = Literal["page", "notice"]

LOOK_S = 5.0
"""Between two looks for silence."""
LEAST_STUCK_MS = 300_000
"""A channel that fails for less is no reason to alarm the dead man's switch."""

OK, FAILED, WAITING = 200, 502, 503


@dataclass(frozen=True)
class Outcome:
    """What a call is answered with: 200 once every channel has it, 5xx so that it is repeated."""

    status: int
    told: Mapping[str, Any]


class Bridge:
    """Takes calls, asks for causes, offers to channels, listens for the watchdog.

    Delivery: at least once for each channel and state of an alert. A call is answered 200 when
    every channel has it; until then Alertmanager repeats it, and only those that lack it get it.
    """

    def __init__(
        self,
        routes: Mapping[Kind, Sequence[Channel]],
        *,
        causes: Causes,
        ledger: Ledger,
        metrics: Metrics,
        clock: Clock,
        answer_s: float,
        silence_ms: int,
        ping: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._routes = routes
        self._channels = tuple(dict.fromkeys(one for kind in routes.values() for one in kind))
        self._causes = causes
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock
        self._answer_s = answer_s
        self._stuck_ms = max(silence_ms, LEAST_STUCK_MS)
        self._ping = ping
        since_ms = ledger.firing_since(FINGERPRINT)
        self._silence = Silence(silence_ms, now_ms=clock.now_ms(), since_ms=since_ms)

    async def take(self, kind: Kind, told: Notification) -> Outcome:
        """Tell the channels of this kind what is news to them, and wait for them a while."""
        give_up = self._clock.monotonic() + self._answer_s
        channels, now_ms = self._routes[kind], self._clock.now_ms()
        news = frozenset[Any]().union(
            *(self._ledger.news(channel.name, told.alerts, now_ms) for channel in channels)
        )
        asked = sorted(
            (alert for alert in told.alerts if alert.firing or alert.bout in news),
            key=lambda alert: alert.bout not in news,
        )
        incidents = await self._causes.of(asked) if news else {}
        offered = {channel.name: channel.offer(told, incidents) for channel in channels}
        left = max(0.1, give_up - self._clock.monotonic())
        if offered:
            await asyncio.wait(offered.values(), timeout=left)
        return _outcome(offered)

    async def hear(self, told: Notification) -> Outcome:
        """The watchdog: note it, end a silence, and ask the dead man's switch."""
        if not any(alert.firing for alert in told.alerts):
            return Outcome(OK, {"watchdog": "ended"})
        now_ms = self._clock.now_ms()
        self._metrics.heard(now_ms)
        if ended := self._silence.heard(now_ms):
            log.info("alerting is heard again")
            self._say(ended)
        if self._ping is None:
            return Outcome(OK, {"watchdog": "heard"})
        if stuck := self._stuck(now_ms):
            self._metrics.pinged("withheld")
            log.error("the dead man's switch is not asked: alerts do not arrive", channels=stuck)
            return Outcome(OK, {"watchdog": "heard", "heartbeat": "withheld", "stuck": stuck})
        try:
            await self._ping()
        except DeliveryError as error:
            self._metrics.pinged("failed")
            log.warning("the dead man's switch", error=error.what, remedy=error.remedy)
            return Outcome(WAITING, {"watchdog": "heard", "heartbeat": error.what})
        self._metrics.pinged("taken")
        return Outcome(OK, {"watchdog": "heard", "heartbeat": "taken"})

    async def run(self) -> None:
        """Deliver, and look for silence, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for channel in self._channels:
                tasks.create_task(channel.run())
            tasks.create_task(self._listen())

    async def settle(self, seconds: float) -> None:
        """Let what is being sent arrive, for so long: cut off, it would be told twice."""
        give_up = self._clock.monotonic() + seconds
        while any(one.sending for one in self._channels) and self._clock.monotonic() < give_up:
            await self._clock.sleep(0.05)

    def why_not_ready(self) -> str:
        """Why alerts may not arrive now; empty if they do."""
        stuck = self._stuck(self._clock.now_ms())
        return f"not taken for minutes by: {', '.join(stuck)}" if stuck else ""

    def status(self) -> dict[str, Any]:
        """Everything about the bridge that is no secret."""
        return {
            "routes": {kind: [one.name for one in told] for kind, told in self._routes.items()},
            "watchdog_heard_ms": self._silence.heard_ms,
            "silent_since_ms": self._silence.since_ms,
            "heartbeat": self._ping is not None,
            "incidents_waiting": self._causes.pending,
            "channels": {
                one.name: {
                    "waiting": one.waiting,
                    "last_told_ms": one.last_told_ms,
                    "failing_since_ms": one.failing_since_ms,
                    "last_error": one.last_error,
                }
                for one in self._channels
            },
        }

    def _say(self, told: Notification) -> None:
        for channel in self._routes["page"]:
            channel.offer(told, {alert.bout: None for alert in told.alerts})

    async def _listen(self) -> None:
        while True:
            if silent := self._silence.at(self._clock.now_ms()):
                self._say(silent)
            await self._clock.sleep(LOOK_S)

    def _stuck(self, now_ms: int) -> list[str]:
        return [one.name for one in self._channels if one.stuck(now_ms, self._stuck_ms)]


def _outcome(offered: Mapping[str, asyncio.Future[DeliveryError | None]]) -> Outcome:
    told: dict[str, str] = {}
    status = OK
    for name, future in offered.items():
        if not future.done():
            told[name] = "waiting"
            status = max(status, WAITING)
        elif failed := future.result():
            told[name] = failed.what
            status = max(status, FAILED)
        else:
            told[name] = "told"
    return Outcome(status, {"channels": told})
