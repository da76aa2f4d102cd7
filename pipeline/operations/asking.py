"""Somebody else's question: it may only read, whatever it says, and only so much."""

from __future__ import annotations

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


def ask(settings: Settings, sql: str) -> pl.DataFrame:
    """Rows of a SELECT, with types as Store.query gives them.

    A server bounds it by the rights and limits of its user, the embedded store by those of its
    SQL endpoint. Raises Retryable, Fatal, or UsageError for an answer that is no table.
    """
    store = open_reader(settings, role="sql")
    try:
        match store:
            case ServerStore():
                return store.ask(sql)
            case EndpointStore():
                return store.query(sql)
            case _:
                return _ask_embedded(cast("EmbeddedStore", store), sql, settings.endpoint)
    except PolarsError as error:
        raise UsageError(
            f"The answer is no table of values: {' '.join(str(error).split())}",
            where="SQL",
            remedy="Name each column once, and turn bytes into text with hex().",
        ) from error
    finally:
        store.close()


def _ask_embedded(store: EmbeddedStore, sql: str, limits: EndpointSettings) -> pl.DataFrame:
    from sinks.readonly import ReadOnly  # noqa: PLC0415  (loads a 300 MB engine)

    reader = ReadOnly(store.folder, limits)
    try:
        answer = reader.run(Request(text=sql, default_format=ASKED, settings=OPTIONS))
        return frame_of(answer.data, answer.format)
    except QueryFailed as failed:
        raise as_store_error(failed.code, failed.what, store.address) from failed
    finally:
        reader.close()
        reader.free()
