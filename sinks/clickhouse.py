"""A ClickHouse server over its native protocol: clickhouse-driver, one client per thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import polars as pl
from clickhouse_driver import Client
from clickhouse_driver import defines as protocol
from clickhouse_driver.block import RowOrientedBlock
from clickhouse_driver.protocol import ClientPacketTypes
from clickhouse_driver.varint import write_varint
from clickhouse_driver.writer import write_binary_str

from pipeline.errors import SettingsError
from sinks.split import blocks
from sinks.sql import bind
from sinks.store import MODERN, at_least
from sinks.store_errors import store_errors

SESSION_SETTINGS: dict[str, int | str] = {
    "async_insert": 0,  # an insert that returns is stored, not queued
    "insert_deduplicate": 0,  # a repeated block is harmless, a falsely dropped one is loss
    "deduplicate_insert": "disable",  # the same from 26.2 on
    "optimize_on_insert": 0,  # FINAL and merges do that work; 3 times faster inserts
    "max_query_size": 1 << 28,  # IN (100,000 ids) is long
    "max_ast_elements": 10_000_000,
    "max_expanded_ast_elements": 10_000_000,
}
"""What every session asks for, as far as the server knows the setting."""

LARGE_BYTES = 1 << 16
"""A part of more goes to the socket as it is, not through the driver's buffer."""

WRITE_URL = "Write clickhouse://user:password@host:9000/database."

LOOPBACK = ("127.0.0.1", "::1", "localhost")

# The driver warns for each column type numpy lacks, and of each lost connection with a
# traceback; what matters of that is raised here.
logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)


class ServerStore:
    """`clickhouse://user:password@host:9000/database`, or `clickhouses://` with TLS (9440).

    After `?`: `compression=lz4|none` (lz4, but none to the own machine, where it costs more
    than it saves), `ca_file=PATH` (with TLS). Delivery: see sinks.store.
    """

    def __init__(self, url: str, *, role: str = "worker") -> None:
        self.address, self._arguments = parse_url(url)
        self._arguments["client_name"] = f"pulse-{role}"
        self._threads = threading.local()
        self._clients: list[_FrameClient] = []
        self._lock = threading.Lock()

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """See Store.insert."""
        from sinks.key_order import key_of  # noqa: PLC0415  (loads a compiler)

        columns = ", ".join(f"`{name}`" for name in frame.columns)
        for block in blocks(frame):
            if block.height:
                with store_errors(self.address):
                    statement = f"INSERT INTO {table} ({columns}) VALUES"
                    self._client().insert(statement, block, key_of(table, block.height))

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """See Store.query."""
        text = bind(sql, params)
        with store_errors(self.address):
            return self._client().frame(text)

    def ask(self, sql: str) -> pl.DataFrame:
        """Rows of somebody else's SELECT, on a connection that the server holds to reading.

        Types as in `query`. Raises Retryable or Fatal.
        """
        with store_errors(self.address), _FrameClient(**self._arguments) as client:
            client.settings = {"use_numpy": True}
            rows: pl.DataFrame = client.frame(sql, readonly=1)
            return rows

    def execute(self, sql: str) -> None:
        """See Store.execute."""
        with store_errors(self.address):
            self._client().execute(sql)

    def create_database(self) -> None:
        """See Store.create_database; connects without a database to do it."""
        self._outside(f"CREATE DATABASE IF NOT EXISTS `{self._arguments['database']}`")

    def version(self) -> str:
        """See Store.version; our database need not be there."""
        return str(self._outside("SELECT version()")[0][0])

    def _outside(self, sql: str) -> Any:
        """What the server answers outside of any database."""
        with store_errors(self.address), Client(**{**self._arguments, "database": ""}) as client:
            return client.execute(sql)

    @cached_property
    def modern(self) -> bool:
        """See Store.modern; asked once."""
        return at_least(self.version(), MODERN)

    def close(self) -> None:
        """Disconnect the clients of all threads."""
        with self._lock:
            for client in self._clients:
                client.disconnect()
            self._clients.clear()
        self._threads = threading.local()

    def _client(self) -> _FrameClient:
        """This thread's client. The driver reconnects a dead one by itself."""
        client: _FrameClient | None = getattr(self._threads, "client", None)
        if client is None:
            client = _FrameClient(**self._arguments, settings={"use_numpy": True})
            client.settings = _known(client, SESSION_SETTINGS)
            self._threads.client = client
            with self._lock:
                self._clients.append(client)
        return client


