"""Clients that leave before their answer: nothing of theirs goes on, nothing is logged."""

from __future__ import annotations

import gc
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from pipeline.settings import EndpointSettings
from sinks.embedded import EmbeddedStore
from sinks.endpoint import Endpoint
from sinks.endpoint_errors import QueryFailed
from sinks.endpoint_request import Request
from sinks.readonly import ReadOnly, Token
from tests.sinks.test_endpoint_life import ENDLESS, running, wait_until

LONG = EndpointSettings(port=0, queries=1, seconds=600)
"""One turn, which a query left alone would hold for longer than any test waits."""


@pytest.fixture
def url(embedded: EmbeddedStore) -> Iterator[str]:
    endpoint = Endpoint(embedded, LONG)
    yield f"http://127.0.0.1:{endpoint.serve()}"
    endpoint.close()


def ask(url: str) -> socket.socket:
    """Ask the endless query; the caller leaves by closing."""
    place = urlsplit(url)
    client = socket.create_connection((place.hostname, place.port))
    head = f"POST / HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(ENDLESS)}\r\n\r\n"
    client.sendall((head + ENDLESS).encode())
    return client


def test_a_run_cancelled_before_it_begins_does_not_begin(embedded: EmbeddedStore) -> None:
    reader, token = ReadOnly(embedded.folder, LONG), Token()
    reader.cancel(token)
    with pytest.raises(QueryFailed, match="cancelled") as caught:
        reader.run(Request("SELECT 1"), token)
    assert (caught.value.code, caught.value.name) == (394, "QUERY_WAS_CANCELLED")
    assert reader.run(Request("SELECT 1")).data == b"1\n"
    reader.close()
    reader.free()


def test_who_leaves_at_once_holds_no_turn(url: str) -> None:
    for tenths in range(0, 100, 5):
        with ask(url):
            time.sleep(tenths / 10_000)
        assert httpx.post(url, content="SELECT 1", timeout=60).text == "1\n"


def test_who_leaves_is_not_logged(
    url: str, embedded: EmbeddedStore, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        with ask(url):
            wait_until(lambda: running(embedded) == 1)
        wait_until(lambda: running(embedded) == 0)
    assert httpx.post(url, content="SELECT 1", timeout=60).text == "1\n"
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def test_closing_does_not_wait_for_who_has_left(embedded: EmbeddedStore) -> None:
    endpoint = Endpoint(embedded, LONG)
    with ask(f"http://127.0.0.1:{endpoint.serve()}"):
        wait_until(lambda: running(embedded) == 1)
    endpoint.close()
    assert running(embedded) == 0
