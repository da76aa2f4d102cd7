"""Who sends under another key than the store's is told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from deploy.local.ports import free_ports
from deploy.local.servers import ClickHouse
from pipeline.cli.writing import open_sink
from pipeline.errors import BrokerError, ForeignKey
from pipeline.operations.control import Control
from pipeline.settings import EndpointSettings, KafkaSettings, Settings
from sinks.clickhouse import ServerStore
from sinks.endpoint import Endpoint
from sinks.endpoint_request import url_of
from sinks.key_guard import claim_key
from tests.reference.stored import make_migrated, migrated_store
from tests.sinks.conftest import migrated_server

__all__ = ["migrated_server"]

STORED, OTHER = "aaaa1111", "bbbb2222"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """No broker listens, so whoever comes as far as the broker gets BrokerError."""
    monkeypatch.setattr("sinks.broker.BOOTSTRAP_SECONDS", 1)
    return Settings(
        kafka=KafkaSettings(bootstrap=f"127.0.0.1:{free_ports(1)[0]}"),
        store=f"chdb:{tmp_path / 'store'}",
        state_dir=tmp_path / "state",
        endpoint=EndpointSettings(port=0),
    )


@pytest.fixture
def owned(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A process as `pulse up` owns the embedded store, whose key is STORED."""
    with migrated_store(tmp_path / "store") as store:
        claim_key(store, STORED)
        endpoint = Endpoint(store, settings.endpoint)
        url = url_of("127.0.0.1", endpoint.serve())
        control = Control(settings, store, {}, offers={"endpoint": url})
        with closing(endpoint), closing(control):
            control.open()
            yield


def send(settings: Settings, key_id: str, *, dry_run: bool = False) -> None:
    with open_sink(settings, key_id, dry_run=dry_run):
        pass


@pytest.mark.usefixtures("owned")
def test_another_key_than_that_of_the_embedded_store(settings: Settings) -> None:
    with pytest.raises(ForeignKey, match=r"foreign_key \(PULSE_PSEUDONYM_KEY; http") as told:
        send(settings, OTHER)
    assert f"have pseudonym key {STORED}, but this would be sent under {OTHER}" in told.value.what
    assert "Nothing was sent." in told.value.remedy
    send(settings, OTHER, dry_run=True)


@pytest.mark.usefixtures("owned")
def test_the_same_key_goes_on_to_the_broker(settings: Settings) -> None:
    with pytest.raises(BrokerError):
        send(settings, STORED)


@pytest.mark.server
def test_another_key_than_that_of_a_server(
    settings: Settings, migrated_server: ServerStore, clickhouse_server: ClickHouse
) -> None:
    there = settings.model_copy(update={"store": clickhouse_server.url("migrated")})
    with pytest.raises(BrokerError):  # nobody has claimed a key yet
        send(there, OTHER)
    claim_key(migrated_server, STORED)
    with pytest.raises(ForeignKey, match=f"key {STORED}, but this would be sent under {OTHER}"):
        send(there, OTHER)


@pytest.mark.parametrize("store", ["chdb", "server"])
def test_where_no_store_answers_it_goes_on(store: str, settings: Settings, tmp_path: Path) -> None:
    if store == "server":
        url = f"clickhouse://a:b@127.0.0.1:{free_ports(1)[0]}/community"
        settings = settings.model_copy(update={"store": url})
    else:
        make_migrated(tmp_path / "store")
    with pytest.raises(BrokerError):
        send(settings, OTHER)
