"""The store as the worker sees it: away at times, but every call ends well or for good."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import polars as pl

from pipeline.errors import Fatal, Retryable
from sinks.retry import insert_until_stored, until_done
from sinks.store import Store


class PatientStore:
    """Waits out Retryable errors until `stop` is set; tells `on_error` of each and of Fatal ones.

    `away` is true from the first failure until the next call that succeeds.
    """

    def __init__(
        self, store: Store, *, stop: threading.Event, on_error: Callable[[str], None]
    ) -> None:
        self._store = store
        self._stop = stop
        self._on_error = on_error
        self.away = False

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Store the frame, however long that takes; raise Fatal when it never will be."""
        try:
            insert_until_stored(
                self._store, table, frame, stop=self._stop, on_failure=self._on_failure
            )
        except Fatal:
            self._on_error("fatal")
            raise
        self.away = False

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The rows of a SELECT, however long that takes."""
        rows = until_done(
            lambda: self._store.query(sql, params), stop=self._stop, on_failure=self._on_failure
        )
        self.away = False
        return rows

    def _on_failure(self, _: Retryable) -> None:
        self.away = True
        self._on_error("retryable")
