"""What a request asks, however its parts are spread, and who may ask."""

from __future__ import annotations

import base64

import pytest

from sinks.endpoint_errors import QueryFailed
from sinks.endpoint_request import Request, check_origin, check_password, parse_request


def refusal(call: object, *arguments: object, **named: object) -> int:
    """The code that a call is refused with."""
    assert callable(call)
    with pytest.raises(QueryFailed) as caught:
        call(*arguments, **named)
    return caught.value.code


def test_the_query_may_stand_in_the_url_in_the_body_or_in_both() -> None:
    assert parse_request([("query", "SELECT 1")], {}).text == "SELECT 1"
    assert parse_request([], {}, body="SELECT 1").text == "SELECT 1"
    assert parse_request([("query", "SELECT")], {}, body="1").text == "SELECT\n1"
    assert parse_request([], {}, form=[("query", "SELECT 1")]).text == "SELECT 1"


def test_nothing_asked_is_an_empty_request() -> None:
    assert parse_request([], {}) == Request("")


def test_what_is_no_setting_is_read_and_the_rest_are_settings() -> None:
    request = parse_request(
        [
            ("database", "community"), ("default_format", "JSON"), ("query_id", "q"),
            ("param_group", "g1"), ("client_protocol_version", "54460"), ("session_id", "s"),
            ("wait_end_of_query", "1"), ("user", "default"), ("password", "secret"),
            ("max_execution_time", "5"),
        ],
        {}, body="SELECT 1", form=[("param_n", "7")],
    )  # fmt: skip
    assert request == Request(
        "SELECT 1",
        database="community",
        default_format="JSON",
        query_id="q",
        params={"group": "g1", "n": "7"},
        settings={"max_execution_time": "5"},
        revision=54460,
    )


def test_the_url_goes_before_the_headers() -> None:
    headers = {"X-ClickHouse-Database": "system", "X-ClickHouse-Format": "CSV"}
    assert parse_request([], headers).database == "system"
    assert parse_request([], headers).default_format == "CSV"
    asked = parse_request([("database", "community"), ("default_format", "JSON")], headers)
    assert (asked.database, asked.default_format) == ("community", "JSON")


def test_gzip_wants_both_the_header_and_the_setting() -> None:
    header, setting = {"Accept-Encoding": "deflate, gzip"}, [("enable_http_compression", "1")]
    assert parse_request(setting, header).gzip
    assert not parse_request([], header).gzip
    assert not parse_request(setting, {}).gzip


@pytest.mark.parametrize("name", ["compress", "decompress"])
def test_blocks_in_lz4_are_refused_clearly(name: str) -> None:
    assert refusal(parse_request, [(name, "1")], {}) == 48
    assert parse_request([(name, "0")], {}).settings == {}


def test_a_protocol_version_is_a_number() -> None:
    assert refusal(parse_request, [("client_protocol_version", "new")], {}) == 36


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"}


SHOWN = [
    pytest.param({}, basic("default", "s3cret"), id="basic"),
    pytest.param({}, {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "s3cret"}, id="headers"),
    pytest.param({"user": "default", "password": "s3cret"}, {}, id="url"),
    pytest.param({"password": "s3cret"}, {}, id="url, user left out"),
]


@pytest.mark.parametrize(("url", "headers"), SHOWN)
def test_the_password_is_taken_wherever_clients_put_it(
    url: dict[str, str], headers: dict[str, str]
) -> None:
    check_password("s3cret", url, headers)
    assert refusal(check_password, "another", url, headers) == 516


@pytest.mark.parametrize(
    ("url", "headers"),
    [
        pytest.param({"user": "default"}, {}, id="no password"),
        pytest.param({}, {"X-ClickHouse-User": "default"}, id="no key"),
        pytest.param({}, basic("root", "s3cret"), id="another user"),
        pytest.param({}, {"Authorization": "Basic !!"}, id="not base64"),
        pytest.param({}, {"Authorization": "Bearer s3cret"}, id="a token"),
        pytest.param({"password": "s3cret"}, basic("default", ""), id="the header goes first"),
        pytest.param({"password": "пароль"}, {}, id="not ASCII"),
    ],
)
def test_anything_else_is_refused(url: dict[str, str], headers: dict[str, str]) -> None:
    assert refusal(check_password, "s3cret", url, headers) == 516


def test_who_shows_nothing_is_asked() -> None:
    assert refusal(check_password, "s3cret", {}, {"Host": "127.0.0.1"}) == 194


def test_without_a_password_any_name_is_taken() -> None:
    check_password("", {"user": "anybody", "password": "anything"}, {})


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8123", "localhost:8123", "[::1]:8123", "127.0.0.9", "pulse.localhost"]
)
def test_this_machine_is_trusted(host: str) -> None:
    check_origin("127.0.0.1", {"Host": host, "Origin": f"http://{host}"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:8123"},
        {"Host": "127.0.0.1.evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "10.0.0.1"},
        {"Host": ""},
        {"Host": "127.0.0.1:8123", "Origin": "https://evil.example"},
        {"Host": "127.0.0.1:8123", "Origin": "null"},
        {"Host": "127.0.0.1:8123", "Sec-Fetch-Site": "cross-site"},
        {"Host": "localhost:8123", "Sec-Fetch-Site": "same-site"},  # another port is another page
    ],
)
def test_a_foreign_page_is_not(headers: dict[str, str]) -> None:
    assert refusal(check_origin, "127.0.0.1", headers) == 497
    assert refusal(check_origin, "localhost", headers) == 497


def test_a_browser_may_ask_for_its_user() -> None:
    for site in ("none", "same-origin"):
        check_origin("127.0.0.1", {"Host": "127.0.0.1:8123", "Sec-Fetch-Site": site})


def test_a_page_of_another_site_is_refused_everywhere() -> None:
    page = {"Host": "clickhouse.internal:8123", "Sec-Fetch-Site": "cross-site"}
    assert refusal(check_origin, "0.0.0.0", page) == 497  # noqa: S104


def test_elsewhere_than_on_loopback_names_are_the_operators() -> None:
    check_origin("0.0.0.0", {"Host": "clickhouse.internal:8123"})  # noqa: S104
