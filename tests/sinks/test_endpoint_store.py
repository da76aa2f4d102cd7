"""The store over the endpoint reads as the store itself does, and says who writes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl
import pytest

from deploy.local.ports import free_ports
from pipeline.errors import Fatal, Retryable, UsageError
from pipeline.settings import EndpointSettings
from sinks.endpoint_errors import QueryFailed, as_store_error
from sinks.endpoint_frame import ASKED, OPTIONS
from sinks.endpoint_request import Request
from sinks.endpoint_store import EndpointStore
from sinks.readonly import ReadOnly
from tests.sinks.conftest import Served
from tests.sinks.endless import ENDLESS


@pytest.fixture
def remote(served: Served) -> Iterator[EndpointStore]:
    store = EndpointStore(f"{served.url}/")
    yield store
    store.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM fact_chat ORDER BY event_ms LIMIT 20",
        "SELECT toDateTime(0, 'UTC') AS a, toDate('2024-01-01') AS b, toDecimal64(1.5, 2) AS c,"
        " toUInt64(18446744073709551615) AS d, [1, 2] AS e, toLowCardinality('x') AS f,"
        " CAST(NULL AS Nullable(Float64)) AS g, toInt8(-1) AS h, 'ü\\n' AS i",
        "SELECT event_id FROM fact_chat WHERE 0",
        "SHOW TABLES",
    ],
)
def test_the_same_rows_and_types(served: Served, remote: EndpointStore, sql: str) -> None:
    ours = remote.query(sql)
    assert ours.equals(served.store.query(sql))
    assert ours.schema == served.store.query(sql).schema


def test_parameters(remote: EndpointStore) -> None:
    found = remote.query(
        "SELECT count() AS n FROM fact_chat WHERE group_id = %(g)s AND event_id IN %(ids)s",
        {"g": "g", "ids": [f"e{n}" for n in range(5_000)]},
    )
    assert found.item() == 1_000


def test_a_format_of_the_querys_own_is_refused(remote: EndpointStore) -> None:
    with pytest.raises(UsageError, match="Leave it out; use --format"):
        remote.query("SELECT 1 AS a FORMAT CSV -- as a file")


def test_the_engines_version(served: Served, remote: EndpointStore) -> None:
    assert remote.version() == served.store.version()
    assert remote.modern
    assert remote.address == served.url


def test_errors_are_the_stores(remote: EndpointStore) -> None:
    with pytest.raises(Fatal, match="pulse migrate up") as caught:
        remote.query("SELECT * FROM nowhere")
    assert caught.value.code == 60
    with pytest.raises(Fatal, match="readonly"):
        remote.query("DROP TABLE fact_chat")


def test_what_takes_too_long_may_be_given_longer(hasty: Served) -> None:
    store = EndpointStore(hasty.url)
    with pytest.raises(Retryable, match="TIMEOUT_EXCEEDED") as late:
        store.query(ENDLESS)
    assert "raise PULSE_ENDPOINT__SECONDS" in late.value.remedy
    store.close()


@pytest.mark.parametrize(
    "sql",
    ["SELECT * FROM nowhere", "SELECT nothing FROM fact_chat", "SELEKT 1", "DROP TABLE fact_chat",
     "SELECT groupArray(number) FROM numbers(1000000000)",
     "SELECT throwIf(1, 'Code: 7. DB::Exception: x. (FAKE)')"],
)  # fmt: skip
def test_an_error_is_told_as_by_the_store_itself(
    served: Served, remote: EndpointStore, sql: str
) -> None:
    reader = ReadOnly(served.store.folder, EndpointSettings(memory_bytes=300_000_000))
    with pytest.raises(QueryFailed) as here:
        reader.run(Request(sql, default_format=ASKED, settings=OPTIONS))
    reader.close()
    reader.free()
    told = as_store_error(here.value.code, here.value.what, remote.address)
    with pytest.raises(type(told)) as there:
        remote.query(sql)
    assert _without_sizes(str(there.value)) == _without_sizes(str(told))
    for noise in ("DB::Exception", "Code: ", "version 26"):
        assert noise not in str(there.value)


def _without_sizes(text: str) -> str:
    """How much memory was taken at which point differs from run to run."""
    return re.sub(r"\d+(\.\d+)? [KMG]?i?B|chunk of \d+ bytes", "", text)


def test_nobody_there_may_be_there_later() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Retryable, match="cannot be reached"):
        EndpointStore(f"http://127.0.0.1:{port}").version()


@pytest.mark.parametrize("url", ["http://::1:8123", "http://x:port"])
def test_what_is_no_url_is_an_error_of_the_store(url: str) -> None:
    with pytest.raises(Fatal, match="no URL") as caught:
        EndpointStore(url)
    assert (caught.value.where, "PULSE_ENDPOINT__HOST" in caught.value.remedy) == (url, True)


@pytest.mark.parametrize("method", ["insert", "execute", "create_database"])
def test_writing_is_for_the_owner(remote: EndpointStore, method: str) -> None:
    arguments = {"insert": ("fact_chat", pl.DataFrame()), "execute": ("DROP TABLE t",)}
    with pytest.raises(UsageError, match="process that owns the store"):
        getattr(remote, method)(*arguments.get(method, ()))
