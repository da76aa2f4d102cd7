"""The HTTP side of the exporter: /metrics, and a probe for each question of a supervisor."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterable, Mapping
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Probe = Callable[[], str]
"""Why not, in one line; empty if all is well. Asked from any thread, and answers at once."""

METRICS = "/metrics"


class PrometheusServer:
    """Answers GET and HEAD from threads of its own, whatever the worker does.

    `metrics` gives /metrics in Prometheus' text format: all of it, or only the series that are
    asked for by name, as in /metrics?name[]=up. A probe's path is 200, or 503 with the line that
    says why not. Raises OSError when the address cannot be had.
    """

    def __init__(
        self,
        host: str,
        port: int,
        metrics: Callable[[Collection[str]], bytes],
        probes: Mapping[str, Probe],
    ) -> None:
        self._metrics = metrics
        self._probes = probes
        self._server = _Server(host, port)
        self._server.set_app(self._answer)
        self._thread = Thread(target=self._server.serve_forever, name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._server.server_port)

    def close(self) -> None:
        """Stop answering and free the port."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answer = self._answer_in_full(environ, start)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else answer

    def _answer_in_full(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return _line(start, "405 Method Not Allowed", "GET and HEAD alone")
        if path == METRICS:
            names = parse_qs(environ["QUERY_STRING"]).get("name[]", ())
            return _answer(start, "200 OK", CONTENT_TYPE_PLAIN_0_0_4, self._metrics(names))
        if path not in self._probes:
            there = ", ".join((METRICS, *self._probes))
            return _line(start, "404 Not Found", f"there is {there}")
        why_not = self._probes[path]()
        return _line(start, "503 Service Unavailable" if why_not else "200 OK", why_not or "ok")


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, host: str, port: int) -> None:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        self.address_family = found[0][0]
        super().__init__((host, port), _Silent)


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: a scrape every few seconds is no news."""


def _line(start: StartResponse, status: str, line: str) -> list[bytes]:
    return _answer(start, status, "text/plain", f"{line}\n".encode())


def _answer(start: StartResponse, status: str, kind: str, body: bytes) -> list[bytes]:
    start(status, [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
