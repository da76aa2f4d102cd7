"""Somebody else's question: it may only read, whatever it says, and only so much."""

from __future__ import annotations

import polars as pl

from pipeline.operations.perform import open_reader
from pipeline.settings import Settings
from sinks.clickhouse import ServerStore
from sinks.embedded import EmbeddedStore
from sinks.readonly import ask_embedded


def ask(settings: Settings, sql: str) -> pl.DataFrame:
    """Rows of a SELECT, with types as Store.query gives them.

    A server bounds it by the rights and limits of its user, the embedded store by those of its
    SQL endpoint. Raises Retryable or Fatal.
    """
    store = open_reader(settings, role="sql")
    try:
        match store:
            case EmbeddedStore():
                return ask_embedded(store, sql, settings.endpoint)
            case ServerStore():
                return store.ask(sql)
            case _:
                return store.query(sql)
    finally:
        store.close()
