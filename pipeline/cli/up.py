"""`pulse up`: everything in one process, on the embedded store, which it opens to others."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, cast

import structlog

from agents.app import PulseApp
from pipeline.audit.schedule import AuditSchedule
from pipeline.cli.logs import Level, LogLevel
from pipeline.cli.running import JsonLines, new_app, run_until_signalled
from pipeline.clock import SharedClock
from pipeline.operations.control import Control
from pipeline.operations.rolling import rollup_of, schedule_of
from pipeline.operations.table import OPERATIONS
from pipeline.pseudonym import load_pseudonyms
from pipeline.settings import Settings, load_settings
from sinks.endpoint_request import url_of
from sinks.key_guard import check_key
from sinks.migrate import up as migrate_up
from sinks.store import Store
from sinks.topics import create_topics

if TYPE_CHECKING:
    from sinks.embedded import EmbeddedStore

log = structlog.get_logger("pulse.up")


def command(log_level: LogLevel = Level.INFO, *, as_json: JsonLines = False) -> None:
    """Worker, rollup, /metrics and SQL in one process; makes missing topics and tables first.

    The embedded store has one owner, this process: others read it by SQL over HTTP, and write to
    it through a control socket in PULSE_STATE_DIR.
    """
    settings = load_settings()
    create_topics(settings.kafka)
    app = new_app(settings)
    stop = threading.Event()

    async def roll_up() -> None:
        rollup = rollup_of(settings, app.worker.store, SharedClock(settings.clock_file))
        try:
            await asyncio.to_thread(rollup.run_forever, stop)
        finally:
            stop.set()

    async def roll_up_catalogue() -> None:
        schedule = schedule_of(settings, app.worker.store, SharedClock(settings.clock_file))
        await asyncio.to_thread(schedule.run_forever, stop)

    async def audit() -> None:
        audits = AuditSchedule(settings, app.worker.store, SharedClock(settings.clock_file))
        await asyncio.to_thread(audits.run_forever, stop)

    def prepare(store: Store) -> None:
        migrate_up(store)
        check_key(store, load_pseudonyms(settings).key_id)  # before others may write
        open_to_others(app, store, settings)

    run_until_signalled(
        app,
        log_level=log_level,
        as_json=as_json,
        prepare=prepare,
        extra=(roll_up, roll_up_catalogue, audit),
    )


def open_to_others(app: PulseApp, store: Store, settings: Settings) -> None:
    """Serve the embedded store until the worker closes it; a server serves itself."""
    if not settings.store.startswith("chdb:"):
        return
    from sinks.endpoint import Endpoint  # noqa: PLC0415  (loads a 300 MB engine)

    host = settings.endpoint.host
    endpoint = Endpoint(cast("EmbeddedStore", store), settings.endpoint)
    port = endpoint.serve()
    app.worker.beside.callback(endpoint.close)
    log.info("SQL is served", host=host, port=port)
    offers = {"endpoint": url_of(host, port), "pid": os.getpid()}
    control = Control(settings, store, OPERATIONS, offers=offers)
    control.open()
    app.worker.beside.callback(control.close)
