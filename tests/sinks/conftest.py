"""Both stores, empty; and frames of facts to fill them with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest

from deploy.local.servers import ClickHouse
from pipeline.settings import EndpointSettings
from schemas.event_type import EventType
from schemas.facts import FACTS
from sinks.clickhouse import ServerStore
from sinks.embedded import EmbeddedStore
from sinks.endpoint import Endpoint
from sinks.migrate import up as migrate_up
from sinks.store import Store
from tests.reference.stored import migrated_store

FILLED = (
    "SELECT DISTINCT table FROM system.parts"
    " WHERE database = currentDatabase() AND active AND table != 'schema_migration'"
)
BOTH = [pytest.param("embedded"), pytest.param("server", marks=pytest.mark.server)]


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[EmbeddedStore]:
    store = EmbeddedStore(tmp_path / "store")
    yield store
    store.close()


@pytest.fixture
def server_store(
    clickhouse_server: ClickHouse, request: pytest.FixtureRequest
) -> Iterator[ServerStore]:
    """A database of this test's own on the run's server."""
    database = f"t{abs(hash(request.node.nodeid))}"
    store = ServerStore(clickhouse_server.url(database), role="test")
    store.create_database()
    yield store
    store.execute(f"DROP DATABASE {database}")
    store.close()


@pytest.fixture(params=BOTH)
def store(request: pytest.FixtureRequest) -> Store:
    """Either store: what is tested with it holds for both."""
    name = "server_store" if request.param == "server" else "embedded"
    found: Store = request.getfixturevalue(name)
    return found


@pytest.fixture(scope="module")
def migrated_server(clickhouse_server: ClickHouse) -> Iterator[ServerStore]:
    """A module's one database with all our tables: what a test puts in is its own to take out."""
    store = ServerStore(clickhouse_server.url("migrated"), role="test")
    migrate_up(store)
    yield store
    store.execute("DROP DATABASE migrated")
    store.close()


@pytest.fixture(params=BOTH)
def migrated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """Either store, with all our tables and nothing in them."""
    if request.param == "server":
        store = request.getfixturevalue("migrated_server")
        yield store
        for table in store.query(FILLED)["table"]:
            store.execute(f"TRUNCATE TABLE {table}")
    else:
        with migrated_store(tmp_path / "store") as store:
            yield store


@dataclass(frozen=True)
class Served:
    """An embedded store with tables and 1,000 chat facts, and its endpoint."""

    store: EmbeddedStore
    endpoint: Endpoint
    url: str
    folder: Path
    """Where the store is, with a file `bait.csv` that no query may read."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A module's one endpoint, with limits low enough to reach."""
    folder = tmp_path_factory.mktemp("endpoint")
    (folder / "bait.csv").write_text("secret,1\n")
    settings = EndpointSettings(
        port=0, seconds=60, memory_bytes=300_000_000, result_rows=200_000, queries=4
    )
    with migrated_store(folder / "store") as store:
        store.insert("fact_chat", chat_facts(1_000))
        endpoint = Endpoint(store, settings)
        try:
            yield Served(store, endpoint, f"http://127.0.0.1:{endpoint.serve()}", folder)
        finally:
            endpoint.close()


@pytest.fixture(scope="module")
def hasty(served: Served) -> Iterator[Served]:
    """The same store at an endpoint that gives a query one second."""
    endpoint = Endpoint(served.store, EndpointSettings(port=0, seconds=1))
    yield replace(served, endpoint=endpoint, url=f"http://127.0.0.1:{endpoint.serve()}")
    endpoint.close()


@pytest.fixture
def chats() -> Callable[..., pl.DataFrame]:
    """Frames of chat facts of one group, one per second; every column overridable."""
    return chat_facts


def chat_facts(
    rows: int = 3, *, start_ms: int = 1_700_000_000_000, **given: object
) -> pl.DataFrame:
    """Rows of fact_chat, one per second, empty but for position and identity and what is given.

    A list gives a value for each row, anything else one for all.
    """
    columns: dict[str, object] = {
        "event_ms": [start_ms + 1_000 * row for row in range(rows)],
        "event_id": [f"e{row}" for row in range(rows)],
        "group_id": "g",
        "topic": "community.chat",
        "offset": list(range(rows)),
        "epoch": 1,
        **given,
    }
    frame = pl.DataFrame(
        {
            column.name: pl.Series(_each(columns.get(column.name), column.dtype, rows))
            for column in FACTS[EventType.CHAT]
        },
        schema={column.name: column.dtype for column in FACTS[EventType.CHAT]},
    )
    happened = pl.from_epoch("event_ms", time_unit="ms").dt.replace_time_zone("UTC")
    position = pl.col("epoch").cast(pl.UInt64) * 2**48 + pl.col("offset")
    return frame.with_columns(
        event_time=happened.dt.truncate("1s"),
        event_date=happened.dt.date(),
        version_inverse=pl.lit(2**64 - 1, pl.UInt64) - position,
    )


def _each(value: object, dtype: pl.DataType, rows: int) -> list[object]:
    if isinstance(value, list) and not (isinstance(dtype, pl.List) and value == []):
        return value
    if value is not None:
        return [value] * rows
    if isinstance(dtype, pl.List):
        return [[]] * rows
    if isinstance(dtype, pl.String):
        return [""] * rows
    return [None if dtype.is_temporal() else 0] * rows
