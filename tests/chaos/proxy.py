"""A TCP proxy between the workers and the store, which loses answers, cuts, delays and goes deaf.

It tells the steps of an insert apart by who speaks: the client's INSERT, the server's sample block,
the client's rows, the server's word that they are stored.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from enum import StrEnum
from types import TracebackType
from typing import Self

from deploy.local.ports import HOST

CHUNK = 16 * 1024
END_OF_STREAM = b"\x05"
_RESET = struct.pack("ii", 1, 0)


class Step(StrEnum):
    """How far an insert on a connection has come."""

    IDLE = "idle"
    ASKED = "asked"
    SAMPLED = "sampled"
    SENDING = "sending"


class Trick(StrEnum):
    """What happens to the next insert, whoever's it is."""

    ACK_LOST = "ack lost"
    CUT = "cut"
    HELD = "held"


class Link:
    """One connection of a worker and its twin to the server."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.step = Step.IDLE
        self.sent = 0

    def reset(self) -> None:
        """Break both ends at once, as a dying machine does."""
        for end in (self.client, self.server):
            try:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()


class Proxy:
    """Listens on `port`; all workers go through it. Tricks are played once, on the next insert."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._links: set[Link] = set()
        self._lock = threading.Lock()
        self._trick: Trick | None = None
        self._after_bytes = 0
        self._played = threading.Event()
        self._release = threading.Event()
        self._release.set()
        self._hearing = threading.Event()
        self._hearing.set()
        self.delay_s = 0.0

    def play(self, trick: Trick, *, after_bytes: int = 0, within_s: float) -> bool:
        """Wait until `trick` has been played; whether an insert came within the time.

        A cut comes when an insert has sent `after_bytes` of its rows; a hold, too, until `go_on`.
        """
        self._played.clear()
        if trick is Trick.HELD:
            self._release.clear()
        self._after_bytes = after_bytes
        self._trick = trick
        played = self._played.wait(within_s)
        if not played:
            self._trick = None
            self._release.set()
        return played

    def go_on(self) -> None:
        """Let a held insert go on."""
        self._release.set()

    def deafen(self) -> None:
        """From now on nothing passes either way, and every connection stays open."""
        self._hearing.clear()

    def hear(self) -> None:
        """End that, by breaking what was open: what was on the way is lost."""
        with self._lock:
            links, self._links = self._links, set()
        for link in links:
            link.reset()
        self._hearing.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, name="proxy", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self._release.set()
        self.hear()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self._server_port), 5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link = Link(client, server)
            with self._lock:
                self._links.add(link)
            self._pump(link, client, server, self._from_client)
            self._pump(link, server, client, self._from_server)

    def _pump(
        self,
        link: Link,
        source: socket.socket,
        target: socket.socket,
        seen: Callable[[Link, bytes], None],
    ) -> None:
        def run() -> None:
            try:
                while chunk := source.recv(CHUNK):
                    self._hearing.wait()
                    if self.delay_s:
                        time.sleep(self.delay_s)
                    seen(link, chunk)
                    target.sendall(chunk)
            except OSError:
                pass
            link.reset()
            with self._lock:
                self._links.discard(link)

        threading.Thread(target=run, name="link", daemon=True).start()

    def _from_client(self, link: Link, chunk: bytes) -> None:
        if b"INSERT INTO " in chunk:
            link.step, link.sent = Step.ASKED, 0
        elif link.step in (Step.SAMPLED, Step.SENDING):
            link.step = Step.SENDING
            link.sent += len(chunk)
            if self._trick in (Trick.CUT, Trick.HELD) and link.sent > self._after_bytes:
                self._strike(link)

    def _from_server(self, link: Link, chunk: bytes) -> None:
        if link.step is Step.ASKED:
            link.step = Step.SAMPLED
        elif link.step is Step.SENDING and chunk.endswith(END_OF_STREAM):
            link.step = Step.IDLE
            if self._trick is Trick.ACK_LOST:
                self._strike(link)

    def _strike(self, link: Link) -> None:
        with self._lock:
            trick, self._trick = self._trick, None
        if trick is None:
            return
        if trick is not Trick.HELD:
            link.reset()
        self._played.set()
        self._release.wait()
