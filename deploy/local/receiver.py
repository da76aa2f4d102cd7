"""The demo's on-call: a webhook that keeps what Alertmanager delivers, and tells what is new."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from deploy.local.delivery import Delivery, State, deliveries
from deploy.local.ports import HOST
from pipeline.errors import PulseError

MOST_BYTES = 4_000_000
"""No call of Alertmanager's comes near this."""


class Receiver:
    """Listens on a free port from `with` on; `file` keeps deliveries from run to run.

    A delivery counts once, however often Alertmanager repeats it, and is dated by `now_ms`.
    Delivery: it is in the file before Alertmanager hears that it arrived. `on_news` is called for
    each new one, from the server's threads, one at a time.
    """

    def __init__(
        self, file: Path, now_ms: Callable[[], int], on_news: Callable[[Delivery], None]
    ) -> None:
        self._file = file
        self._now_ms = now_ms
        self._on_news = on_news
        self._lock = Lock()
        self._received = _read(file)
        self._known = {delivery.news for delivery in self._received}
        self._server: ThreadingHTTPServer | None = None

    @property
    def received(self) -> tuple[Delivery, ...]:
        """All deliveries in order of arrival, those of earlier runs first."""
        with self._lock:
            return tuple(self._received)

    @property
    def url(self) -> str:
        """Where it listens; each path below it takes deliveries."""
        if self._server is None:
            raise PulseError("The receiver does not run")
        return f"http://{HOST}:{self._server.server_port}"

    def take(self, payload: object) -> None:
        """Take in one webhook call; KeyError, TypeError or ValueError when it is none."""
        with self._lock:
            for delivery in deliveries(payload, self._now_ms()):
                if delivery.news not in self._known:
                    with self._file.open("a") as lines:
                        lines.write(json.dumps(asdict(delivery), ensure_ascii=False) + "\n")
                    self._known.add(delivery.news)
                    self._received.append(delivery)
                    self._on_news(delivery)

    def __enter__(self) -> Self:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._server = ThreadingHTTPServer((HOST, 0), _handler(self))
        serve = partial(self._server.serve_forever, poll_interval=0.1)
        Thread(target=serve, name="receiver", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if not 0 < length <= MOST_BYTES:
                self.send_error(413)
                return
            try:
                receiver.take(json.loads(self.rfile.read(length)))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.send_error(400, explain=f"This is no call of Alertmanager's: {error!r}")
                return
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: the deliveries are the log."""

    return Handler


def _read(file: Path) -> list[Delivery]:
    if not file.exists():
        return []
    rows = map(json.loads, file.read_text().splitlines())
    return [Delivery(**row | {"state": State(row["state"])}) for row in rows]
