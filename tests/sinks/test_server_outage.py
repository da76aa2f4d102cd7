"""A server that is killed: calls are Retryable until it is back, and then nothing is missing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from deploy.local.servers import ClickHouse
from pipeline.errors import Retryable
from sinks.clickhouse import ServerStore
from sinks.migrate import up
from sinks.retry import until_done

Facts = Callable[..., pl.DataFrame]


@pytest.mark.server
def test_a_killed_server_is_retryable_until_it_is_back(
    private_clickhouse: Callable[[], ClickHouse], chats: Facts
) -> None:
    server = private_clickhouse()
    store = ServerStore(server.url("community"))
    up(store)
    store.insert("fact_chat", chats())
    server.kill()
    with pytest.raises(Retryable):
        store.insert("fact_chat", chats(start_ms=0))
    with pytest.raises(Retryable):
        store.query("SELECT 1")
    failures: list[Retryable] = []
    heard = threading.Event()

    def hear(failure: Retryable) -> None:
        failures.append(failure)
        heard.set()

    with ThreadPoolExecutor(1) as pool:
        insert = pool.submit(
            until_done,
            lambda: store.insert("fact_chat", chats(start_ms=0)),
            stop=threading.Event(),
            on_failure=hear,
        )
        assert heard.wait(60)
        server.start()
        insert.result(120)
    assert failures
    assert store.query("SELECT count() AS n FROM v_chat").item() == 6
    store.close()
