"""The owner's side of the control socket: it runs operations for commands that may not write.

One request a connection, one JSON object a line: `{"operation": NAME, "arguments": {...}}`, then
any number of `{"progress": [what, done, total]}`, and last `{"result": ...}` or `{"error": ...}`.
A caller that goes away ends its operation at the next step of it.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Mapping
from io import BufferedRWPair
from typing import Any, TypeAlias

import structlog

from pipeline.clock import SharedClock
from pipeline.errors import PulseError, UsageError
from pipeline.operations.control_socket import LONGEST_REQUEST, WHERE, connect, control_path, listen
from pipeline.operations.operation import Context, Operation
from pipeline.settings import Settings, make_state_folder
from sinks.store import Store

log = structlog.get_logger("pulse.control")

CLOSE_SECONDS = 20.0

Lines: TypeAlias = "BufferedRWPair[Any, Any]"


class _CallerGone(Exception):
    """Nobody listens to the progress any more."""


class Control:
    """Listens in threads of its own from `open` to `close`; one operation runs at a time."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        operations: Mapping[str, Operation],
        *,
        offers: Mapping[str, object],
    ) -> None:
        self._settings = settings
        self._store = store
        self._operations = operations
        self._offers = offers
        self._path = control_path(settings)
        self._running = threading.Lock()
        self._closing = threading.Event()
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Listen; raise PulseError if another process listens there, or if it cannot."""
        make_state_folder(self._settings)
        other = connect(self._path)
        if other is not None:
            other.close()
            raise PulseError(
                "Another program listens on the control socket",
                where=str(self._path),
                remedy="Give each `pulse up` a PULSE_STATE_DIR of its own.",
            )
        try:
            self._listener = listen(self._path)
        except OSError as error:
            raise PulseError(
                f"The control socket cannot be opened: {error.strerror or error}",
                where=str(self._path),
                remedy="Set PULSE_STATE_DIR to a folder that this user may write to.",
            ) from error
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        """Take no more requests; end the one that runs at its next step, the store goes next."""
        if self._listener is None:
            return
        self._closing.set()
        listener, self._listener = self._listener, None
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        self._path.unlink(missing_ok=True)
        # For good: nothing may begin any more.
        if not self._running.acquire(timeout=CLOSE_SECONDS):
            log.warning("an operation did not end in time; it can be called again")

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        try:
            with caller, caller.makefile("rwb") as lines:
                _say(lines, self._answer(lines))
        except (_CallerGone, OSError):  # OSError: what was not yet sent, when the file is closed
            log.info("a caller of the control socket went away")

    def _answer(self, lines: Lines) -> dict[str, Any]:
        try:
            return {"result": self._perform(lines)}
        except PulseError as error:
            told = {"what": error.what, "where": error.where, "remedy": error.remedy}
            return {"error": {**told, "exit_code": error.exit_code}}
        except _CallerGone:
            raise
        except Exception as error:
            log.exception("an operation failed")
            told = {"what": f"It failed: {error!r}", "where": "the log of `pulse up`", "remedy": ""}
            return {"error": {**told, "exit_code": PulseError.exit_code}}

    def _perform(self, lines: Lines) -> object:
        name, arguments = _request(lines)
        if name == WHERE:
            return self._offers
        operation = self._operations.get(name)
        if operation is None:
            raise UsageError(
                f"The running program knows no operation {name}",
                where=str(self._path),
                remedy="Restart it with this version of the program.",
            )
        if not self._running.acquire(blocking=False):
            raise PulseError("Another operation is running", remedy="Try again when it has ended.")
        try:
            log.info("an operation begins", operation=name)

            def progress(what: str, done: int, total: int | None) -> None:
                if self._closing.is_set():
                    raise PulseError(
                        "The process that owns the store is being stopped",
                        remedy="Call it again; what was done stays done.",
                    )
                _say(lines, {"progress": [what, done, total]})

            clock = SharedClock(self._settings.clock_file)
            return operation(Context(self._settings, self._store, clock, progress), arguments)
        finally:
            self._running.release()


def _request(lines: Lines) -> tuple[str, dict[str, Any]]:
    try:
        told = json.loads(lines.readline(LONGEST_REQUEST))
        name, arguments = told["operation"], told["arguments"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError("The request is not one JSON object on one line") from error
    if not isinstance(name, str) or not isinstance(arguments, dict):
        raise UsageError("The request names no operation with arguments")
    return name, arguments


def _say(lines: Lines, told: Mapping[str, object]) -> None:
    try:
        lines.write(json.dumps(told, default=str).encode() + b"\n")
        lines.flush()
    except (OSError, ValueError) as error:  # ValueError: the file is closed already
        raise _CallerGone from error
