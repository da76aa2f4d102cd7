"""The server's URL: what is in it, and what never shows."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from deploy.local.servers import ClickHouse
from pipeline.errors import Retryable, SettingsError
from pipeline.settings import Settings
from sinks.clickhouse import ServerStore, parse_url
from sinks.migrate import State, migrations, status, up
from sinks.store import open_store


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "clickhouse://ann:p%40ss@db.example:9001/pulse",
            {
                "host": "db.example",
                "port": 9001,
                "user": "ann",
                "password": "p@ss",
                "database": "pulse",
                "secure": False,
                "compression": "lz4",
            },
        ),
        (
            "clickhouses://ann:x@db.example",
            {"port": 9440, "secure": True, "database": "community"},
        ),
        ("clickhouse://127.0.0.1", {"port": 9000, "user": "default", "compression": False}),
        ("clickhouse://127.0.0.1?compression=lz4", {"compression": "lz4"}),
        ("clickhouse://db?compression=none", {"compression": False}),
    ],
)
def test_parts_of_the_url(url: str, expected: dict[str, object]) -> None:
    _, arguments = parse_url(url)
    assert {name: arguments[name] for name in expected} == expected


def test_the_address_hides_user_and_password() -> None:
    address, _ = parse_url("clickhouse://ann:secret@db:9000/community")
    assert address == "clickhouse://db:9000/community"


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://db?compresion=lz4",
        "clickhouse://db?compression=gzip",
        "clickhouses://db?ca_file=/no/such.pem",
        "clickhouse://db:port/x",
    ],
)
def test_mistakes_in_the_url_are_told(url: str) -> None:
    with pytest.raises(SettingsError):
        parse_url(url)


def test_a_server_that_is_not_there_is_retryable_and_shows_no_password() -> None:
    store = open_store(Settings(store="clickhouse://ann:secret@127.0.0.1:1/community"))
    assert isinstance(store, ServerStore)
    with pytest.raises(Retryable) as caught:
        store.query("SELECT 1")
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)
    store.close()


@pytest.mark.server
def test_a_server_without_our_database_lacks_every_migration(
    clickhouse_server: ClickHouse,
) -> None:
    store = ServerStore(clickhouse_server.url("not_yet_there"))
    left_out = {migration.number for migration in migrations() if migration.requires}
    assert {state for _, state in status(store)} == {State.PENDING, State.LEFT_OUT}
    up(store)
    for migration, state in status(store):
        assert (state is State.LEFT_OUT) == (migration.number in left_out)
        assert (state is State.APPLIED) == (migration.number not in left_out)
    store.execute("DROP DATABASE not_yet_there")
    store.close()


@pytest.mark.server
@pytest.mark.parametrize("compression", ["none", "lz4"])
def test_rows_arrive_the_same_compressed_or_not(
    clickhouse_server: ClickHouse, compression: str, chats: Callable[..., pl.DataFrame]
) -> None:
    store = ServerStore(clickhouse_server.url("packed") + f"?compression={compression}")
    up(store)
    store.insert("fact_chat", chats(3_000))
    found = store.query("SELECT * FROM v_chat ORDER BY event_ms")
    store.execute("DROP DATABASE packed")
    store.close()
    assert found.equals(chats(3_000))
