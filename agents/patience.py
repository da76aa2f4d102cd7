"""The store as the worker sees it: away at times, but every call ends well or for good."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import polars as pl

from pipeline.errors import Fatal, Retryable, StoreError
from sinks.retry import insert_until_stored, until_done
from sinks.store import Store

SLOW_S = 5.0
HUNG_S = 600.0
"""No call of a client takes as long: it gives up first, and then the store is away."""


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
        self._began: dict[int, float] = {}

    @property
    def answers(self) -> bool:
        """Whether it is not away, and no call has been waiting for more than 5 s.

        A call that waits for more than 10 min is no excuse any more.
        """
        waited = [time.monotonic() - began for began in self._began.copy().values()]
        return not self.away and not any(SLOW_S < seconds < HUNG_S for seconds in waited)

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Store the frame, however long that takes; raise Fatal when it never will be."""
        try:
            with self._call():
                insert_until_stored(
                    self._store, table, frame, stop=self._stop, on_failure=self._on_failure
                )
        except Fatal:
            self._on_error("fatal")
            raise
        self.away = False

    def insert_now(self, table: str, frame: pl.DataFrame) -> bool:
        """Store the frame if that succeeds at the first try; whether it did."""
        try:
            self._store.insert(table, frame)
        except StoreError:
            return False
        return True

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """The rows of a SELECT, however long that takes."""
        with self._call():
            rows = until_done(
                lambda: self._store.query(sql, params), stop=self._stop, on_failure=self._on_failure
            )
        self.away = False
        return rows

    @contextmanager
    def _call(self) -> Iterator[None]:
        caller = threading.get_ident()
        self._began[caller] = time.monotonic()
        try:
            yield
        finally:
            del self._began[caller]

    def _on_failure(self, _: Retryable) -> None:
        self.away = True
        self._on_error("retryable")
