"""The reading half of a store, over the endpoint of the process that owns it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import httpx
import polars as pl

from pipeline.errors import Fatal, UsageError
from sinks.endpoint_errors import as_store_error, from_engine
from sinks.endpoint_frame import ASKED, OPTIONS, frame_of
from sinks.endpoint_request import USER
from sinks.sql import bind
from sinks.store import MODERN, at_least
from sinks.store_errors import store_error

_TIMEOUT = httpx.Timeout(3_700.0, connect=5.0)
"""An endpoint may let a query run for an hour; it ends it itself."""
_OPTIONS = {"default_format": ASKED, **OPTIONS}


class EndpointStore:
    """`http://host:port`: what Store.query and Store.version promise, and nothing that writes.

    One connection pool, for any number of threads. Delivery: none, for nothing is written.
    Raises Fatal for what is no URL.
    """

    def __init__(self, url: str, *, password: str = "") -> None:
        self.address = url.rstrip("/")
        try:
            self._http = httpx.Client(
                base_url=self.address,
                auth=(USER, password) if password else None,
                timeout=_TIMEOUT,
                trust_env=False,
            )
        except httpx.InvalidURL as error:
            raise Fatal(
                f"The store's address is no URL: {error}",
                where=url,
                remedy="Set PULSE_ENDPOINT__HOST to a name or an address.",
            ) from error

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """See Store.query."""
        answer = self._ask(bind(sql, params))
        return frame_of(answer.content, answer.headers.get("X-ClickHouse-Format", ""))

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Raise UsageError: only the owner of the store writes."""
        raise self._only_reads(f"insert into {table}")

    def execute(self, sql: str) -> None:
        """Raise UsageError: only the owner of the store writes."""
        raise self._only_reads("execute a statement")

    def create_database(self) -> None:
        """Raise UsageError: only the owner of the store writes."""
        raise self._only_reads("create a database")

    def version(self) -> str:
        """See Store.version."""
        return str(self.query("SELECT version() AS version").item())

    @cached_property
    def modern(self) -> bool:
        """See Store.modern; asked once."""
        return at_least(self.version(), MODERN)

    def close(self) -> None:
        """Disconnect."""
        self._http.close()

    def _ask(self, sql: str) -> httpx.Response:
        try:
            answer = self._http.post("/", params=_OPTIONS, content=sql.encode())
        except httpx.HTTPError as error:
            raise store_error(OSError(str(error)), where=self.address) from error
        if answer.is_success:
            return answer
        failed = from_engine(RuntimeError(answer.text))
        raise as_store_error(failed.code, failed.what, self.address)

    def _only_reads(self, what: str) -> UsageError:
        return UsageError(
            f"The SQL endpoint only reads: it cannot {what}",
            where=self.address,
            remedy="Writing commands go to the process that owns the store; or stop it first.",
        )
