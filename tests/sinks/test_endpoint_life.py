"""How an endpoint begins and ends, and who is let in: on a store of each test's own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from pipeline.errors import Fatal, PulseError
from pipeline.settings import EndpointSettings
from sinks.embedded import EmbeddedStore
from sinks.endpoint import Endpoint
from sinks.endpoint_request import url_of
from sinks.endpoint_store import EndpointStore
from tests.sinks.endless import ENDLESS, running, wait_until


@pytest.fixture
def endpoint_of(embedded: EmbeddedStore) -> Callable[..., tuple[Endpoint, str]]:
    """Serve a store of the test's own with the settings it needs."""

    def serve(**given: object) -> tuple[Endpoint, str]:
        settings = EndpointSettings.model_validate({"port": 0, **given})
        endpoint = Endpoint(embedded, settings)
        return endpoint, f"http://127.0.0.1:{endpoint.serve()}"

    return serve


def test_who_waits_too_long_for_a_turn_is_told_so(
    endpoint_of: Callable[..., tuple[Endpoint, str]], embedded: EmbeddedStore
) -> None:
    endpoint, url = endpoint_of(queries=1, seconds=1)
    with ThreadPoolExecutor(6) as clients:
        answers = [clients.submit(httpx.post, url, content=ENDLESS, timeout=60) for _ in range(6)]
        codes = sorted(it.result().headers["X-ClickHouse-Exception-Code"] for it in answers)
    assert set(codes) == {"159", "202"}
    wait_until(lambda: httpx.post(url, content="SELECT 1", timeout=60).text == "1\n")
    endpoint.close()
    assert embedded.query("SELECT 1 AS a").item() == 1


def test_closing_ends_what_runs_and_leaves_the_store(
    endpoint_of: Callable[..., tuple[Endpoint, str]], embedded: EmbeddedStore
) -> None:
    endpoint, url = endpoint_of(queries=2, seconds=600)
    seen: list[str] = []

    def ask() -> None:
        try:
            seen.append(httpx.post(url, content=ENDLESS, timeout=60).text)
        except httpx.HTTPError as error:
            seen.append(type(error).__name__)

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    wait_until(lambda: running(embedded) == 2)
    endpoint.close()
    endpoint.close()
    assert running(embedded) == 0
    for client in clients:
        client.join(60)
    assert len(seen) == 4
    embedded.execute("CREATE TABLE still (a Int8) ENGINE = MergeTree ORDER BY a")
    assert embedded.query("SELECT count() AS n FROM still").item() == 0
    embedded.close()
    with pytest.raises(httpx.HTTPError):
        httpx.get(url, timeout=60)


def test_a_password_is_asked_of_everybody(
    endpoint_of: Callable[..., tuple[Endpoint, str]],
) -> None:
    endpoint, url = endpoint_of(password=SecretStr("s3cret"))
    unknown = httpx.post(url, content="SELECT 1", timeout=60)
    assert (unknown.status_code, unknown.headers["X-ClickHouse-Exception-Code"]) == (401, "194")
    assert unknown.headers["WWW-Authenticate"].startswith("Basic ")
    for auth in (("default", "wrong"), ("root", "s3cret")):
        answer = httpx.post(url, content="SELECT 1", auth=auth, timeout=60)
        assert answer.status_code == 403
        assert answer.headers["X-ClickHouse-Exception-Code"] == "516"
        assert "WWW-Authenticate" not in answer.headers
        assert "s3cret" not in answer.text
    assert httpx.post(url, content="SELECT 1", auth=("default", "s3cret"), timeout=60).text == "1\n"
    keys = {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "s3cret"}
    assert httpx.post(url, content="SELECT 1", headers=keys, timeout=60).text == "1\n"
    shown = {"user": "default", "password": "s3cret", "query": "SELECT 1"}
    assert httpx.get(url, params=shown, timeout=60).text == "1\n"
    assert httpx.get(f"{url}/ping", timeout=60).text == "Ok.\n"
    endpoint.close()


def test_a_taken_port_is_an_error_with_a_remedy(embedded: EmbeddedStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PulseError, match="PULSE_ENDPOINT__PORT to a free port"):
            Endpoint(embedded, EndpointSettings(port=port)).serve()
    assert embedded.query("SELECT 1 AS a").item() == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", ""])  # noqa: S104
def test_without_a_password_others_are_not_let_in(embedded: EmbeddedStore, host: str) -> None:
    with pytest.raises(PulseError, match="Set PULSE_ENDPOINT__PASSWORD"):
        Endpoint(embedded, EndpointSettings(host=host, port=0)).serve()
    assert embedded.query("SELECT 1 AS a").item() == 1


def test_with_a_password_they_are(
    endpoint_of: Callable[..., tuple[Endpoint, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.endpoint.is_loopback", lambda _: False)
    endpoint, url = endpoint_of(password="pw")
    assert httpx.post(url, content="SELECT 1", auth=("default", "pw"), timeout=60).text == "1\n"
    endpoint.close()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8123"),
        ("store.internal", "http://store.internal:8123"),
        ("0.0.0.0", "http://127.0.0.1:8123"),  # noqa: S104
        ("::", "http://[::1]:8123"),
        ("::1", "http://[::1]:8123"),
        ("fe80::1", "http://[fe80::1]:8123"),
    ],
)
def test_the_address_that_others_are_told(host: str, url: str) -> None:
    assert url_of(host, 8_123) == url
    EndpointStore(url).close()


def test_closing_frees_the_port(
    endpoint_of: Callable[..., tuple[Endpoint, str]],
) -> None:
    endpoint, url = endpoint_of()
    endpoint.close()
    again, _ = endpoint_of(port=urlsplit(url).port)
    again.close()


def test_the_store_over_http_shows_its_password(embedded: EmbeddedStore) -> None:
    endpoint = Endpoint(embedded, EndpointSettings.model_validate({"port": 0, "password": "pw"}))
    url = f"http://127.0.0.1:{endpoint.serve()}"
    store = EndpointStore(url, password="pw")
    assert store.query("SELECT 1 AS a").item() == 1
    for password in ("", "no"):
        with pytest.raises(Fatal, match="Authentication failed") as caught:
            EndpointStore(url, password=password).version()
        assert caught.value.remedy.startswith("Set PULSE_ENDPOINT__PASSWORD to the password of")
    store.close()
    endpoint.close()
