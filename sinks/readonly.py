"""One query on the embedded store that can only read: checked, bounded, in any format.

Each query has a session of its own, which costs 0.4 ms and leaves nothing behind: no database, no
setting and no parameter of another client, and a query that dies takes only its session along.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from chdb.session import Session

from pipeline.settings import EndpointSettings
from sinks.embedded import DATABASE
from sinks.endpoint_errors import QueryFailed, from_engine
from sinks.endpoint_request import Request
from sinks.endpoint_settings import accepted, own_limits
from sinks.native_revision import reframe
from sinks.query_gate import FILES, LONGEST, QueryGate
from sinks.sql import literal

_FIXED: Mapping[str, int | float | str] = {
    "timeout_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    "read_overflow_mode": "throw",
    "allow_introspection_functions": 0,
    "implicit_select": 0,  # else `exit` is a query, and the engine's client obeys it
    "max_query_size": 4 * LONGEST,  # our own literal of a text is longer than the text
}
_BY_REVISION: Mapping[str, int | str] = {
    "output_format_native_encode_types_in_binary_format": 1,
}
_SYSTEM_TABLES = ("stack_trace",)
"""Gone while the endpoint is served: reading it sends a signal to every thread of the worker."""

_UNFIT_FORMATS = frozenset({"mysqlwire", "postgresqlwire", "odbcdriver2"})
"""Formats that speak a protocol, not an answer."""


@dataclass(frozen=True)
class Answer:
    """What a query gave: the bytes in `format`, and what it cost."""

    data: bytes
    format: str
    read_rows: int
    read_bytes: int
    result_rows: int
    elapsed_ns: int


@dataclass(eq=False)
class Token:
    """Names one run of a query, known to nobody else; with it the run can be cancelled."""

    name: str = field(default_factory=lambda: f"pulse-endpoint-{uuid.uuid4()}")
    cancelled: bool = False


@dataclass(frozen=True)
class Engine:
    """What an engine says of itself, asked once."""

    version: str
    zone: str
    name: str


class ReadOnly:
    """Runs queries on an open embedded store; every method from any thread.

    The store's folder must stay open by its owner until `close` has returned.
    """

    def __init__(self, folder: Path, settings: EndpointSettings) -> None:
        self._folder = folder
        self._limits = own_limits(settings)
        self._running: set[Token] = set()
        self._closing = False
        self._lock = threading.Lock()
        self._owner = self._session()
        for table in _SYSTEM_TABLES:
            self._owner.query(f"DETACH TABLE IF EXISTS system.{table}")
        self._gate = QueryGate(self._owner)
        said = self._owner.query("SELECT version(), timezone(), displayName()", "TSVRaw")
        self.engine = Engine(*said.bytes().decode().rstrip("\n").split("\t"))
        names = self._owner.query("SELECT name FROM system.formats WHERE is_output", "TSVRaw")
        self._formats = {
            name.lower(): name
            for name in names.bytes().decode().split()
            if name.lower() not in _UNFIT_FORMATS
        }

    def run(self, request: Request, token: Token | None = None) -> Answer:
        """Answer one query, waiting for its end; `token` is for `cancel`. Raises QueryFailed."""
        settings = {
            name: known
            for name, value in request.settings.items()
            if (known := accepted(name, value, self._limits)) is not None
        }
        token = token or Token()
        session = self._session()
        try:
            self._prepare(session, request, settings, token.name)
            named = self._gate.check(session, request.text, request.params)
            output = self._format(named or request.default_format)
            with self._lock:
                if self._closing:
                    raise QueryFailed(236, "The endpoint is closing", name="ABORTED")
                if token.cancelled:
                    raise QueryFailed(394, "Query was cancelled: its client has gone")
                self._running.add(token)
            try:
                answer = session.query(request.text, output, params=dict(request.params))
            finally:
                with self._lock:
                    self._running.discard(token)
            data = bytes(answer.bytes())
            return Answer(
                data=reframe(data, request.revision) if output == "Native" else data,
                format=output,
                read_rows=answer.storage_rows_read(),
                read_bytes=answer.storage_bytes_read(),
                result_rows=answer.rows_read(),
                elapsed_ns=int(answer.elapsed() * 1e9),
            )
        except RuntimeError as error:
            raise from_engine(error) from None
        finally:
            session.close()

    def cancel(self, token: Token) -> None:
        """End the run of `token` soon, or let it not begin; nothing if it has ended.

        To be called until it has ended: the engine may not know the query yet.
        """
        with self._lock:
            token.cancelled = True
            if token in self._running:
                self._kill(token)

    def close(self) -> None:
        """Let no query begin and end those that run; return at once, `run` raises in theirs.

        To be called until all of them have returned: one may have been about to begin.
        """
        with self._lock:
            self._closing = True
            for token in self._running:
                self._kill(token)

    def free(self) -> None:
        """Give the last session back, once no query runs any more."""
        self._owner.close()

    def _kill(self, token: Token) -> None:
        self._owner.query(f"KILL QUERY WHERE Settings['log_comment'] = {literal(token.name)} ASYNC")

    def _prepare(
        self, session: Session, request: Request, given: Mapping[str, float | str], comment: str
    ) -> None:
        by_revision = _BY_REVISION if request.revision else {}
        wanted = {**_FIXED, **self._limits, **given, **by_revision, "log_comment": comment}
        listed = ", ".join(f"{name} = {literal(value)}" for name, value in wanted.items())
        database = request.database or DATABASE
        if database == FILES:  # what clients ask for by default
            database = DATABASE
        session.query(f"USE {_name(database)}")
        session.query(f"SET {listed}, readonly = 1")

    def _format(self, name: str) -> str:
        known: str | None = self._formats.get(name.lower())
        if known is None:
            raise QueryFailed(73, f"Unknown format {name}")
        return known

    def _session(self) -> Session:
        try:
            return Session(str(self._folder))
        except RuntimeError as error:
            raise from_engine(error) from None


def _name(identifier: str) -> str:
    escaped = identifier.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{escaped}`"
