"""The endpoint over HTTP: what ClickHouse's clients rely on, and many of them at once."""

from __future__ import annotations

import gzip
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import httpx
import pytest
from structlog.testing import capture_logs

from tests.sinks.conftest import Served
from tests.sinks.endless import ENDLESS, running, wait_until

UTF8 = "charset=UTF-8"


def test_it_says_that_it_lives(served: Served) -> None:
    for path in ("/", "/ping"):
        answer = httpx.get(served.url + path, timeout=60)
        assert (answer.status_code, answer.text) == (200, "Ok.\n")
    assert httpx.head(served.url, timeout=60).status_code == 200
    assert httpx.get(f"{served.url}/play", timeout=60).status_code == 404


def test_a_query_comes_by_get_by_post_or_half_by_half(served: Served) -> None:
    url = served.url
    assert httpx.get(url, params={"query": "SELECT 1"}, timeout=60).text == "1\n"
    assert httpx.post(url, content="SELECT 1", timeout=60).text == "1\n"
    assert httpx.post(url, params={"query": "SELECT"}, content="1", timeout=60).text == "1\n"
    assert httpx.post(url, content=gzip.compress(b"SELECT 1"), headers={
        "Content-Encoding": "gzip"}, timeout=60).text == "1\n"  # fmt: skip
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (
        httpx.post(url, content="SELECT 1", headers=form_type, timeout=60).text == "1\n"
    )  # as curl -d does
    assert httpx.post(url, content="", timeout=60).status_code == 400


def test_a_long_query_comes_by_get(served: Served) -> None:
    place = urlsplit(served.url)
    client = HTTPConnection(place.netloc, timeout=60)
    client.request("GET", "/?" + urlencode({"query": f"SELECT length('{'x' * 100_000}')"}))
    assert client.getresponse().read() == b"100000\n"
    client.close()


def test_a_form_carries_the_query_and_its_parameters(served: Served) -> None:
    fields = {"query": (None, "SELECT {a:UInt8} + 1"), "param_a": (None, "6")}
    assert httpx.post(served.url, files=fields, timeout=60).text == "7\n"
    table = {"query": (None, "SELECT 1"), "t": ("t.csv", b"1\n")}
    answer = httpx.post(served.url, files=table, timeout=60)
    assert answer.status_code == 501
    assert "External data" in answer.text


def test_parameters_are_values_never_text(served: Served) -> None:
    params = {"param_a": "it's", "param_b": "[1,2]", "param_c": "2024-01-01 00:00:00"}
    sql = "SELECT {a:String}, {b:Array(UInt8)}, {c:DateTime('UTC')} FORMAT JSONCompactEachRow"
    assert httpx.post(served.url, params=params, content=sql, timeout=60).json() == [
        "it's", [1, 2], "2024-01-01 00:00:00",
    ]  # fmt: skip
    missing = httpx.post(served.url, content="SELECT {nothing:String}", timeout=60)
    assert missing.headers["X-ClickHouse-Exception-Code"] == "456"


@pytest.mark.parametrize(
    ("params", "headers", "sql", "expected"),
    [
        ({}, {}, "SELECT 1", ("TabSeparated", f"text/tab-separated-values; {UTF8}")),
        ({"default_format": "CSV"}, {}, "SELECT 1", ("CSV", f"text/csv; {UTF8}")),
        ({}, {"X-ClickHouse-Format": "XML"}, "SELECT 1", ("XML", f"application/xml; {UTF8}")),
        ({"default_format": "CSV"}, {}, "SELECT 1 FORMAT JSON",
         ("JSON", f"application/json; {UTF8}")),
        ({}, {}, "SELECT 1 FORMAT JSONEachRow", ("JSONEachRow", f"application/x-ndjson; {UTF8}")),
        ({"default_format": "native"}, {}, "SELECT 1", ("Native", "application/octet-stream")),
        ({"default_format": "Parquet"}, {}, "SELECT 1", ("Parquet", "application/octet-stream")),
        ({}, {}, "SELECT 1 FORMAT Pretty", ("Pretty", f"text/plain; {UTF8}")),
        ({}, {}, "DESC fact_chat FORMAT JSON", ("JSON", f"application/json; {UTF8}")),
    ],
)  # fmt: skip
def test_the_format(
    served: Served,
    params: dict[str, str],
    headers: dict[str, str],
    sql: str,
    expected: tuple[str, str],
) -> None:
    answer = httpx.post(served.url, params=params, headers=headers, content=sql, timeout=60)
    assert answer.status_code == 200, answer.text
    assert (answer.headers["X-ClickHouse-Format"], answer.headers["Content-Type"]) == expected


def test_what_the_headers_tell(served: Served) -> None:
    sql = "SELECT * FROM fact_chat"
    answer = httpx.post(served.url, params={"query_id": "my-query"}, content=sql, timeout=60)
    assert answer.headers["X-ClickHouse-Query-Id"] == "my-query"
    assert answer.headers["X-ClickHouse-Timezone"] == "Etc/UTC"
    assert answer.headers["X-ClickHouse-Server-Display-Name"]
    summary = json.loads(answer.headers["X-ClickHouse-Summary"])
    assert (summary["read_rows"], summary["result_rows"]) == ("1000", "1000")
    assert summary["result_bytes"] == str(len(answer.content))


def test_no_query_id_breaks_a_header(served: Served) -> None:
    odd = {"query_id": "a\r\nb\x00\x01c", "query": "SELECT 1"}
    assert httpx.get(served.url, params=odd, timeout=60).headers["X-ClickHouse-Query-Id"] == "abc"


