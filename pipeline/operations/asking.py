"""Somebody else's question: it may only read, whatever it says, and only so much."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

import polars as pl
from polars.exceptions import PolarsError

from pipeline.errors import UsageError
from pipeline.operations.perform import open_reader
from pipeline.settings import EndpointSettings, Settings
from sinks.clickhouse import ServerStore
from sinks.endpoint_errors import QueryFailed, as_store_error
from sinks.endpoint_frame import ASKED, OPTIONS, frame_of
from sinks.endpoint_request import Request
from sinks.endpoint_store import EndpointStore

if TYPE_CHECKING:
    from sinks.embedded import EmbeddedStore


Ask = Callable[[str], pl.DataFrame]
"""Rows of a SELECT, with types as Store.query gives them; from any thread."""


def ask(settings: Settings, sql: str) -> pl.DataFrame:
    """The answer to one SELECT; see `asker`."""
    with asker(settings) as asked:
        return asked(sql)


@contextmanager
def asker(settings: Settings) -> Iterator[Ask]:
    """Ask the store of the settings, or its owner, as often as need be.

    A server bounds a question by the rights and limits of its user, the embedded store by those of
    its SQL endpoint. Asking raises Retryable, Fatal, or UsageError for an answer that is no table.
    """
    store = open_reader(settings, role="sql")
    try:
        match store:
            case ServerStore():
                yield _as_table(store.ask)
            case EndpointStore():
                yield _as_table(store.query)
            case _:
                with _embedded(cast("EmbeddedStore", store), settings.endpoint) as asked:
                    yield _as_table(asked)
    finally:
        store.close()


def _as_table(asked: Ask) -> Ask:
    def answer(sql: str) -> pl.DataFrame:
        try:
            return asked(sql)
        except PolarsError as error:
            raise UsageError(
                f"The answer is no table of values: {' '.join(str(error).split())}",
                where="SQL",
                remedy="Name each column once, and turn bytes into text with hex().",
            ) from error

    return answer


@contextmanager
def _embedded(store: EmbeddedStore, limits: EndpointSettings) -> Iterator[Ask]:
    from sinks.readonly import ReadOnly  # noqa: PLC0415  (loads a 300 MB engine)

    reader = ReadOnly(store.folder, limits)

    def answer(sql: str) -> pl.DataFrame:
        try:
            found = reader.run(Request(text=sql, default_format=ASKED, settings=OPTIONS))
        except QueryFailed as failed:
            raise as_store_error(failed.code, failed.what, store.address) from failed
        return frame_of(found.data, found.format)

    try:
        yield answer
    finally:
        reader.close()
        reader.free()
