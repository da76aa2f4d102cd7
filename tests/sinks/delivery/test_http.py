"""Posting to a real server that fails in each way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.local.ports import free_ports
from sinks.delivery import http
from sinks.delivery.answers import by_status, wecom
from sinks.delivery.http import new_client, post
from sinks.delivery.outcome import DeliveryError, Later, Refused
from tests.pipeline.bridge.places import Place, open_place


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as one:
        yield one


async def send(url: str, judge: Any = wecom) -> None:
    async with new_client() as client:
        await post(client, url, b'{"a": 1}', judge=judge, headers={"X-Own": "1"})


async def test_it_is_taken_as_it_is(place: Place) -> None:
    await send(place.url)
    assert place.taken == [{"a": 1}]
    assert place.headers[0]["content-type"] == "application/json; charset=utf-8"
    assert place.headers[0]["x-own"] == "1"


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (500, Later),
        (404, Refused),
        ("close", Later),
        ("hang", Later),
        ((429, {"Retry-After": "9"}), Later),
        ({"errcode": 45009, "errmsg": "api freq out of limit"}, Later),
        ({"errcode": 93000, "errmsg": "invalid webhook url"}, Refused),
        ((302, {"Location": "http://127.0.0.1:9/"}), Refused),
    ],
)
async def test_each_failure_is_told_and_no_address_with_it(
    place: Place, failure: Any, kind: type[DeliveryError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SECONDS", 1.0)
    place.failures = [failure]
    with pytest.raises(kind) as told:
        await send(place.url)
    assert "SECRET-KEY" not in f"{told.value} {told.value.where} {told.value.remedy}"
    assert place.taken == []
    if isinstance(told.value, Later) and failure == (429, {"Retry-After": "9"}):
        assert told.value.after_s == 9


async def test_nobody_there_is_later_and_no_address_never() -> None:
    (port,) = free_ports(1)
    with pytest.raises(Later, match="cannot be reached"):
        await send(f"http://127.0.0.1:{port}/")
    with pytest.raises(Refused, match="address is none"):
        await send("gopher://x", by_status)