def test_databases(served: Served) -> None:
    def current(**params: str) -> str:
        return httpx.post(
            served.url, params=params, content="SELECT currentDatabase()", timeout=60
        ).text

    assert current() == current(database="default") == current(database="community")
    assert current(database="system") == "system\n"
    assert current() == "community\n", "a request must not see the database of another"
    header = {"X-ClickHouse-Database": "system"}
    assert (
        httpx.post(served.url, headers=header, content="SELECT count() FROM one", timeout=60).text
        == "1\n"
    )
    missing = httpx.post(
        served.url, params={"database": "no`where"}, content="SELECT 1", timeout=60
    )
    assert (missing.status_code, missing.headers["X-ClickHouse-Exception-Code"]) == (404, "81")


@pytest.mark.parametrize(
    ("sql", "status", "code", "name"),
    [
        ("SELECT * FROM nowhere", 404, 60, "UNKNOWN_TABLE"),
        ("SELECT nothing FROM fact_chat", 404, 47, "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 +", 400, 62, "SYNTAX_ERROR"),
        ("SELEKT 1", 400, 62, "SYNTAX_ERROR"),
        ("SELECT nofunction(1)", 404, 46, "UNKNOWN_FUNCTION"),
        ("SELECT toUInt8('a')", 400, 6, "CANNOT_PARSE_TEXT"),
        ("SELECT throwIf(1, 'Code: 7. (FAKE)')", 500, 395, "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO"),
    ],
)
def test_an_error_is_clickhouses(
    served: Served, sql: str, status: int, code: int, name: str
) -> None:
    answer = httpx.post(served.url, content=sql, timeout=60)
    assert answer.status_code == status, answer.text
    assert answer.headers["X-ClickHouse-Exception-Code"] == str(code)
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    assert f"({name}) (version 26.9." in answer.text


def test_bytes_that_are_no_text_are_refused(served: Served) -> None:
    answer = httpx.post(served.url, content=b"SELECT '\xff'", timeout=60)
    assert (answer.status_code, "not UTF-8" in answer.text) == (400, True)


def test_what_nobody_foresaw_is_an_error_like_any(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("surprise")

    monkeypatch.setattr("sinks.endpoint.parse_request", fail)
    with capture_logs() as logged:
        answer = httpx.post(served.url, content="SELECT 1", timeout=60)
    assert answer.status_code == 500
    assert answer.headers["X-ClickHouse-Exception-Code"] == "1002"
    assert answer.text.startswith("Code: 1002. DB::Exception: KeyError: 'surprise'. (UNKNOWN_")
    assert [line["event"] for line in logged] == ["a query failed for an unknown reason"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Encoding": "gzip"}, b"no gzip"),
        ({"Content-Type": "multipart/form-data"}, b"SELECT 1"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"SELECT 1"),
    ],
)
def test_a_broken_body_is_an_error_like_any(
    served: Served, headers: dict[str, str], body: bytes
) -> None:
    answer = httpx.post(served.url, headers=headers, content=body, timeout=60)
    assert answer.status_code == 400
    assert answer.headers["X-ClickHouse-Exception-Code"] == "36"


def test_an_answer_is_compressed_for_who_asks(served: Served) -> None:
    ask = {"enable_http_compression": "1"}
    sql = "SELECT number FROM numbers(10000)"
    with httpx.stream(
        "POST", served.url, params=ask, content=sql, headers={"Accept-Encoding": "gzip"}, timeout=60
    ) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == httpx.post(served.url, content=sql, timeout=60).content
    plain = httpx.post(served.url, content=sql, headers={"Accept-Encoding": "gzip"}, timeout=60)
    assert "Content-Encoding" not in plain.headers


def test_a_page_under_a_foreign_name_is_refused(served: Served) -> None:
    answer = httpx.post(
        served.url, headers={"Host": "evil.example"}, content="SELECT 1", timeout=60
    )
    assert answer.status_code == 403
    page = {"Origin": "https://evil.example"}
    assert httpx.post(served.url, headers=page, content="SELECT 1", timeout=60).status_code == 403
    script = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "script"}
    answer = httpx.get(served.url, params={"query": "SELECT 1"}, headers=script, timeout=60)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (403, "497")


@pytest.mark.parametrize("path", ["/", "/ping", "/?query=SELECT+1", "/?query=SELEKT", "/play"])
def test_no_page_may_use_an_answer_as_its_own(served: Served, path: str) -> None:
    answer = httpx.get(served.url + path, timeout=60)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_a_request_never_sees_what_another_left(served: Served) -> None:
    def setting(**params: str) -> str:
        sql = "SELECT getSetting('max_threads'), getSetting('join_use_nulls')"
        return httpx.post(served.url, params=params, content=sql, timeout=60).text

    before = setting()
    assert setting(max_threads="1", join_use_nulls="1") == "1\ttrue\n"
    assert setting() == before


def test_twenty_clients_at_once(served: Served) -> None:
    sql = "SELECT count(), {n:UInt32} FROM fact_chat"

    def ask(number: int) -> str:
        return http.post(served.url, params={"param_n": str(number)}, content=sql).text

    with httpx.Client(timeout=60) as http, ThreadPoolExecutor(20) as clients:
        assert list(clients.map(ask, range(200))) == [f"1000\t{n}\n" for n in range(200)]


def test_a_query_ends_when_its_client_goes_away(served: Served) -> None:
    place = urlsplit(served.url)
    with socket.create_connection((place.hostname, place.port)) as client:
        head = f"POST / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(ENDLESS)}\r\n\r\n"
        client.sendall((head + ENDLESS).encode())
        wait_until(lambda: running(served.store) == 1)
    wait_until(lambda: running(served.store) == 0)
