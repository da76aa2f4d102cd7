"""Real clients: clickhouse-connect, and what Grafana's ClickHouse plugin sends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import clickhouse_connect
import httpx
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from tests.sinks.conftest import Served
from tests.sinks.test_native_revision import CONNECT, GO, decoded

FIRST = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Client]:
    with clickhouse_connect.get_client(
        dsn=served.url.replace("http://", "clickhouse://default:@"), interface="http"
    ) as connected:
        yield connected


def test_connect_finds_a_server_it_knows(served: Served, client: Client) -> None:
    assert client.server_version == served.store.version()
    assert client.ping()
    assert client.protocol_version == CONNECT, "types would come without their zones"


def test_connect_queries(client: Client) -> None:
    rows = client.query(
        "SELECT event_id, event_time, event_date FROM fact_chat ORDER BY event_ms LIMIT 2"
    )
    assert rows.column_names == ("event_id", "event_time", "event_date")
    assert rows.result_rows == [
        ("e0", FIRST.replace(tzinfo=None), date(2023, 11, 14)),
        ("e1", FIRST.replace(second=21, tzinfo=None), date(2023, 11, 14)),
    ]
    assert rows.summary["result_rows"] == "2"


def test_connect_reads_every_kind_of_type(client: Client) -> None:
    (row,) = client.query(
        "SELECT toDateTime(0, 'Asia/Shanghai'), toDecimal64(1.5, 2), [1, 2],"
        " toLowCardinality('x'), NULL, toNullable(7), map('a', 1), CAST('a' AS Enum8('a' = 1))"
    ).result_rows
    shanghai = datetime(1970, 1, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert row == (shanghai, Decimal("1.50"), [1, 2], "x", None, 7, {"a": 1}, "a")


def test_connect_binds_parameters(client: Client) -> None:
    found = client.query(
        "SELECT {a:String}, {b:DateTime}, {c:Array(UInt8)}",
        parameters={"a": "it's\ta \\ b", "b": datetime(2024, 1, 1), "c": [1, 2]},  # noqa: DTZ001
    )
    assert found.result_rows == [("it's\ta \\ b", datetime(2024, 1, 1), [1, 2])]  # noqa: DTZ001
    count = client.query(
        "SELECT count() FROM fact_chat WHERE group_id = %(g)s", parameters={"g": "g"}
    )
    assert count.result_rows == [(1_000,)]


def test_connect_makes_frames(client: Client) -> None:
    frame = client.query_df("SELECT event_id, offset FROM fact_chat ORDER BY event_ms LIMIT 3")
    assert list(frame["event_id"]) == ["e0", "e1", "e2"]
    assert list(frame["offset"]) == [0, 1, 2]
    table = client.query_arrow("SELECT number, toString(number) AS s FROM numbers(3)")
    assert table.to_pydict() == {"number": [0, 1, 2], "s": ["0", "1", "2"]}


def test_connect_reads_much(client: Client) -> None:
    found = client.query("SELECT number, toString(number) FROM numbers(200000)").result_rows
    assert found == [(number, str(number)) for number in range(200_000)]


def test_connect_asks_about_tables(client: Client) -> None:
    assert client.query("SELECT event_id FROM fact_chat LIMIT 0").column_names == ("event_id",)
    assert client.query("DESCRIBE TABLE fact_chat").first_row[:2] == ("event_date", "Date")
    assert client.command("SELECT count() FROM fact_chat") == 1_000


@pytest.mark.parametrize(
    ("sql", "code"), [("SELECT * FROM nowhere", 60), ("SELEKT", 62), ("DROP TABLE fact_chat", 164)]
)
def test_connect_raises_our_codes(client: Client, sql: str, code: int) -> None:
    with pytest.raises(DatabaseError) as caught:
        client.command(sql)
    assert caught.value.code == code


def test_connect_cannot_insert(served: Served, client: Client) -> None:
    with pytest.raises(DatabaseError):
        client.insert("fact_chat", [["x"]], column_names=["event_id"])
    assert served.store.query("SELECT count() AS n FROM fact_chat").item() == 1_000


def test_connect_sends_parameters_in_a_form(served: Served) -> None:
    with clickhouse_connect.get_client(
        dsn=served.url.replace("http://", "clickhouse://default:@"),
        interface="http",
        form_encode_query_params=True,
    ) as connected:
        found = connected.query("SELECT {a:String}", parameters={"a": "x"})
        assert found.result_rows == [("x",)]


GRAFANA = {
    "client_protocol_version": str(GO),
    "database": "community",
    "default_format": "Native",
    "limit": "1000",
    "max_execution_time": "65",
}
"""URL parameters that the plugin 4.20 sends through clickhouse-go 2.47, in this order: its row
limit, and its query timeout of 60 s with 5 s added."""
GRAFANA_HEADERS = {
    "User-Agent": "grafana/12.0.0 clickhouse-datasource/4.20.0 clickhouse-go/2.47.0 (lv:go/1.26)",
    "Accept-Encoding": "gzip",
    "Authorization": "Basic ZGVmYXVsdDo=",
}


def grafana(served: Served, sql: str, **params: str) -> httpx.Response:
    return httpx.post(
        served.url, params={**GRAFANA, **params}, headers=GRAFANA_HEADERS, content=sql, timeout=60
    )


def test_grafana_says_hello_and_pings(served: Served) -> None:
    hello = grafana(served, "SELECT displayName(), version(), revision(), timezone()")
    (block,) = decoded(hello.content, GO)
    name, version, revision, zone = (column[0] for column in block.get_columns())
    assert name
    assert version == served.store.version()
    assert revision > GO
    assert zone == "Etc/UTC"
    (ping,) = decoded(grafana(served, "SELECT 1").content, GO)
    assert ping.columns_with_types == [("1", "UInt8")]


def test_grafana_reads_a_panel(served: Served) -> None:
    sql = (
        "SELECT toString(number) AS s, toDateTime(1700000000 + number, 'UTC') AS t,"
        " toDateTime(1700000000, 'Asia/Shanghai') AS z, toDate('2024-01-02') AS d,"
        " toUInt64(number) AS u, number / 2 AS f, if(number = 1, NULL, number) AS n,"
        " toDecimal64(number, 2) AS m, [number, 1] AS a,"
        " toLowCardinality(concat('k', toString(number % 2))) AS l,"
        " toDateTime64(1700000000.123, 3, 'UTC') AS t64, map('a', number) AS mp FROM numbers(3)"
    )
    (block,) = decoded(grafana(served, sql).content, GO)
    assert dict(block.columns_with_types) == {
        "s": "String", "t": "DateTime('UTC')", "z": "DateTime('Asia/Shanghai')", "d": "Date",
        "u": "UInt64", "f": "Float64", "n": "Nullable(UInt64)", "m": "Decimal(18, 2)",
        "a": "Array(UInt64)", "l": "LowCardinality(String)", "t64": "DateTime64(3, 'UTC')",
        "mp": "Map(String, UInt64)",
    }  # fmt: skip
    rows = list(zip(*block.get_columns(), strict=True))
    shanghai = FIRST.astimezone(ZoneInfo("Asia/Shanghai"))
    assert rows[1] == (
        "1", FIRST.replace(second=21), shanghai, date(2024, 1, 2), 1, 0.5, None, Decimal(1),
        [1, 1], "k1", FIRST.replace(microsecond=123_000), {"a": 1},
    )  # fmt: skip


def test_grafana_binds_parameters_and_limits_rows(served: Served) -> None:
    sql = "SELECT event_id FROM fact_chat WHERE group_id = {g:String} ORDER BY event_ms"
    (block,) = decoded(grafana(served, sql, param_g="g", limit="2").content, GO)
    assert block.get_columns() == [("e0", "e1")]


def test_grafana_is_told_of_errors_and_of_nothing(served: Served) -> None:
    answer = grafana(served, "SELECT * FROM nowhere")
    assert (answer.status_code, answer.text[:9]) == (404, "Code: 60.")
    empty = grafana(served, "SELECT 1 AS a WHERE 0")
    assert (empty.headers["Content-Length"], empty.status_code) == ("0", 200)


def test_grafana_explores_the_schema(served: Served) -> None:
    for sql in (
        "SHOW DATABASES",
        "SHOW TABLES FROM community",
        'DESC TABLE "community"."fact_chat"',
        "SELECT name FROM system.databases",
        "SELECT name, database, table FROM system.columns WHERE table = 'fact_chat'",
    ):
        assert decoded(grafana(served, sql).content, GO)[0].num_rows > 0, sql


def test_an_older_plugin_names_no_version_and_reads_the_oldest_native(served: Served) -> None:
    params = {name: GRAFANA[name] for name in ("database", "default_format", "max_execution_time")}
    sql = "SELECT event_time, event_id FROM fact_chat ORDER BY event_ms LIMIT 1"
    (block,) = decoded(httpx.post(served.url, params=params, content=sql, timeout=60).content, 0)
    assert block.columns_with_types == [("event_time", "DateTime"), ("event_id", "String")]
    assert block.get_columns()[1] == ("e0",)
