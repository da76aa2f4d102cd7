"""`pulse up`: everything in one process, on the embedded store."""

from __future__ import annotations

import asyncio
import threading

from agents.app import create_app
from pipeline.cli.running import JsonLines, LogLevel, run_until_signalled
from pipeline.clock import SharedClock
from pipeline.operations.rolling import rollup_of
from pipeline.settings import load_settings
from sinks.migrate import up as migrate_up
from sinks.topics import create_topics


def command(log_level: LogLevel = "info", *, as_json: JsonLines = False) -> None:
    """Worker, rollup and exporter in one process; makes missing topics and tables first."""
    settings = load_settings()
    create_topics(settings.kafka)
    app = create_app(settings)
    stop = threading.Event()

    async def roll_up() -> None:
        rollup = rollup_of(settings, app.worker.store, SharedClock(settings.clock_file))
        try:
            await asyncio.to_thread(rollup.run_forever, stop)
        finally:
            stop.set()

    run_until_signalled(
        app, log_level=log_level, as_json=as_json, prepare=migrate_up, extra=(roll_up,)
    )