class _FrameClient(Client):  # type: ignore[misc]  # the driver has no types
    """The driver's client, reading and writing polars frames instead of Python objects."""

    def insert(self, statement: str, frame: pl.DataFrame, key: Sequence[str]) -> None:
        self.execute(statement, [frame, key], columnar=True)

    def frame(self, sql: str, **settings: int) -> pl.DataFrame:
        return pl.DataFrame(self.query_arrow(sql, field_metadata=False, settings=settings or None))

    def send_data(
        self,
        sample_block: Any,
        data: Sequence[Any],
        types_check: bool = False,
        columnar: bool = False,
    ) -> int:
        """Send a frame as one Native block (the driver would cut and pack Python lists).

        `data` is the frame and the columns to sort it by, see `encode`.
        Called by `execute` once the server has told the columns' types.
        """
        from sinks.native import encode  # noqa: PLC0415  (loads a compiler)

        frame: pl.DataFrame
        frame, key = data
        connection = self.connection
        revision = connection.server_info.used_revision
        parts = encode(
            frame,
            sample_block.columns_with_types,
            key=key,
            serialization_byte=revision >= protocol.DBMS_MIN_REVISION_WITH_CUSTOM_SERIALIZATION,
        )
        write_varint(ClientPacketTypes.DATA, connection.fout)
        write_binary_str("", connection.fout)
        stream = connection.block_out
        RowOrientedBlock().info.write(stream.fout)
        for part in parts:
            if stream.fout is connection.fout and len(part) > LARGE_BYTES:  # without compression
                connection.fout.flush()
                connection.socket.sendall(part)
            else:
                stream.fout.write(bytes(part))  # the driver takes anything else for bytes as well
        stream.finalize()
        self.receive_profile_events()
        connection.send_data(RowOrientedBlock())
        self.receive_profile_events()
        return frame.height


def _known(client: Client, settings: Mapping[str, int | str]) -> dict[str, int | str]:
    """Those the server knows: an old one refuses a query with a setting it does not know."""
    names = ", ".join(f"'{name}'" for name in settings)
    known = client.execute(f"SELECT name FROM system.settings WHERE name IN ({names})")
    return {name: settings[name] for (name,) in known}


def parse_url(url: str) -> tuple[str, dict[str, Any]]:
    """Address without password, and the driver's arguments."""
    parts = urlsplit(url)
    try:
        given_port = parts.port
    except ValueError as error:
        raise SettingsError(
            f"The store's URL is wrong: {error}", where="PULSE_STORE", remedy=WRITE_URL
        ) from error
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    secure = parts.scheme == "clickhouses"
    host = parts.hostname or "127.0.0.1"
    port = given_port or (9440 if secure else 9000)
    database = parts.path.strip("/") or "community"
    compression = options.pop("compression", "none" if host in LOOPBACK else "lz4")
    ca_file = options.pop("ca_file", None)
    if options or compression not in ("lz4", "none"):
        raise SettingsError(
            "The store's URL takes only compression=lz4|none and ca_file=PATH after the ?",
            where="PULSE_STORE",
            remedy=WRITE_URL,
        )
    if ca_file is not None and not Path(ca_file).is_file():
        raise SettingsError(
            f"There is no file {ca_file}",
            where="PULSE_STORE, ca_file",
            remedy="Name the PEM file of the authority that signed the server's certificate.",
        )
    arguments = {
        "host": host,
        "port": port,
        "database": database,
        "user": unquote(parts.username or "default"),
        "password": unquote(parts.password or ""),
        "secure": secure,
        "ca_certs": ca_file,
        "compression": False if compression == "none" else compression,
        "connect_timeout": 5,
        "send_receive_timeout": 120,
        "sync_request_timeout": 5,
        "tcp_keepalive": (30, 10, 3),
    }
    return f"{parts.scheme}://{host}:{port}/{database}", arguments
