"""Logging of long-running commands: readable on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import logging.config
import sys
from enum import StrEnum
from typing import Annotated, Any

import structlog
import typer


class Level(StrEnum):
    """From how grave on something is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


LogLevel = Annotated[
    Level,
    typer.Option("--log-level", "-l", case_sensitive=False, help="From what on it is logged."),
]


def logging_config(level: Level, *, as_json: bool = False) -> dict[str, Any]:
    """A `logging.config` dictionary that gives Faust's and our own lines one format."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: Any = structlog.processors.JSONRenderer()
    if sys.stderr.isatty() and not as_json:
        renderer = structlog.dev.ConsoleRenderer()
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    renderer,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            # Libraries tell every step of theirs as info; what is wrong still comes through.
            name: {"level": "WARNING"}
            for name in ("kafka", "aiokafka", "faust", "mode", "agents", "httpx")
            if level is not Level.DEBUG
        },
    }


def start_logging(level: Level, *, as_json: bool = False) -> None:
    """Set up logging of this process."""
    logging.config.dictConfig(logging_config(level, as_json=as_json))
