"""Logging of long-running commands: readable on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import logging.config
import sys
from typing import Any

import structlog


def logging_config(level: str, *, as_json: bool = False) -> dict[str, Any]:
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
            if level != "debug"
        },
    }


def start_logging(level: str, *, as_json: bool = False) -> None:
    """Set up logging of this process."""
    logging.config.dictConfig(logging_config(level, as_json=as_json))
