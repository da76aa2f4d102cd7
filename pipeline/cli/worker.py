"""`pulse worker`: one worker against the store of the settings."""

from __future__ import annotations

from pipeline.cli.logs import Level, LogLevel
from pipeline.cli.running import JsonLines, new_app, run_until_signalled
from pipeline.settings import load_settings


def command(log_level: LogLevel = Level.INFO, *, as_json: JsonLines = False) -> None:
    """Read Kafka, keep the windows, write the store; stops within seconds of SIGTERM."""
    run_until_signalled(new_app(load_settings()), log_level=log_level, as_json=as_json)
