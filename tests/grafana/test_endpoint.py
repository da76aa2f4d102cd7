"""Every SQL of every board through the embedded store's endpoint, which lets only reading pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from grafana.library import BOARDS
from grafana.signals import Source
from pipeline.settings import EndpointSettings
from sinks.endpoint import Endpoint
from tests.grafana.macros import View, expand_sql, queries
from tests.reference.stored import migrated_store

FROM_S = 1_760_000_000
CHOSEN = ("it's #2",)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """It asks where an empty store answers; to make one for each query takes longer than to ask."""
    with migrated_store(tmp_path_factory.mktemp("store")) as store:
        endpoint = Endpoint(store, EndpointSettings(port=0))
        try:
            url = f"http://127.0.0.1:{endpoint.serve()}"
            with httpx.Client(base_url=url, timeout=60) as client:
                yield client
        finally:
            endpoint.close()


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.uid)
def test_every_query_passes_the_gate(client: httpx.Client, board: Any) -> None:
    view = View(FROM_S, FROM_S + 86_400, groups=CHOSEN, variables={"channel": CHOSEN})
    asked = [one for one in queries(board.json()) if one.source == Source.CLICKHOUSE]
    assert asked
    for one in asked:
        answer = client.post(
            "/",
            params={"database": "community", "default_format": "Native", "max_execution_time": 25},
            content=expand_sql(one.text, view),
        )
        assert answer.status_code == httpx.codes.OK, f"{one.where}: {answer.text}"
