"""chDB, the ClickHouse engine inside this process: no server to run, one process per folder."""

from __future__ import annotations

import errno
import fcntl
import io
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import polars as pl
from chdb.session import Session

from pipeline.errors import Fatal, SettingsError, StoreInUse
from sinks.split import blocks
from sinks.sql import bind, literal
from sinks.store import MODERN, at_least
from sinks.store_errors import UNKNOWN_TABLE, store_error, store_errors

DATABASE = "community"
CLOSE_WAIT_S = 10.0
SESSION_SETTINGS: dict[str, int | str] = {
    "async_insert": 0,
    "insert_deduplicate": 0,
    "optimize_on_insert": 0,  # FINAL and merges do that work; 3 times faster inserts
    "log_queries": 0,
    "max_query_size": 1 << 28,  # IN (100,000 ids) is long
    "max_ast_elements": 10_000_000,
    "max_expanded_ast_elements": 10_000_000,
    # Answers travel as Parquet: Arrow would make a number of DateTime.
    "output_format_parquet_compression_method": "none",
    "output_format_parquet_parallel_encoding": 0,  # 2 ms of threads for a small answer
    "output_format_parquet_write_page_index": 0,
    "output_format_parquet_write_bloom_filter": 0,
}


class EmbeddedStore:
    """`chdb:FOLDER`. One session per thread: within one session, queries wait for each other.

    The folder belongs to this process until `close`; a second process gets StoreInUse. Rows stay
    in the folder. Delivery: see sinks.store.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).absolute()
        if "?" in str(self.folder):
            raise SettingsError(
                "The folder of the embedded store may have no ? in its name",
                where=f"PULSE_STORE=chdb:{folder}",
                remedy="Choose another folder.",
            )
        self.address = f"chdb:{folder}"
        self._threads = threading.local()
        self._sessions: list[Session] = []
        self._idle = threading.Condition()
        self._in_use = 0
        self._closed = False
        self._types: dict[str, dict[str, str]] = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK | os.X_OK):  # of which the engine says nothing
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            _refuse_if_owned(self.folder, self.address)
        except OSError as error:
            raise SettingsError(
                f"The folder of the embedded store cannot be used: {error.strerror or error}",
                where=f"PULSE_STORE=chdb:{folder}",
                remedy="Name a folder that this user may write to.",
            ) from error
        with self._session():
            pass

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """See Store.insert."""
        from sinks.key_order import key_of  # noqa: PLC0415  (loads a compiler)
        from sinks.native import encode  # noqa: PLC0415

        types = self._columns(table)
        missing = [name for name in frame.columns if name not in types]
        if missing:
            raise Fatal(f"Table {table} has no column {missing[0]}", code=16, where=self.address)
        named = [(name, types[name]) for name in frame.columns]
        columns = ", ".join(f"`{name}`" for name in frame.columns)
        for block in blocks(frame):
            if block.height:
                with store_errors(self.address), self._session() as session:
                    parts = encode(block, named, key=key_of(table, block.height))
                    statement = f"INSERT INTO {table} ({columns})"
                    with session.send_insert(statement, "Native") as insert:
                        for part in parts:
                            insert.append(part)
                        insert.finish()

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """See Store.query."""
        answer = self._run(bind(sql, params), "Parquet")
        return pl.read_parquet(io.BytesIO(answer))

    def execute(self, sql: str) -> None:
        """See Store.execute."""
        self._run(sql, "Null")
        self._types.clear()  # it may have changed a table

    def create_database(self) -> None:
        """See Store.create_database; opening the folder has done it."""

    def version(self) -> str:
        """See Store.version."""
        return str(self.query("SELECT version() AS version").item())

    @cached_property
    def modern(self) -> bool:
        """See Store.modern; asked once."""
        return at_least(self.version(), MODERN)

    def close(self) -> None:
        """Close the sessions of all threads and free the folder.

        It waits CLOSE_WAIT_S for what runs in other threads; what takes longer keeps the folder
        until the process ends. Later calls of other methods raise Fatal.
        """
        with self._idle:
            self._closed = True
            if self._idle.wait_for(lambda: not self._in_use, CLOSE_WAIT_S):
                for session in self._sessions:
                    session.close()
                self._sessions.clear()

    def _run(self, sql: str, output: str) -> bytes:
        with store_errors(self.address), self._session() as session:
            try:
                return bytes(session.query(sql, output).bytes())
            except RuntimeError:
                # What a query that failed on its way had written comes before the next answer.
                session.query("SELECT 1", "Null")
                raise

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """This thread's session, which `close` leaves alone meanwhile.

        The engine crashes or hangs when a session is closed in use, or opened while it ends.
        """
        with self._idle:
            if self._closed:
                raise Fatal("The store is closed", where=self.address)
            self._in_use += 1
        try:
            yield self._own_session()
        finally:
            with self._idle:
                self._in_use -= 1
                self._idle.notify_all()

    def _own_session(self) -> Session:
        """This thread's session, in our database and with our settings."""
        session: Session | None = getattr(self._threads, "session", None)
        if session is None:
            try:
                session = Session(str(self.folder))
            except RuntimeError as error:
                _refuse_if_owned(self.folder, self.address)
                raise _not_opened(error, self.address) from error
            session.query(f"CREATE DATABASE IF NOT EXISTS {DATABASE}")
            session.query(f"USE {DATABASE}")
            wanted = ", ".join(f"{name} = {literal(it)}" for name, it in SESSION_SETTINGS.items())
            session.query(f"SET {wanted}")
            self._threads.session = session
            with self._idle:
                self._sessions.append(session)
        return session

    def _columns(self, table: str) -> dict[str, str]:
        """Column types of a table, remembered until the next statement that may change them."""
        types = self._types.get(table)
        if types is None:
            found = self.query(
                "SELECT name, type FROM system.columns"
                " WHERE database = currentDatabase() AND table = %(table)s",
                {"table": table},
            )
            if found.is_empty():
                raise Fatal(
                    f"There is no table {table}",
                    code=UNKNOWN_TABLE,
                    where=self.address,
                    remedy="Run `pulse migrate up`.",
                )
            types = self._types[table] = dict(found.iter_rows())
        return types


def _refuse_if_owned(folder: Path, address: str) -> None:
    """Raise StoreInUse if another process holds the engine's lock on the folder."""
    try:
        with (folder / "status").open() as status:
            owner = re.search(r"PID: (\d+)", status.read())
            if owner and int(owner[1]) == os.getpid():
                return
            fcntl.flock(status, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return
    except BlockingIOError as error:
        process = f"process {owner[1]}" if owner else "another process"
        raise StoreInUse(
            f"The embedded store belongs to {process}",
            where=address,
            remedy="Stop it first, or give PULSE_STORE another folder or a server.",
        ) from error


def _not_opened(error: RuntimeError, address: str) -> Exception:
    if "already initialized with path" in str(error):
        return StoreInUse(
            "This process has opened another embedded store, and the engine holds one folder",
            where=address,
            remedy="Close the other store first.",
        )
    return store_error(error, where=address)
