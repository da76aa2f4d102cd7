"""What `pulse worker` and `pulse up` share: a Faust worker in this process, until a signal."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

import faust
import structlog
import typer
from mode.loop import use as use_loop

from agents.app import PulseApp, create_app
from agents.commit import LEFT_ON_AN_ERROR
from pipeline.cli.logs import Level, logging_config, start_logging
from pipeline.settings import Settings
from sinks.store import Store

JsonLines = Annotated[
    bool, typer.Option("--json", help="Log JSON lines; without a terminal it does so anyway.")
]

Task = Callable[[], Coroutine[Any, Any, None]]

LEAVE_S = 25.0
"""A stop that takes longer is cut off: what is stored needs no goodbye, and is read on from there.

Below the 30 s that supervisors wait before they kill.
"""

log = structlog.get_logger("pulse.worker")


def new_app(settings: Settings) -> PulseApp:
    """The Faust app on uvloop, which has to be chosen first: Faust makes its loop with the app."""
    use_loop("uvloop")
    return create_app(settings)


class PromptWorker(faust.Worker):
    """Faust's worker, which may wait for ever for a broker that does not let it leave its group."""

    def _schedule_shutdown(self, signal: Any) -> None:
        deadline = threading.Timer(LEAVE_S, _leave)
        deadline.daemon = True
        deadline.start()
        super()._schedule_shutdown(signal)

    async def _sentinel_task(self) -> None:
        """Close the loop at once: Faust waits a second here, when everything has stopped."""


def _leave() -> None:
    log.error("the stop takes too long; leaving, a restart goes on", after_s=LEAVE_S)
    os._exit(LEFT_ON_AN_ERROR)


def run_until_signalled(
    app: PulseApp,
    *,
    log_level: Level,
    as_json: bool,
    prepare: Callable[[Store], object] | None = None,
    extra: tuple[Task, ...] = (),
) -> None:
    """Run the app until SIGTERM or SIGINT, and leave the process; `extra` tasks run beside it.

    What the worker needs is opened first, so that its errors are told as ours; `prepare` gets the
    store before it is checked.
    """
    start_logging(log_level, as_json=as_json)
    app.worker.open(prepare)
    for task in extra:
        app.task(task)
    worker = PromptWorker(
        app,
        loglevel=log_level,
        logging_config=logging_config(log_level, as_json=as_json),
        redirect_stdouts=False,
        quiet=True,
    )
    try:
        worker.execute_from_commandline()
    except SystemExit as ended:
        # The interpreter's end would hang while a thread still asks the embedded engine.
        logging.shutdown()
        sys.stdout.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 1)
