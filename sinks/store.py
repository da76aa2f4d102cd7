"""The store behind one small protocol: an embedded engine or a server, by the URL alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

import polars as pl

from pipeline.settings import Settings

MODERN = (24, 8)


class Store(Protocol):
    """Tables of facts and windows. Callable from any thread; calls of one thread are in order.

    Delivery: an insert that returns is stored. One that raises may be stored, in part or whole:
    repeat it, every table of ours takes the same row twice and shows it once.
    """

    @property
    def address(self) -> str:
        """Where it is, without its password: for messages."""

    @property
    def modern(self) -> bool:
        """Whether it speaks the dialect of ClickHouse 24.8 and later."""

    def insert(self, table: str, frame: pl.DataFrame) -> None:
        """Store the frame's columns: one INSERT of one block per 50 months or million rows.

        Values arrive exactly or not at all. Raises Retryable or Fatal.
        """

    def query(self, sql: str, params: Mapping[str, object] | None = None) -> pl.DataFrame:
        """Rows of a SELECT; %(name)s stands for a value of `params`, escaped (sinks.sql).

        DateTime arrives as Datetime("ms", "UTC"), Date as Date, Decimal and numbers in their
        own width. Raises Retryable or Fatal.
        """

    def execute(self, sql: str) -> None:
        """Run one statement that returns no rows. Raises Retryable or Fatal."""

    def create_database(self) -> None:
        """Make the database of the URL if it is missing."""

    def version(self) -> str:
        """The engine's version, like 18.16.1."""

    def close(self) -> None:
        """Give back connections and the folder; stored rows stay."""


def open_store(settings: Settings, *, role: str = "worker") -> Store:
    """The store of `settings.store`; `role` names this program in the server's query log.

    Raises StoreInUse if another process owns the embedded folder. A server is first contacted
    by the first call.
    """
    scheme, _, rest = settings.store.partition(":")
    if scheme == "chdb":
        from sinks.embedded import EmbeddedStore  # noqa: PLC0415  (loads a 300 MB engine)

        return EmbeddedStore(rest)
    from sinks.clickhouse import ServerStore  # noqa: PLC0415

    return ServerStore(settings.store, role=role)


def at_least(version: str, wanted: tuple[int, int]) -> bool:
    """Whether an engine's version is `wanted` or later."""
    numbers = [int(part) for part in re.findall(r"\d+", version)[:2]]
    return tuple(numbers) >= wanted
