"""The running bridge: its parts put together, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from aiohttp import web

from pipeline.bridge.causes import Causes, Record
from pipeline.bridge.channel import Channel, Clock, Deliver
from pipeline.bridge.channels import PER_MINUTE, Outlets
from pipeline.bridge.ledger import Ledger
from pipeline.bridge.metrics import Metrics
from pipeline.bridge.server import application
from pipeline.bridge.service import Bridge, Kind
from pipeline.bridge_settings import BridgeSettings
from pipeline.errors import SettingsError

LEAVE_S = 5.0
MINUTE_MS = 60_000

log = structlog.get_logger("pulse.bridge")

WALL = Clock(now_ms=lambda: time.time_ns() // 1_000_000, monotonic=time.monotonic)


@dataclass(frozen=True)
class Plan:
    """What a bridge is made of: the channels of each kind, how each delivers, and the rest."""

    settings: BridgeSettings
    routes: Mapping[Kind, Sequence[str]]
    deliver: Mapping[str, Deliver]
    outlets: Outlets
    record: Record
    note: Path | None


def plan_of(
    settings: BridgeSettings,
    outlets: Outlets,
    *,
    record: Record,
    note: Path | None,
    instead: Deliver | None = None,
) -> Plan:
    """The plan of the settings; `instead` is what every message goes to in a dry run."""
    if instead is not None:
        routes: dict[Kind, Sequence[str]] = {"page": ("print",), "notice": ("print",)}
        return Plan(
            settings, routes, {"print": instead}, outlets, record, None
        )  # fmt: skip
    routes = {"page": settings.channels_of("page"), "notice": settings.channels_of("notice")}
    deliver = {name: outlets.deliver(name) for name in settings.configured}
    return Plan(settings, routes, deliver, outlets, record, note)


async def serve(plan: Plan, *, clock: Clock = WALL, stop: asyncio.Event | None = None) -> None:
    """Run until SIGTERM or SIGINT, or until `stop` is set; raises what ends it otherwise.

    SettingsError if it cannot listen where the settings say.
    """
    stop = stop or _on_signals()
    settings = plan.settings
    metrics = Metrics(plan.deliver)
    ledger = Ledger(plan.note, repeat_ms=settings.repeat_minutes * MINUTE_MS)
    channels = {
        name: Channel(
            name,
            deliver,
            per_minute=PER_MINUTE.get(name, 600),
            ledger=ledger,
            metrics=metrics,
            clock=clock,
        )
        for name, deliver in plan.deliver.items()
    }
    causes = Causes(plan.record, seconds=settings.record_seconds)
    bridge = Bridge(
        {kind: [channels[name] for name in names] for kind, names in plan.routes.items()},
        causes=causes,
        ledger=ledger,
        metrics=metrics,
        clock=clock,
        answer_s=settings.answer_seconds,
        silence_ms=settings.silence_minutes * MINUTE_MS,
        ping=plan.outlets.ping if settings.heartbeat_url.get_secret_value() else None,
    )
    runner = web.AppRunner(application(bridge, metrics), access_log=None, shutdown_timeout=LEAVE_S)
    await runner.setup()
    work = asyncio.create_task(bridge.run())
    stopping = asyncio.create_task(stop.wait())
    try:
        port = await _listen(runner, settings)
        log.info("listening", host=settings.host, port=port, channels=list(channels))
        await asyncio.wait((work, stopping), return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        await bridge.settle(LEAVE_S)
    finally:
        for task in (work, stopping):
            task.cancel()
        await runner.cleanup()
        await asyncio.gather(work, stopping, return_exceptions=True)
        causes.close()
        await plan.outlets.client.aclose()
    log.info("stopped; what was not told is told again by Alertmanager")


async def _listen(runner: web.AppRunner, settings: BridgeSettings) -> int:
    site = web.TCPSite(runner, settings.host, settings.port)
    try:
        await site.start()
    except OSError as error:
        raise SettingsError(
            f"The bridge cannot listen: {error.strerror or error}",
            where=f"{settings.host}:{settings.port}",
            remedy="Does another bridge run? Set PULSE_BRIDGE__PORT, and Alertmanager's URLs.",
        ) from error
    return int(runner.addresses[0][1])


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop
